"""What counted in a learner's fit: each feature and word by its name."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from newslabel.models.contracts import Learner
from newslabel.recipes import Recipe
from newslabel.tokens import FIRST_WORD, Vocabulary, feature_names

FEATURES, WORDS = "features", "words"
UNKNOWN_WORD = "(a word without an id)"
Importances = dict[str, dict[str, float]]


def importances_of(learner: Learner, predictor: Any) -> dict[str, Any]:
    """What counted, by number, as JSON has it: the features in the encoder's order, and words' ids; empty of some.

    Args:
        learner: the model's family.
        predictor: the model.
    """
    if learner.importances is None:
        return {}
    features, words = learner.importances(predictor)
    return {FEATURES: features.tolist(), WORDS: {str(word): float(words[word]) for word in np.flatnonzero(words)}}


def named_importances(found: Mapping[str, Any], recipe: Recipe, vocabulary: Vocabulary) -> Importances:
    """What counted, by name, the greatest first.

    Args:
        found: what `importances_of` returned.
        recipe: its encoder names the features.
        vocabulary: its words have the ids.

    Returns:
        `features` and `words`, of each its importance by name; nothing where `found` says nothing.
    """
    if not found:
        return {}
    features = dict(zip(feature_names(recipe), found[FEATURES], strict=True))
    words = {_word(int(word), vocabulary): value for word, value in found[WORDS].items()}
    return {FEATURES: _greatest_first(features), WORDS: _greatest_first(words)}


def greatest(importances: Importances, count: int) -> list[tuple[str, str, float, float]]:
    """The names that counted most: of each what it is, its importance, and its share of all importance.

    Args:
        importances: as `named_importances` has them.
        count: how many, at most.
    """
    rows = [
        (name, kind.removesuffix("s"), value) for kind, named in importances.items() for name, value in named.items()
    ]
    whole = sum(value for _, _, value in rows) or 1.0
    first = sorted(rows, key=lambda row: -row[2])[:count]
    return [(name, kind, value, value / whole) for name, kind, value in first]


def _word(number: int, vocabulary: Vocabulary) -> str:
    if number < FIRST_WORD:
        return UNKNOWN_WORD
    if vocabulary.buckets:
        return f"(words of hash {number - FIRST_WORD})"
    return str(vocabulary.words[number - FIRST_WORD])


def _greatest_first(values: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(values.items(), key=lambda named: -named[1]))
