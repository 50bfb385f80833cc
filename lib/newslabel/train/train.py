"""A tokenization goes in, a registered model bundle comes out."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from pyspark.sql import SparkSession

from newslabel.errors import SettingsError, os_errors_as
from newslabel.logs import log_event
from newslabel.models.bundle import save_bundle
from newslabel.models.families import load_family, network_of
from newslabel.models.registry import Registry, Version
from newslabel.ranks.launcher import check_room, run_on_horovod
from newslabel.recipes import Recipe
from newslabel.settings import Settings
from newslabel.storage import join
from newslabel.tokens.examples import Tokenization, load_tokenization, newest_tokenization
from newslabel.tokens.glove import GloveVectors, read_glove
from newslabel.tokens.glove_file import glove_lines
from newslabel.tokens.splits import TEST, TRAIN, VALIDATION
from newslabel.train.files import files_of_parts
from newslabel.train.register import flat_metrics, recorded
from newslabel.train.versions import code_version
from newslabel.train.work_folder import (
    NETWORK_FOLDER,
    EpochLines,
    read_epochs,
    read_evaluations,
    work_folder,
    write_vectors,
)


@dataclass(frozen=True)
class TrainSummary:
    """What a training made.

    Attributes:
        version: its number in the registry, its bundle and figures.
        examples_id: the tokenization that it was trained on.
        epochs: epoch, loss, accuracy, val_loss, val_accuracy and seconds of each.
        metrics: what the bundle's metrics.json holds.
        seconds: from start to end.
    """

    version: Version
    examples_id: str
    epochs: Sequence[Mapping[str, float]]
    metrics: Mapping[str, Any]
    seconds: float

    def facts(self) -> list[tuple[str, Any]]:
        """What people want to know of it, each with its name."""
        coverage = self.metrics["vectors"] or {}
        return [
            ("recipe", self.version.recipe),
            ("examples", self.examples_id),
            *((name.replace("_", " "), value) for name, value in flat_metrics(self.metrics).items()),
            *((name.replace("_", " "), value) for name, value in coverage.items()),
            ("bundle", self.version.bundle_uri),
            ("seconds", self.seconds),
        ]


def check_training(
    settings: Settings, recipe: Recipe, *, examples_id: str | None = None, glove: str | None = None
) -> Tokenization:
    """The tokenization that a recipe would be trained on, once all is found to be there; starts no Spark.

    Args:
        settings: of the corpus.
        recipe: its network and how it is trained.
        examples_id: the tokenization; None for the newest of the recipe.
        glove: a file of word vectors to start the embedding with.

    Raises:
        SettingsError: a wrong key of [network], vectors that are missing, or a tokenization made by another recipe.
        DataError: no such tokenization, or no such file.
        TransientError: the registry does not answer.
    """
    network = network_of(recipe)
    if glove is None and load_family(recipe.family).needs_vectors(network):
        raise SettingsError(
            f"recipe {recipe.name} keeps its vectors as they are read: give --glove FILE. Received: none"
        )
    if glove is not None:
        with glove_lines(glove):
            pass  # it can be opened
    tokenization = _tokenization(settings, recipe, examples_id)
    Registry(settings).check()
    return tokenization


def train_model(
    spark: SparkSession,
    settings: Settings,
    recipe: Recipe,
    *,
    tokenization: Tokenization | None = None,
    glove: str | None = None,
    workers: int = 1,
) -> TrainSummary:
    """Trains a recipe's network on Horovod in Spark's tasks, keeps it as a bundle and registers that.

    Args:
        spark: the session on whose cores the ranks run.
        settings: of the corpus.
        recipe: its network and how it is trained.
        tokenization: what `check_training` found for this recipe and vectors; None to look for the recipe's newest.
        glove: a file of word vectors to start the embedding with.
        workers: how many ranks.

    Raises:
        SettingsError: a wrong key of [network], more workers than free cores, vectors that are missing, a tokenization
            made by another recipe, or a models.root that cannot be written; a model that was trained is kept, and the
            message or the log says where.
        DataError: no such tokenization, a file that is no GloVe file, or a training that diverges.
        TransientError: the registry does not answer, at the start or at the end, or a rank was killed.
    """
    began = time.monotonic()
    tokenization = tokenization or check_training(settings, recipe, glove=glove)
    tokenization.check_fits(recipe)
    check_room(spark, workers)
    vectors = _vectors(glove, tokenization, recipe.training.seed)
    log_event("training", recipe=recipe.name, examples=tokenization.id, workers=workers, rows=tokenization.rows[TRAIN])
    versions = {"data_version": tokenization.id, "code_version": code_version()}
    metrics, epochs, bundle_uri = _trained(spark, settings, recipe, tokenization, vectors, versions, workers=workers)
    version = recorded(
        Registry(settings),
        bundle_uri=bundle_uri,
        recipe=recipe,
        params={"workers": workers, "glove": PurePath(glove).name if glove else "none"},
        metrics=metrics,
        epochs=epochs,
        versions=versions,
    )
    return TrainSummary(version, tokenization.id, epochs, metrics, seconds=time.monotonic() - began)


def _tokenization(settings: Settings, recipe: Recipe, examples_id: str | None) -> Tokenization:
    if examples_id is None:
        tokenization = newest_tokenization(settings, recipe.name)
    else:
        tokenization = load_tokenization(settings, examples_id)
    tokenization.check_fits(recipe)
    return tokenization


def _vectors(glove: str | None, tokenization: Tokenization, seed: int) -> GloveVectors | None:
    if glove is None:
        return None
    vectors = read_glove(glove, tokenization.vocabulary, seed)
    log_event(
        "vectors",
        width=vectors.matrix.shape[1],
        words_found=vectors.words_found,
        coverage_words=round(vectors.coverage_words, 4),
        coverage_text=round(vectors.coverage_text, 4),
    )
    return vectors


def _trained(
    spark: SparkSession,
    settings: Settings,
    recipe: Recipe,
    tokenization: Tokenization,
    vectors: GloveVectors | None,
    versions: Mapping[str, str],
    *,
    workers: int,
) -> tuple[dict[str, Any], list[dict[str, float]], str]:
    """The figures, the epochs and the place of the bundle."""
    files = files_of_parts(spark, tokenization)
    with work_folder(settings) as work:
        vectors_uri = write_vectors(work, vectors.matrix) if vectors else None
        ranks = run_on_horovod(
            spark,
            _train_rank,
            (recipe.to_toml(), tokenization.vocabulary.size, vectors_uri, files, work, settings.score.cache),
            workers=workers,
            start_timeout_s=settings.train.start_timeout_s,
            while_waiting=EpochLines(work, epochs=recipe.training.epochs),
        )
        with os_errors_as(SettingsError, "models.root must be readable", work):
            epochs, evaluations = read_epochs(work), read_evaluations(work)
        metrics = {
            **{part: evaluations[part]["metrics"] if part in evaluations else None for part in (VALIDATION, TEST)},
            "ranks": ranks,
            "vectors": _coverage(vectors),
        }
        bundle_uri = save_bundle(
            settings.models.root,
            recipe=recipe,
            vocabulary=tokenization.vocabulary,
            stop_words=tokenization.stop_words,
            network=join(work, NETWORK_FOLDER),
            metrics=metrics,
            epochs=epochs,
            reference=evaluations[VALIDATION]["reference"] if VALIDATION in evaluations else {},
            versions=versions,
        )
    log_event("bundle_saved", bundle=bundle_uri)
    return metrics, epochs, bundle_uri


def _train_rank(*arguments: Any) -> Any:
    """`train_rank`, imported in the ranks alone: the driver needs no TensorFlow."""
    from newslabel.train.rank import train_rank

    return train_rank(*arguments)


def _coverage(vectors: GloveVectors | None) -> dict[str, float] | None:
    if vectors is None:
        return None
    return {"coverage_words": vectors.coverage_words, "coverage_text": vectors.coverage_text}
