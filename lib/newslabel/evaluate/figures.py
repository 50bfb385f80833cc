"""Single figures of how good probabilities are, of one set of articles or of many sets at once."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

BINS = 10  # of the calibration error
Floats = npt.NDArray[np.float64]


class Figure(Protocol):
    """A figure of articles along the last axis: the functions of this module, and any other of their kind."""

    def __call__(self, is_positive: np.ndarray, probabilities: np.ndarray, /) -> Floats:
        """The figure of each set.

        Args:
            is_positive: bool (…, N), the truth.
            probabilities: float (…, N) of the positive class.

        Returns:
            float64 (…): NaN where the figure cannot be said.
        """


def accuracy(is_positive: np.ndarray, probabilities: np.ndarray, threshold: float = 0.5) -> Floats:
    """The share of articles that are called what they are; from the threshold on, an article is called positive."""
    return np.asarray(((probabilities >= threshold) == is_positive).mean(axis=-1))


def auc(is_positive: np.ndarray, probabilities: np.ndarray) -> Floats:
    """How often a positive article is told to be likelier than a negative one; NaN of one class alone.

    Source: Mann and Whitney, On a test of whether one of two random variables is stochastically larger, 1947.
    """
    from scipy.stats import rankdata  # slow to import

    positives = is_positive.sum(axis=-1)
    pairs = positives * (is_positive.shape[-1] - positives)
    ranks = np.where(is_positive, rankdata(probabilities, axis=-1), 0).sum(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray((ranks - positives * (positives + 1) / 2) / pairs)


def brier(is_positive: np.ndarray, probabilities: np.ndarray) -> Floats:
    """The mean square of what lies between probability and truth: 0 at best, 0.25 where all are told with 0.5.

    Source: G. Brier, Verification of forecasts expressed in terms of probability, 1950.
    """
    return np.asarray(((probabilities.astype(np.float64) - is_positive) ** 2).mean(axis=-1))


def calibration_error(is_positive: np.ndarray, probabilities: np.ndarray) -> Floats:
    """The expected calibration error: how far, on the average of ten bins, probabilities lie from what is true.

    The bins hold equally many articles, or one more, as bins of equal width would leave most of them to noise. Articles
    of equal probability share their truths, so that their order does not count where a bin ends among them. A perfect
    model has more than 0 by chance, the more the fewer articles there are. NaN of fewer articles than bins.

    Source:
        Naeini, Cooper and Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning, 2015; Nixon et
        al., Measuring calibration in deep learning, 2019, for bins of equally many.
    """
    count = probabilities.shape[-1]
    if count < BINS:
        return np.full(probabilities.shape[:-1], np.nan)
    order = np.argsort(probabilities, axis=-1)
    rising = np.take_along_axis(probabilities.astype(np.float64), order, axis=-1)
    gaps = np.take_along_axis(is_positive, order, axis=-1) - rising
    bounds = np.arange(BINS) * count // BINS
    of_bins = np.add.reduceat(_shared_by_equals(gaps, rising), bounds, axis=-1)
    return np.asarray(np.abs(of_bins).sum(axis=-1) / count)


def _shared_by_equals(values: np.ndarray, rising: np.ndarray) -> np.ndarray:
    """Of each value the mean over those whose neighbours in `rising` are equal; both float64 (…, N)."""
    is_new = np.diff(rising, axis=-1, prepend=-np.inf) > 0
    groups = np.cumsum(is_new.ravel()) - 1  # each row begins a group, as all that is there is more than -inf
    means = np.bincount(groups, values.ravel()) / np.bincount(groups)
    return np.asarray(means[groups].reshape(values.shape))
