"""The work of one rank: reads its part, trains in step with the others, and rank 0 keeps the result.

A function of plain arguments, which any launcher can call in a process that Horovod can initialize.
"""

import io
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict

import horovod.tensorflow as hvd
import keras
import numpy as np
import tensorflow as tf

from newslabel.errors import SettingsError, os_errors_as
from newslabel.logs import log_event
from newslabel.models.bundle import write_network
from newslabel.models.families import load_family, network_of
from newslabel.recipes import Recipe
from newslabel.storage import join, read_bytes, upload_folder
from newslabel.tokens.splits import TEST, TRAIN, VALIDATION
from newslabel.train.batches import Batch, ordered_batches, steps_per_epoch, training_batches
from newslabel.train.evaluation import evaluate_part, inference
from newslabel.train.horovod_keras import (
    AverageLogs,
    StartTogether,
    StopWhenDiverged,
    assert_equal_weights,
    averaged_over_ranks,
)
from newslabel.train.part import Part, read_part
from newslabel.train.work_folder import NETWORK_FOLDER, UNWRITABLE, write_epochs, write_evaluations


class RankSummary(TypedDict):
    """What a rank says of its work; `weights` is the SHA-256 of its weights at the end."""

    rank: int
    rows: int
    steps_per_epoch: int
    weights: str


def train_rank(
    recipe_toml: str,
    vocabulary_size: int,
    vectors_uri: str | None,
    files: Mapping[str, Sequence[str]],
    work_uri: str,
    cache: str,
) -> RankSummary:
    """Trains a recipe's network together with the other ranks, and evaluates it.

    Rank 0 writes into the work folder: `epochs.json` after every epoch, at the end the network, as `write_network` does
    (uncompiled), and `evaluations.json`.

    Args:
        recipe_toml: the recipe.
        vocabulary_size: ids are smaller.
        vectors_uri: a .npy file, float32 (vocabulary_size, width), to start the embedding with, or None.
        files: Parquet files by part; none for a part without examples.
        work_uri: the work folder of this training, reached from every host.
        cache: a folder of the host's own for compiled code.

    Raises:
        DataError: there is nothing to train on, the examples cannot be read, or the training diverges.
        SettingsError: the work folder, or the temporary one, cannot be written.
    """
    hvd.init()
    recipe = Recipe.from_toml(recipe_toml, origin="the recipe of this training")
    # an own seed for every rank's dropout; the weights become those of rank 0
    keras.utils.set_random_seed(recipe.training.seed + hvd.rank())
    model = _built(recipe, vocabulary_size, vectors_uri)
    trained = _compiled(model, recipe, Path(cache) / "kernels")
    with _temporary_folder() as folder:
        training = _part(files[TRAIN], recipe, folder / TRAIN, recipe.training.balance)
        others = {part: _part(files[part], recipe, folder / part) for part in (VALIDATION, TEST) if files[part]}
        _fit(trained, recipe, training, others.get(VALIDATION), work_uri)
        digest = assert_equal_weights(model)
        if hvd.rank() == 0:
            _keep(model, recipe.family, folder, work_uri)
        _evaluate(trained, recipe, others, files, work_uri)
    steps = steps_per_epoch(len(training.position_lengths), recipe.training.batch_size, training.ranks)
    return RankSummary(rank=hvd.rank(), rows=training.rows, steps_per_epoch=steps, weights=digest)


class WriteEpochs(keras.callbacks.Callback):
    """Keeps the figures of every epoch in the work folder, where the driver looks for them."""

    def __init__(self, work_uri: str) -> None:
        super().__init__()
        self._work_uri = work_uri
        self._epochs: list[dict[str, float]] = []
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Starts the clock."""
        del epoch, logs
        self._began = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Writes all epochs so far."""
        # loss, accuracy, val_loss, val_accuracy: as people look for them
        names = sorted(logs or {}, key=lambda name: (name.startswith("val_"), not name.endswith("loss"), name))
        figures = {name: float((logs or {})[name]) for name in names}
        self._epochs.append({"epoch": epoch + 1, **figures, "seconds": time.monotonic() - self._began})
        try:
            write_epochs(self._work_uri, self._epochs)
        except SettingsError as error:
            if epoch + 1 == self.params["epochs"]:
                raise
            # the next one writes this one too: no training is lost because somebody could not look on
            log_event("epochs_not_written", epoch=epoch + 1, reason=error)


def _built(recipe: Recipe, vocabulary_size: int, vectors_uri: str | None) -> keras.Model:
    vectors = _vectors(vectors_uri) if vectors_uri else None
    pads_front = recipe.tokens.padding == "front"
    return load_family(recipe.family).build(network_of(recipe), vocabulary_size, vectors, pads_front=pads_front)


def _compiled(model: keras.Model, recipe: Recipe, cache: Path) -> keras.Model:
    """The network, ready for `fit`; on a CPU its packed twin, if it has one, whose weights are the same."""
    packed = load_family(recipe.family).packed
    if packed is not None and not tf.config.list_physical_devices("GPU"):
        model = packed(model, cache)
    model.compile(
        optimizer=averaged_over_ranks(keras.optimizers.Adam)(learning_rate=recipe.training.learning_rate),
        loss=keras.losses.BinaryCrossentropy(),
        # weighted, so that an empty row counts as none; with class weights each class is half of it
        weighted_metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
        jit_compile=False,  # XLA on CPU knows no Horovod, and trains many times slower (bench/train_step.py)
    )
    return model


def _vectors(uri: str) -> np.ndarray:
    with os_errors_as(SettingsError, "models.root must be readable from every host", uri):
        vectors: np.ndarray = np.load(io.BytesIO(read_bytes(uri)), allow_pickle=False)
    return vectors


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    with (
        os_errors_as(SettingsError, "a rank's temporary folder must have room", tempfile.gettempdir()),
        tempfile.TemporaryDirectory(prefix="newslabel-rank-") as folder,
    ):
        yield Path(folder)


def _part(files: Sequence[str], recipe: Recipe, folder: Path, balance: str = "none") -> Part:
    folder.mkdir()
    part = read_part(
        files,
        rank=hvd.rank(),
        ranks=hvd.size(),
        positive=recipe.classes.positive,
        folder=folder,
        balance=balance,
        seed=recipe.training.seed,
    )
    return replace(part, pads_front=recipe.tokens.padding == "front")


def _fit(model: keras.Model, recipe: Recipe, training: Part, validation: Part | None, work_uri: str) -> None:
    size, seed = recipe.training.batch_size, recipe.training.seed
    callbacks = [
        StartTogether(),
        AverageLogs(training_weight=training.weight, validation_weight=validation.weight if validation else 0),
        StopWhenDiverged(),
    ]
    if hvd.rank() == 0:
        callbacks.append(WriteEpochs(work_uri))
    model.fit(
        _dataset(lambda: training_batches(training, batch_size=size, seed=seed), tf.data.INFINITE_CARDINALITY),
        epochs=recipe.training.epochs,
        steps_per_epoch=steps_per_epoch(len(training.position_lengths), size, training.ranks),
        validation_data=_validation(validation, size) if validation else None,
        shuffle=False,  # the batches come shuffled
        callbacks=callbacks,
        verbose=0,
    )


def _validation(validation: Part, batch_size: int) -> tf.data.Dataset:
    steps = steps_per_epoch(len(validation.position_lengths), batch_size, validation.ranks)
    return _dataset(lambda: ordered_batches(validation, batch_size=batch_size), steps)


def _dataset(batches: Callable[[], Iterator[Batch]], steps: int) -> tf.data.Dataset:
    """The batches as Keras takes them, with open shapes, so that no width is compiled anew."""
    shapes = (tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, 2)), tf.TensorSpec((None,)))
    dataset = tf.data.Dataset.from_generator(batches, output_signature=shapes)
    # told how many there are, Keras does not warn of an end that it did not expect
    return dataset.apply(tf.data.experimental.assert_cardinality(steps)).prefetch(2)


def _keep(model: keras.Model, family: str, folder: Path, work_uri: str) -> None:
    """Saves the bare network: the optimizer's class is of these ranks, and a reader has no use for it."""
    network = folder / NETWORK_FOLDER
    write_network(network, keras.Model(model.input, model.output, name=model.name), family)
    with os_errors_as(SettingsError, UNWRITABLE, work_uri):
        upload_folder(network, join(work_uri, NETWORK_FOLDER))


def _evaluate(
    model: keras.Model, recipe: Recipe, parts: Mapping[str, Part], files: Mapping[str, Sequence[str]], work_uri: str
) -> None:
    """Every rank asks the network of its rows; rank 0 writes down what came of it."""
    infer = inference(model)
    evaluations = {name: evaluate_part(infer, part, files[name], recipe) for name, part in parts.items()}
    if hvd.rank() == 0:
        write_evaluations(work_uri, evaluations)
