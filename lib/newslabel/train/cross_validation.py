"""How good a learner is on articles of the training part that it did not see: fold after fold, a Spark task each."""

import hashlib
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from pyspark.sql import SparkSession

from newslabel.errors import DataError, NewslabelError
from newslabel.evaluate.calibration import calibrated
from newslabel.evaluate.metrics import Metrics, classification_metrics
from newslabel.logs import log_event
from newslabel.models.families import load_learner, network_of
from newslabel.spark_errors import map_spark_errors
from newslabel.tokens.splits import TRAIN, VALIDATION
from newslabel.train.balance import class_weights
from newslabel.train.evaluation import calibration_of
from newslabel.train.learner_part import answers_of, examples_of, learner_part
from newslabel.train.part import Part, rank_folder, spans
from newslabel.train.work_files import read_plan

SUMMED_UP = ("accuracy", "auc", "log_loss")


def cross_validated(spark: SparkSession, work_uri: str, folds: int) -> dict[str, Any]:
    """The figures of a learner that is fitted anew without each fold of the training part, and judged by that fold.

    Args:
        spark: the session; each fold is a task of one core.
        work_uri: the work folder of the training, in which its plan lies.
        folds: how many; 0 for none.

    Returns:
        Mean and spread (the standard deviation of one fold's, over the folds) of `accuracy`, `auc` and `log_loss`, and
        each fold's figures under `folds`; nothing of no folds.

    Raises:
        DataError: what is left without a fold is such that nothing can be learnt; names training.folds.
        TransientError: Spark's JVM is gone.
    """
    if not folds:
        return {}
    tasks = spark.sparkContext.parallelize(range(folds), folds)
    with map_spark_errors("the folds of a cross-validation"):
        told: Any = tasks.map(partial(_fold_or_error, work_uri, folds)).collect()
    for each in told:
        if isinstance(each, NewslabelError):
            raise each
    figures: list[Metrics] = told
    summed_up = _summed_up(figures)
    log_event("cross_validated", folds=folds, **{name: round(value, 4) for name, value in summed_up.items()})
    return {**summed_up, "folds": figures}


def fold_figures(work_uri: str, folds: int, fold: int) -> Metrics:
    """The figures of one fold, by a model that was fitted to the others, and calibrated as the whole one is.

    Args:
        work_uri: as `cross_validated` has it.
        folds: how many there are.
        fold: which of them is judged, from 0.

    Raises:
        DataError: what is left without the fold is of one class.
    """
    plan = read_plan(work_uri)
    recipe, files = plan.recipe, plan.files
    learner, network = load_learner(recipe.family), network_of(recipe)
    with rank_folder() as folder:
        training = learner_part(files[TRAIN], recipe, folder, recipe.training.balance)
        kept = rows_of(training, folds_of(training, folds, recipe.training.seed) != fold)
        examples = examples_of(kept, plan.vocabulary_size)
        predictor = learner.predictor(network, learner.fit(network, examples, seed=recipe.training.seed).__getitem__)
        # what balances the classes is for learning alone
        everything = learner_part(files[TRAIN], recipe, folder)
        judged = rows_of(everything, folds_of(everything, folds, recipe.training.seed) == fold)
        answers = {TRAIN: answers_of(predictor, judged)}
        if files[VALIDATION]:
            answers[VALIDATION] = answers_of(predictor, learner_part(files[VALIDATION], recipe, folder))
    calibration = calibration_of(answers, recipe)
    said = answers[TRAIN].judged
    probabilities = calibrated(said.probabilities, calibration)
    return classification_metrics(said.is_positive, probabilities, threshold=recipe.decision.threshold)


def folds_of(part: Part, folds: int, seed: int) -> np.ndarray:
    """Which fold each row is in: int64 (rows,), drawn by its words, so that equal texts are in one fold.

    Texts that are nearly equal may part; the figures are the rosier for it.

    Args:
        part: its rows.
        folds: how many there are.
        seed: another seed draws others.
    """
    key = seed.to_bytes(16, "little")
    hashes = (
        hashlib.blake2b(part.token_ids[begin:end].tobytes(), digest_size=8, key=key).digest()
        for begin, end in zip(part.offsets[:-1], part.offsets[1:], strict=True)
    )
    return np.array([int.from_bytes(each, "little") % folds for each in hashes], np.int64)


def rows_of(part: Part, is_chosen: np.ndarray) -> Part:
    """Some rows of a part, their classes weighed anew.

    Args:
        part: its rows.
        is_chosen: bool (rows,).
    """
    lengths = np.diff(part.offsets)[is_chosen]
    is_positive = part.is_positive[is_chosen]
    return replace(
        part,
        token_ids=part.token_ids[spans(part.offsets[:-1][is_chosen], lengths)],
        offsets=np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))),
        is_positive=is_positive,
        is_known=part.is_known[is_chosen],
        position_lengths=part.position_lengths[is_chosen],
        total_rows=len(lengths),
        class_weights=class_weights(is_positive) if part.class_weights != (1.0, 1.0) else part.class_weights,
        features=part.features[is_chosen],
    )


def _fold_or_error(work_uri: str, folds: int, fold: int) -> Metrics | NewslabelError:
    """A fold's figures in a task of Spark's, which would bury an error in a page of Java."""
    try:
        return fold_figures(work_uri, folds, fold)
    except DataError as error:
        return DataError(f"without fold {fold + 1} of training.folds={folds}: {error}")
    except NewslabelError as error:
        return error


def _summed_up(told: list[Metrics]) -> dict[str, float]:
    """Mean and spread of each figure over the folds that have it: a fold of one class has no AUC."""
    summed_up: dict[str, float] = {}
    for name in SUMMED_UP:
        values: Any = [value for figures in told if (value := figures.get(name)) is not None]
        if len(values) > 1:
            summed_up |= {name: float(np.mean(values)), f"{name}_spread": float(np.std(values, ddof=1))}
    return summed_up
