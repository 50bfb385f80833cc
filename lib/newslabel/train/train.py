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
from newslabel.models.families import is_learner
from newslabel.models.registry import Registry, Version
from newslabel.ranks.launcher import check_room, free_cores, run_on_horovod
from newslabel.ranks.rank_process import RankLostError
from newslabel.recipes import CalibrationRecipe, Recipe
from newslabel.settings import Settings
from newslabel.storage import join
from newslabel.tokens.examples import Tokenization
from newslabel.tokens.glove import read_glove
from newslabel.tokens.splits import TEST, TRAIN, VALIDATION
from newslabel.train.cross_validation import cross_validated
from newslabel.train.files import files_of_parts
from newslabel.train.importances import greatest, named_importances
from newslabel.train.plan import TrainingPlan
from newslabel.train.progress import shown_progress
from newslabel.train.register import flat_metrics, recorded
from newslabel.train.training import Training, check_training
from newslabel.train.versions import code_version
from newslabel.train.work_files import (
    CALIBRATION,
    IMPORTANCES,
    NETWORK_FOLDER,
    read_epochs,
    read_evaluations,
    write_plan,
    write_preset,
    write_vectors,
)
from newslabel.train.work_folder import new_work_folder, resume_command, used_up

EPOCHS_SHOWN = 50
IMPORTANCES_SHOWN = 20


@dataclass(frozen=True)
class MadeBundle:
    """A trained model, kept as a bundle and not registered yet.

    Attributes:
        uri: its place.
        plan: what it was trained by.
        metrics: what its metrics.json holds.
        epochs: the figures of each epoch, as `TrainSummary` has them.
        versions: `data_version` and `code_version`.
    """

    uri: str
    plan: TrainingPlan
    metrics: Mapping[str, Any]
    epochs: Sequence[Mapping[str, float]]
    versions: Mapping[str, str]


@dataclass(frozen=True)
class TrainSummary:
    """What a training made.

    Attributes:
        version: its number in the registry, its bundle and figures.
        examples_id: the tokenization that it was trained on.
        epochs: epoch, loss, accuracy, val_loss, val_accuracy and seconds of each; of a learner the steps of which its
            model was made, which have no seconds, or none.
        metrics: what the bundle's metrics.json holds.
        seconds: from start to end.
    """

    version: Version
    examples_id: str
    epochs: Sequence[Mapping[str, float]]
    metrics: Mapping[str, Any]
    seconds: float

    def shown_epochs(self) -> Sequence[Mapping[str, float]]:
        """The epochs, as many as people look at: of very many every so many'th, and the last."""
        every = -(-len(self.epochs) // EPOCHS_SHOWN)
        return [epoch for epoch in self.epochs if epoch["epoch"] % max(every, 1) == 0 or epoch is self.epochs[-1]]

    def importances(self) -> list[tuple[str, str, float, float]]:
        """What counted most in a learner's fit: name, feature or word, importance, and share of all importance."""
        return greatest(self.metrics.get("importances", {}), IMPORTANCES_SHOWN)

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


def train_model(
    spark: SparkSession,
    settings: Settings,
    recipe: Recipe,
    *,
    glove: str | None = None,
    workers: int = 1,
    batch_per_worker: int | None = None,
) -> TrainSummary:
    """Trains a recipe's model on its newest tokenization; arguments and errors as `check_training` has them."""
    training = check_training(settings, recipe, glove=glove, workers=workers, batch_per_worker=batch_per_worker)
    return run_training(spark, settings, training)


def run_training(spark: SparkSession, settings: Settings, training: Training) -> TrainSummary:
    """Trains a recipe's model on Horovod in Spark's tasks, keeps it as a bundle and registers that.

    Args:
        spark: the session on whose cores the ranks run.
        settings: of the corpus.
        training: what `check_training` or `check_resume` found.

    Raises:
        SettingsError: more workers than free cores, or a models.root that cannot be written; a model that was trained
            is kept, and the message or the log says where.
        DataError: a file that is no GloVe file, or a training that diverges.
        TransientError: the registry does not answer in the end, or ranks were lost, again and again.
    """
    began = time.monotonic()
    made = make_bundle(spark, settings, training, bundles_uri=settings.models.root)
    version = recorded(
        Registry(settings),
        bundle_uri=made.uri,
        recipe=made.plan.recipe,
        params=_params(made.plan, workers=len(made.metrics["ranks"])),
        metrics=made.metrics,
        epochs=made.epochs,
        versions=made.versions,
    )
    return TrainSummary(version, made.plan.examples, made.epochs, made.metrics, seconds=time.monotonic() - began)


def make_bundle(
    spark: SparkSession, settings: Settings, training: Training, *, bundles_uri: str, is_trial: bool = False
) -> MadeBundle:
    """Trains a recipe's model on Horovod in Spark's tasks and keeps it as a bundle, which no registry hears of.

    Args:
        spark: the session on whose cores the ranks run.
        settings: of the corpus.
        training: what `check_training` or `check_resume` found.
        bundles_uri: the folder in which the bundle is made.
        is_trial: whether nobody will go on with it: then nothing is kept where it fails, and a learner is fitted in
            this process, as the start of a rank takes seconds.

    Raises:
        NewslabelError: as `run_training` does, without the registry's.
    """
    check_room(spark, training.plan.workers)
    work_uri = training.work_uri or new_work_folder(settings)
    with used_up(work_uri, keeps=not is_trial):
        plan = training.plan if training.work_uri else _prepared(spark, training, work_uri)
        log_event(
            "training",
            recipe=plan.recipe.name,
            examples=plan.examples,
            workers=plan.workers,
            rows=training.tokenization.rows[TRAIN],
            **({} if is_trial else {"resume": resume_command(work_uri)}),
        )
        if is_trial and is_learner(plan.recipe):
            ranks = [_fit_rank(work_uri, settings.score.cache)]
        else:
            ranks = _trained(spark, settings, plan, work_uri)
        figures = {"cross_validation": cross_validated(spark, work_uri, plan.recipe.training.folds), "ranks": ranks}
        return _saved(bundles_uri, plan, training.tokenization, figures, work_uri)


def _prepared(spark: SparkSession, training: Training, work_uri: str) -> TrainingPlan:
    """The whole plan, once what it names lies in the work folder."""
    plan, vocabulary = training.plan, training.tokenization.vocabulary
    coverage = None
    if plan.glove is not None:
        vectors = read_glove(plan.glove, vocabulary, plan.recipe.training.seed)
        coverage = {"coverage_words": vectors.coverage_words, "coverage_text": vectors.coverage_text}
        rounded = {name: round(share, 4) for name, share in coverage.items()}
        log_event("vectors", width=vectors.matrix.shape[1], words_found=vectors.words_found, **rounded)
        write_vectors(work_uri, vectors.matrix)
    if plan.preset is not None:
        write_preset(work_uri, plan.preset)
    files = files_of_parts(spark, training.tokenization)
    plan = plan.model_copy(update={"files": files, "coverage": coverage})
    write_plan(work_uri, plan)
    return plan


def _trained(spark: SparkSession, settings: Settings, plan: TrainingPlan, work_uri: str) -> list[Any]:
    """What the ranks told; where one is lost, those that there is room for go on from the last checkpoint."""
    workers = plan.workers
    work = _fit_rank if is_learner(plan.recipe) else _train_rank
    with shown_progress(work_uri, epochs=None if is_learner(plan.recipe) else plan.recipe.training.epochs) as progress:
        progress.skip(read_epochs(work_uri))
        for restarts_left in reversed(range(settings.train.restarts + 1)):
            try:
                return run_on_horovod(
                    spark,
                    work,
                    (work_uri, settings.score.cache),
                    workers=workers,
                    start_timeout_s=settings.train.start_timeout_s,
                    while_waiting=progress,
                )
            except RankLostError as error:
                if not restarts_left:
                    raise
                workers = max(min(workers, free_cores(spark, wanted=workers)), 1)
                log_event("ranks_start_again", workers=workers, restarts_left=restarts_left - 1, reason=error)
    raise AssertionError("the last try returns or raises")


def _saved(
    bundles_uri: str, plan: TrainingPlan, tokenization: Tokenization, figures: Mapping[str, Any], work_uri: str
) -> MadeBundle:
    with os_errors_as(SettingsError, "models.root must be readable", work_uri):
        epochs, evaluations = read_epochs(work_uri), read_evaluations(work_uri)
    metrics = {
        **{part: evaluations[part]["metrics"] if part in evaluations else None for part in (VALIDATION, TEST)},
        **{name: figure for name, figure in figures.items() if figure},  # no folds of most models
        "vectors": plan.coverage,
    }
    if found := evaluations.get(IMPORTANCES):
        metrics["importances"] = named_importances(found, plan.recipe, tokenization.vocabulary)
    versions = {"data_version": tokenization.id, "code_version": code_version()}
    bundle_uri = save_bundle(
        bundles_uri,
        recipe=plan.recipe.model_copy(update={"calibration": CalibrationRecipe(**evaluations[CALIBRATION])}),
        vocabulary=tokenization.vocabulary,
        stop_words=tokenization.stop_words,
        network=join(work_uri, NETWORK_FOLDER),
        metrics=metrics,
        epochs=epochs,
        reference=evaluations[VALIDATION]["reference"] if VALIDATION in evaluations else {},
        versions=versions,
    )
    log_event("bundle_saved", bundle=bundle_uri)
    return MadeBundle(bundle_uri, plan, metrics, epochs, versions)


def _params(plan: TrainingPlan, *, workers: int) -> dict[str, Any]:
    """What a model was trained with beside its recipe."""
    if is_learner(plan.recipe):
        return {"workers": workers}
    glove = PurePath(plan.glove).name if plan.glove else "none"
    preset = {"preset": PurePath(plan.preset).name} if plan.preset else {}
    return {"workers": workers, "batch_size": plan.batch_size(workers), "glove": glove, **preset}


def _train_rank(*arguments: Any) -> Any:
    """`train_rank`, imported in the ranks alone: the driver needs no TensorFlow."""
    from newslabel.train.rank import train_rank

    return train_rank(*arguments)


def _fit_rank(*arguments: Any) -> Any:
    """`fit_rank`, imported in the rank alone."""
    from newslabel.train.learner_rank import fit_rank

    return fit_rank(*arguments)
