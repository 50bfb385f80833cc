"""A part of the examples as a learner takes it, and what the learner says of one."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from newslabel.models.contracts import Examples, Kernel
from newslabel.recipes import Recipe
from newslabel.tokens import feature_names
from newslabel.train.evaluation import Answers
from newslabel.train.part import Part, read_part


def learner_part(files: Sequence[str], recipe: Recipe, folder: Path, balance: str = "none") -> Part:
    """All rows of some files; arguments and errors as `read_part` has them."""
    return read_part(
        files,
        rank=0,
        ranks=1,
        positive=recipe.classes.positive,
        folder=folder,
        balance=balance,
        seed=recipe.training.seed,
        features=len(feature_names(recipe)),
    )


def examples_of(part: Part, vocabulary_size: int) -> Examples:
    """A part's rows to learn from, each of the weight of its class."""
    weights = np.array(part.class_weights)[part.is_positive.astype(np.int8)]
    return Examples(part.token_ids, part.offsets, part.is_positive, weights, vocabulary_size, part.features)


def answers_of(predictor: Kernel, part: Part) -> Answers:
    """What the model says of a part's rows: NaN where scoring, too, has nothing to judge by."""
    probabilities = predictor.probabilities(part.token_ids, part.offsets, part.features)
    return Answers(np.where(part.is_known, probabilities, np.nan), part.is_positive)
