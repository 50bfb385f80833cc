"""All trials of a comparison, by names that stand for what goes into them: recipe, articles, split, seed, vectors."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pyspark.sql import SparkSession

from newslabel.compare.options import Comparison, Trial
from newslabel.compare.results import trial_id
from newslabel.recipes import SHARED, Recipe
from newslabel.settings import Settings
from newslabel.tokens.naming import labelled_fingerprint, tokenization_id
from newslabel.tokens.preset import known_vocabulary
from newslabel.tokens.stop_words import stop_words_of


@dataclass(frozen=True)
class NamedTrial:
    """A trial.

    Attributes:
        row, split, seed: its place in the comparison: the row's number, the split's, the seed.
        trial: what is trained.
        tokenization_id: on what.
        name: RECIPE-HASH, the same for what is the same.
    """

    row: int
    split: int
    seed: int
    trial: Trial
    tokenization_id: str
    name: str

    @property
    def shared_recipe(self) -> Recipe:
        """The recipe by which the articles are tokenized."""
        return _shared(self.trial.recipe)


def named_trials(spark: SparkSession, settings: Settings, comparison: Comparison) -> list[NamedTrial]:
    """The trials, split after split, and of a split tokenization after tokenization.

    Raises:
        DataError: there are no labelled articles of both classes, or the vectors cannot be read.
        TableError: there are no articles yet, or the table cannot be read.
    """
    return sorted(_named(spark, settings, comparison), key=lambda each: (each.split, each.tokenization_id, each.row))


def _named(spark: SparkSession, settings: Settings, comparison: Comparison) -> Iterator[NamedTrial]:
    fingerprints: dict[object, str] = {}
    words = cache(lambda recipe_json: stop_words_of(Recipe.model_validate_json(recipe_json), _recipes(settings)))
    for number, split in enumerate(comparison.splits()):
        for row, variation in enumerate(comparison.rows):
            shared = _shared(variation.recipe)
            looks_at = (shared.classes, split.looks_at)
            if looks_at not in fingerprints:
                fingerprints[looks_at] = labelled_fingerprint(spark, settings, shared, split)
            stop_words, known = words(shared.model_dump_json()), known_vocabulary(settings, shared)
            examples = tokenization_id(settings, shared, split, stop_words, fingerprints[looks_at], known)
            for seed, trial in enumerate(comparison.trials(variation, split)):
                yield NamedTrial(row, number, seed, trial, examples, trial_id(trial, examples))


def _recipes(settings: Settings) -> Path:
    return Path(settings.corpus.recipes)


def _shared(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"name": SHARED})
