"""What is kept of a cell's outputs, divided again among the steps that it was taken from.

Each pooling of `POOLINGS` is a function from what one unit of kept output is worth to what each step gave of that. So a
row's shares add up to the sum over its units of gradient * kept output.
"""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Shares = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


def shares_of_max(outputs: Floats, lengths: Numbers, gradients: Floats) -> Shares:
    """Of each unit its gradient * the maximum, to the step that had it, to equal parts where several had.

    Args:
        outputs: float32 (steps, units), of N rows one after the other, in the order in which the cell read them.
        lengths: int64 (N,), the steps of each row, at least 1.
        gradients: float32 (N, units), of the log-odds by what is kept of the row.

    Returns:
        float64 (steps,).
    """
    rows = np.repeat(np.arange(len(lengths)), lengths)
    largest = np.maximum.reduceat(outputs, np.cumsum(lengths) - lengths)
    # few steps had one: to look only at these takes two thirds of the time that products of all take
    steps, units = np.nonzero(outputs == largest[rows])
    kept = rows[steps] * largest.shape[1] + units
    parts = (gradients * largest.astype(np.float64)).ravel() / np.bincount(kept, minlength=largest.size)
    return np.asarray(np.bincount(steps, parts[kept], len(outputs)), np.float64)


def shares_of_mean(outputs: Floats, lengths: Numbers, gradients: Floats) -> Shares:
    """Of each unit its gradient * the step's output, divided by the row's length; see `shares_of_max`."""
    parts = gradients.astype(np.float64) / lengths[:, np.newaxis]
    return _summed(outputs, np.repeat(parts, lengths, axis=0))


def shares_of_last(outputs: Floats, lengths: Numbers, gradients: Floats) -> Shares:
    """Of each unit its gradient * what the step added to the output before it; see `shares_of_max`."""
    added = np.diff(outputs, axis=0, prepend=np.float32(0))
    firsts = np.cumsum(lengths) - lengths
    added[firsts] = outputs[firsts]
    return _summed(added, np.repeat(gradients.astype(np.float64), lengths, axis=0))


POOLINGS: Mapping[str, tuple[Callable[[Floats, Numbers, Floats], Shares], ...]] = {
    "max": (shares_of_max,),
    "mean": (shares_of_mean,),
    "max_and_mean": (shares_of_max, shares_of_mean),
    "last": (shares_of_last,),
}


def _summed(values: np.ndarray, factors: np.ndarray) -> Shares:
    """The sum of products over the units: float64 (steps,)."""
    # einsum, which needs no array of products, parts a sum in other places in another batch
    sums: Shares = (values * factors).sum(axis=1)
    return sums
