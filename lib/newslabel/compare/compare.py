"""A comparison goes in, a row of figures a recipe comes out; what was tried before is not tried again."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pyspark.sql import SparkSession

from newslabel.compare.exam import exam_of
from newslabel.compare.figures import compared_figures
from newslabel.compare.named_trials import NamedTrial, named_trials
from newslabel.compare.options import Comparison
from newslabel.compare.results import TrialResult, read_result, write_beside, write_result
from newslabel.compare.rows import RowResults
from newslabel.compare.trial import tried
from newslabel.errors import TransientError
from newslabel.evaluate.figures import accuracy
from newslabel.logs import log_event
from newslabel.settings import Settings
from newslabel.tokens.examples import Tokenization, delete_tokenization
from newslabel.tokens.tokenize import SharedDivision, divided_articles, tokenize_articles

FIGURES_FILE = "figures.json"


@dataclass(frozen=True)
class CompareSummary:
    """What a comparison showed.

    Attributes:
        figures: as `compared_figures` gives them.
        place: of the file that keeps them.
        tried: how many trials were made now.
        found: how many had been made before.
    """

    figures: dict[str, Any]
    place: str
    tried: int
    found: int

    def facts(self) -> list[tuple[str, str | int]]:
        """What people want to know beside the figures, each with its name."""
        return [
            ("trained now", self.tried),
            ("trained before", self.found),
            ("articles without a known word", sum(row["unscored"] for row in self.figures["rows"])),
            ("figures", self.place),
        ]


def compare_recipes(spark: SparkSession, settings: Settings, comparison: Comparison) -> CompareSummary:
    """Trains all recipes on the same splits and holds them against the baseline; registers nothing.

    What each trial leaves is kept below `models.root`/comparisons: where this is killed, the same call goes on.

    Args:
        spark: the session.
        settings: of the corpus.
        comparison: what `check_comparison` found.

    Raises:
        DataError: nothing that could be learnt from, a split that leaves nothing to test, or a training that diverges.
        SettingsError: more workers than free cores, or a models.root that cannot be written.
        TableError: there are no articles yet, or a table cannot be read or written.
        TransientError: articles came meanwhile, ranks were lost, again and again, or Spark's JVM is gone.
    """
    trials = named_trials(spark, settings, comparison)
    results = {name: read_result(settings, name) for name in {each.name for each in trials}}
    missing = list({each.name: each for each in trials if results[each.name] is None}.values())
    found = len(results) - len(missing)
    log_event("comparing", rows=len(comparison.rows), trials=len(results), found=found)
    for number, (name, result) in enumerate(_tried(spark, settings, missing), start=1):
        write_result(settings, name, result)
        results[name] = result
        _tell(name, result, f"{number}/{len(missing)}")
    there = {name: result for name, result in results.items() if result is not None}
    figures = compared_figures(_rows(comparison, trials, there))
    identity = hashlib.sha256(json.dumps([each.name for each in trials]).encode()).hexdigest()[:12]
    place = write_beside(settings, json.dumps(figures, indent=1).encode(), identity, FIGURES_FILE)
    return CompareSummary(figures, place, tried=len(missing), found=found)


def _tried(spark: SparkSession, settings: Settings, missing: Sequence[NamedTrial]) -> Iterator[tuple[str, TrialResult]]:
    """The results of trials; articles are divided once a split, and tokenized once for all that read the same."""
    for _, of_split in groupby(missing, lambda each: each.split):
        trials = list(of_split)
        with divided_articles(spark, settings, trials[0].shared_recipe, trials[0].trial.split) as shared:
            exam = None
            for _, group in groupby(trials, lambda each: each.tokenization_id):
                alike = list(group)
                made = _tokenized(spark, settings, alike[0], shared)
                exam = exam or exam_of(spark, settings, made)
                for each in alike:
                    yield each.name, tried(spark, settings, each.trial, made, exam)
                delete_tokenization(made)


def _tokenized(spark: SparkSession, settings: Settings, first: NamedTrial, shared: SharedDivision) -> Tokenization:
    recipe, split = first.shared_recipe, first.trial.split
    made = tokenize_articles(spark, settings, recipe, split, warns=False, shared=shared).tokenization
    if made.id != first.tokenization_id:
        delete_tokenization(made)
        raise TransientError(f"articles came while recipes were compared. Received: {made.id!r}")
    return made


def _tell(name: str, result: TrialResult, number: str) -> None:
    share = float(accuracy(result.is_positive, result.probabilities))
    log_event("tried", number=number, trial=name, accuracy=share, seconds=result.figures["train_seconds"])


def _rows(comparison: Comparison, trials: Sequence[NamedTrial], results: dict[str, TrialResult]) -> list[RowResults]:
    """What came of each row, split after split, and of a split seed after seed."""
    found = {(each.row, each.split, each.seed): results[each.name] for each in trials}
    resplits, seeds = len(comparison.resplits), range(comparison.seeds)
    return [
        RowResults(
            variation=variation,
            resplits=[[found[row, split, seed] for seed in seeds] for split in range(resplits)],
            files={
                pattern: [found[row, split, seed] for seed in seeds]
                for split, pattern in enumerate(comparison.files, start=resplits)
            },
        )
        for row, variation in enumerate(comparison.rows)
    ]
