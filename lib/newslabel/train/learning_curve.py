"""How a learner that is made step by step learnt: its loss and accuracy after each step, as of a network's epochs."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from newslabel.models.contracts import Features, Floats, Ids, Learner, Offsets
from newslabel.train.part import Part

ROWS_AT_ONCE = 1024
THRESHOLD = 0.5  # as Keras has it in a network's epochs, whatever the recipe decides by
SMALLEST = 1e-15  # a probability of the truth counts as no less: its logarithm stays finite
Staged = Callable[[Ids, Offsets, Features], Floats]


def learning_curve(learner: Learner, predictor: Any, training: Part, validation: Part | None) -> list[dict[str, float]]:
    """Of each step the figures that the model would have had after it.

    Args:
        learner: the model's family.
        predictor: the model.
        training: what it was fitted to.
        validation: what it was not; None where there is no such part.

    Returns:
        Of every step `epoch`, its number from 1; `loss`, the mean log loss in nats, and `accuracy` (at 0.5) of the
        training part; `val_loss` and `val_accuracy` of the validation part. They are of the model's own probabilities,
        before calibration, of rows that scoring would judge; each row counts alike. Nothing for a learner that has no
        steps.
    """
    if learner.staged is None:
        return []
    staged = partial(learner.staged, predictor)
    figures = _figures(staged, training)
    if validation is not None:
        figures |= {f"val_{name}": values for name, values in _figures(staged, validation).items()}
    steps = zip(*(values.tolist() for values in figures.values()), strict=True)
    return [{"epoch": number, **dict(zip(figures, step, strict=True))} for number, step in enumerate(steps, start=1)]


def _figures(staged: Staged, part: Part) -> dict[str, np.ndarray]:
    """Mean loss and accuracy over a part's rows, after each step: float64 (steps,)."""
    loss: Any = 0.0
    right: Any = 0
    for first in range(0, len(part.is_positive), ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        bounds = part.offsets[first : first + ROWS_AT_ONCE + 1]
        said = staged(part.token_ids[bounds[0] : bounds[-1]], bounds - bounds[0], part.features[rows])
        said, is_positive = said[part.is_known[rows]], part.is_positive[rows][part.is_known[rows], np.newaxis]
        loss = loss - np.log(np.maximum(np.where(is_positive, said, 1 - said), SMALLEST)).sum(axis=0)
        right = right + ((said >= THRESHOLD) == is_positive).sum(axis=0)
    judged = max(int(part.is_known.sum()), 1)
    return {"loss": loss / judged, "accuracy": right / judged}
