"""One trial: a recipe trained on a split's training part, its bundle asked of the test part as scoring asks it."""

import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession

from newslabel.compare.exam import Exam
from newslabel.compare.options import Trial
from newslabel.compare.results import TrialResult
from newslabel.models.families import is_learner
from newslabel.recipes import TEXT_FIELDS, Recipe
from newslabel.score import Scorer, load_scorer
from newslabel.settings import Settings
from newslabel.tokens.examples import Tokenization
from newslabel.tokens.splits import TEST, TRAIN
from newslabel.train import MadeBundle, check_training, make_bundle

LEAST_SECONDS = 1.0  # a test part of hundreds is scored again and again: one time alone says little
WARM_UP = 64  # articles that are scored before the clock starts: code is compiled, files are mapped


def tried(spark: SparkSession, settings: Settings, trial: Trial, tokenization: Tokenization, exam: Exam) -> TrialResult:
    """What a recipe's bundle says of the test part; the bundle itself does not outlive it.

    Args:
        spark: the session on whose cores networks are trained.
        settings: of the corpus.
        trial: what is trained.
        tokenization: on what.
        exam: of the same split.

    Raises:
        NewslabelError: of training.
    """
    training = check_training(
        settings,
        trial.recipe,
        examples_id=tokenization.id,
        glove=trial.glove,
        workers=trial.workers,
        is_trial=True,
    )
    with tempfile.TemporaryDirectory(prefix="newslabel-trial-") as folder:
        began = time.perf_counter()
        made = make_bundle(spark, settings, training, bundles_uri=folder, is_trial=True)
        train_seconds = time.perf_counter() - began
        scorer = load_scorer(made.uri, settings.score.cache)
        probabilities, score_seconds = _scored(scorer, exam.articles, settings.score.batch_size)
        bundle_bytes = sum(file.stat().st_size for file in Path(made.uri).rglob("*") if file.is_file())
    train_rows = tokenization.rows[TRAIN]
    figures = {
        "train_rows": train_rows,
        "train_seconds": train_seconds,
        "samples_per_s": _samples_per_s(made, train_seconds),
        "articles_per_s": len(exam.articles) / score_seconds,
        "bundle_bytes": bundle_bytes,
        "positive_share": exam.positive_share,
        "evaluated": made.metrics[TEST],
    }
    return TrialResult(_table(exam.articles, trial.recipe, probabilities), figures)


def _samples_per_s(made: MadeBundle, train_seconds: float) -> float:
    """Articles a second that training learnt from, each counted in every epoch; of a learner, over all of its time."""
    rows: int = sum(rank["rows"] for rank in made.metrics["ranks"])
    if is_learner(made.plan.recipe):
        return rows / train_seconds
    return rows * len(made.epochs) / sum(epoch["seconds"] for epoch in made.epochs)


def _scored(scorer: Scorer, articles: pa.Table, batch_size: int) -> tuple[np.ndarray, float]:
    """The probability of each article, NaN where none of its words is known, and the seconds that all took one core."""
    batches = [articles.slice(first, batch_size) for first in range(0, len(articles), batch_size)]
    scorer.score(*_texts(articles.slice(0, WARM_UP)))
    began, rounds = time.perf_counter(), 0
    while not rounds or time.perf_counter() - began < LEAST_SECONDS:
        probabilities = np.concatenate([scorer.score(*_texts(batch)) for batch in batches])
        rounds += 1
    return probabilities, (time.perf_counter() - began) / rounds


def _texts(articles: pa.Table) -> list[pa.Array]:
    return [articles[name].combine_chunks() for name in TEXT_FIELDS]


def _table(articles: pa.Table, recipe: Recipe, probabilities: np.ndarray) -> pa.Table:
    return pa.table(
        {
            "article_id": articles["article_id"],
            "is_positive": pc.equal(articles["label"], recipe.classes.positive),
            "probability": pa.array(probabilities, from_pandas=True),
        }
    )
