"""Batches of rows of similar length: the plan that all ranks share, and a rank's arrays of each batch.

A hot path: padding to the longest of a batch instead of the longest text saves many of the LSTM's steps, and a batch
is made by a handful of NumPy calls, without a loop over rows.
"""

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

import numpy as np

from newslabel.train.part import Part, spans

# Rows can meet in a batch whose lengths differ by a factor of up to 1 + this. Lengths tell of classes, so that batches
# of one length teach less; the wider they are mixed, the more of a batch is padding.
LENGTH_SPREAD = 2.0
# widths are rounded up to it, so that arrays are aligned
WIDTH_MULTIPLE = 8


class Batch(NamedTuple):
    """What Keras' fit takes for a step.

    Attributes:
        token_ids: int32 (N, width), padded with 0, at the end or in front.
        classes: float32 (N, 2), one-hot: negative, positive.
        weights: float32 (N,): 0 for an empty row. The others are such that the ranks' gradients, each of the mean over
            its N rows, have as their average the gradient of the mean over the rows of all ranks; times the weight
            of the row's class.
    """

    token_ids: np.ndarray
    classes: np.ndarray
    weights: np.ndarray


def plan_epoch(position_lengths: np.ndarray, *, batch_size: int, ranks: int, seed: int, epoch: int) -> list[np.ndarray]:
    """The positions of each batch of an epoch: every position once, the same plan on every rank.

    Each length is stretched by a random factor before the positions are sorted by it, so that rows meet other rows of
    similar length in every epoch; then they are cut into equal batches, which are shuffled.

    Args:
        position_lengths: int (positions,), see Part.
        batch_size: rows of a batch over all ranks, at most (rounded up to a multiple of `ranks`).
        ranks: how many share a batch.
        seed: the same seed gives the same plans.
        epoch: from 0; each has a plan of its own.

    Returns:
        int64 arrays of at most ceil(batch_size / ranks) positions, of sizes that differ by at most 1.
    """
    draw = np.random.default_rng([seed, epoch])
    stretched = (position_lengths + 1) * draw.uniform(1, 1 + LENGTH_SPREAD, len(position_lengths))
    batches = np.array_split(np.argsort(stretched), steps_per_epoch(len(position_lengths), batch_size, ranks))
    return [batches[index] for index in draw.permutation(len(batches))]


def steps_per_epoch(positions: int, batch_size: int, ranks: int) -> int:
    """How many batches an epoch has, on every rank."""
    return -(-positions // -(-batch_size // ranks))


def make_batch(part: Part, positions: np.ndarray) -> Batch:
    """A rank's arrays of a batch.

    Args:
        part: the rank's rows.
        positions: int (N,) of the plan.
    """
    starts = part.offsets[positions]
    lengths = part.offsets[positions + 1] - starts
    width = -(-max(int(lengths.max()), 1) // WIDTH_MULTIPLE) * WIDTH_MULTIPLE
    token_ids = np.zeros((len(positions), width), np.int32)
    place = np.arange(width)[::-1] if part.pads_front else np.arange(width)
    token_ids[place < lengths[:, None]] = part.token_ids[spans(starts, lengths)]
    classes = np.eye(2, dtype=np.float32)[part.is_positive[positions].astype(np.int8)]
    return Batch(token_ids, classes, _weights(part, positions))


def _weights(part: Part, positions: np.ndarray) -> np.ndarray:
    rows_of_all_ranks = np.clip(part.total_rows - positions * part.ranks, 0, part.ranks).sum()
    is_held = positions < part.rows
    of_class = np.array(part.class_weights, np.float32)[part.is_positive[positions].astype(np.int8)]
    weights: np.ndarray = is_held * of_class * np.float32(part.ranks * len(positions) / rows_of_all_ranks)
    return weights


def training_batches(
    part: Part, *, batch_size: int, seed: int, first_epoch: int = 0, first_step: int = 0
) -> Iterator[Batch]:
    """The batches of epoch after epoch, without end.

    Args:
        part: the rank's rows.
        batch_size: see `plan_epoch`.
        seed: see `plan_epoch`.
        first_epoch: the epoch to begin with, from 0.
        first_step: the batch of it to begin with, from 0.
    """
    for epoch in count(first_epoch):
        plan = plan_epoch(part.position_lengths, batch_size=batch_size, ranks=part.ranks, seed=seed, epoch=epoch)
        for positions in plan[first_step if epoch == first_epoch else 0 :]:
            yield make_batch(part, positions)


def ordered_batches(part: Part, *, batch_size: int) -> Iterator[Batch]:
    """Every row once, shortest first."""
    positions = np.arange(len(part.position_lengths))
    for batch in np.array_split(positions, steps_per_epoch(len(positions), batch_size, part.ranks)):
        yield make_batch(part, batch)
