"""The work of one rank: reads its part, trains in step with the others, and rank 0 keeps the result.

A function of plain arguments, which any launcher can call in a process that Horovod can initialize.
"""

import resource
import socket
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

import horovod.tensorflow as hvd
import keras
import tensorflow as tf

from newslabel.errors import TransientError
from newslabel.models.bundle import write_network
from newslabel.models.families import load_keras_family, network_of
from newslabel.recipes import Recipe
from newslabel.storage import join
from newslabel.tokens.splits import TEST, TRAIN, VALIDATION
from newslabel.train.batches import steps_per_epoch
from newslabel.train.checkpoint import Checkpoint
from newslabel.train.course import Course
from newslabel.train.devices import mixed_precision, take_gpu
from newslabel.train.divergence import DivergedError
from newslabel.train.evaluation import evaluations_of, gathered_answers, inference
from newslabel.train.fit import compiled, fit
from newslabel.train.horovod_keras import assert_equal_weights
from newslabel.train.learnt import take_learnt
from newslabel.train.part import Part, rank_folder, read_part
from newslabel.train.plan import TrainingPlan
from newslabel.train.work_files import (
    NETWORK_FOLDER,
    put_network,
    read_checkpoint,
    read_plan,
    read_preset,
    read_vectors,
    write_epochs,
    write_evaluations,
)


class RankSummary(TypedDict):
    """What a rank says of its work.

    `weights` is the SHA-256 of its weights at the end; `peak_mib` the most memory that the process had.
    """

    rank: int
    rows: int
    steps_per_epoch: int
    weights: str
    host: str
    peak_mib: int


def train_rank(work_uri: str, cache: str) -> RankSummary:
    """Trains a recipe's network together with the other ranks, and evaluates it.

    What to do is read from the work folder, and from where: the newest checkpoint there, if there is one. Rank 0 writes
    into it: `epochs.json`, `progress.json` and `checkpoint.npz` meanwhile, at the end the network, as `write_network`
    does (uncompiled), and `evaluations.json`.

    Args:
        work_uri: the work folder of this training, reached from every host.
        cache: a folder of the host's own for compiled code.

    Raises:
        DataError: there is nothing to train on, the examples or the checkpoint cannot be read, or the training
            diverges; the last weights that did not are then kept as the network.
        SettingsError: the work folder, or the temporary one, cannot be written.
    """
    hvd.init()
    has_gpu = take_gpu(local_rank=hvd.local_rank(), local_size=hvd.local_size())
    plan = read_plan(work_uri)
    recipe, files = plan.recipe, plan.files
    # an own seed for every rank's dropout; the weights become those of rank 0
    keras.utils.set_random_seed(recipe.training.seed + hvd.rank())
    model = _built(plan, work_uri)
    with rank_folder() as folder:
        training = _part(files[TRAIN], recipe, folder / TRAIN, recipe.training.balance)
        others = {part: _part(files[part], recipe, folder / part) for part in (VALIDATION, TEST) if files[part]}
        steps = steps_per_epoch(len(training.position_lengths), plan.batch_size(hvd.size()), training.ranks)
        twin = _on_gpu(model, plan, work_uri) if has_gpu else _packed(model, plan, Path(cache) / "kernels")
        trained = compiled(twin, plan, steps)
        course = Course(_same_on_all(read_checkpoint(work_uri), work_uri))
        if hvd.rank() == 0:
            write_epochs(work_uri, course.epochs)  # those that the checkpoint knows
        try:
            fit(trained, plan, course, training, others.get(VALIDATION), steps=steps, work_uri=work_uri)
        except DivergedError as error:
            raise _with_last_good(error, trained, model, course, recipe.family, folder, work_uri) from error
        _take_weights(model, trained)
        digest = assert_equal_weights(model)
        if hvd.rank() == 0:
            _keep(model, recipe.family, folder, work_uri)
        # a float16 network's answers are not those of the one that is kept
        _evaluate(model if has_gpu else trained, recipe, others, files, work_uri)
    return RankSummary(
        rank=hvd.rank(),
        rows=training.rows,
        steps_per_epoch=steps,
        weights=digest,
        host=socket.gethostname(),
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def _built(plan: TrainingPlan, work_uri: str) -> keras.Model:
    vectors = read_vectors(work_uri) if plan.glove is not None else None
    pads_front = plan.recipe.tokens.padding == "front"
    family = load_keras_family(plan.recipe.family)
    with rank_folder() as folder:
        preset = read_preset(work_uri, folder) if plan.preset is not None else None
        return family.build(
            network_of(plan.recipe), plan.vocabulary_size, vectors, pads_front=pads_front, preset=preset
        )


def _packed(model: keras.Model, plan: TrainingPlan, cache: Path) -> keras.Model:
    """The network's twin that a CPU trains faster, if it has one; its weights are the same."""
    packed = load_keras_family(plan.recipe.family).packed
    return packed(model, cache) if packed is not None else model


def _on_gpu(model: keras.Model, plan: TrainingPlan, work_uri: str) -> keras.Model:
    """What a GPU trains: the network itself, or a twin of its weights that computes in float16."""
    if not plan.mixed_precision:
        return model
    with mixed_precision():
        twin = _built(plan, work_uri)
    twin.set_weights(model.get_weights())
    return twin


def _take_weights(model: keras.Model, trained: keras.Model) -> None:
    """Gives the network that is kept the weights of the twin that was trained, where it does not share them."""
    if {id(weights) for weights in model.weights} != {id(weights) for weights in trained.weights}:
        model.set_weights(trained.get_weights())


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


def _same_on_all(start: Checkpoint | None, work_uri: str) -> Checkpoint | None:
    """Makes sure that no host read an older file than the others, with which it would wait for them for ever."""
    mine = tf.constant([[start.epoch, start.step] if start else [-1, -1]])
    told = hvd.allgather(mine).numpy()
    if (told != told[0]).any():
        raise TransientError(
            f"the hosts read different checkpoints, of epoch and step {told.tolist()}. Received: {work_uri!r}"
        )
    return start


def _with_last_good(
    error: DivergedError,
    trained: keras.Model,
    model: keras.Model,
    course: Course,
    family: str,
    folder: Path,
    work_uri: str,
) -> DivergedError:
    """The error, once the last weights that were good are kept, if there are any."""
    if course.good is None:
        return error
    epoch, weights = course.good
    if hvd.rank() == 0:
        take_learnt(trained, weights)
        _take_weights(model, trained)
        _keep(model, family, folder, work_uri)
    return DivergedError(
        f"{error}; the weights of the checkpoint after epoch {epoch} are kept in {join(work_uri, NETWORK_FOLDER)}"
    )


def _keep(model: keras.Model, family: str, folder: Path, work_uri: str) -> None:
    """Saves the bare network: the optimizer's class is of these ranks, and a reader has no use for it."""
    network = folder / NETWORK_FOLDER
    write_network(network, keras.Model(model.input, model.output, name=model.name), family)
    put_network(work_uri, network)


def _evaluate(
    model: keras.Model, recipe: Recipe, parts: Mapping[str, Part], files: Mapping[str, Sequence[str]], work_uri: str
) -> None:
    """Every rank asks the network of its rows; rank 0 calibrates, and writes down what came of it."""
    infer = inference(model)
    answers = {name: gathered_answers(infer, part, recipe) for name, part in parts.items()}
    if hvd.rank() == 0:
        write_evaluations(work_uri, evaluations_of(answers, files, recipe))
