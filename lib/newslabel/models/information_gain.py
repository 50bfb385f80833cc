"""How much a word tells of its text's class."""

from typing import Any

import numpy as np

from newslabel.models.families import Floats


def information_gain(counts: Any, is_positive: np.ndarray, weights: np.ndarray) -> Floats:
    """How many nats of a row's class one knows from whether a word stands in it, of each word.

    Args:
        counts: sparse (N, words), as `word_counts` has them.
        is_positive: bool (N,).
        weights: float64 (N,), how much a row counts.

    Returns:
        float64 (words,), 0 where a word tells nothing.
    """
    rows, words = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr)), counts.shape[1]
    positive_weights = weights * is_positive
    having = np.bincount(counts.indices, weights[rows], words)
    positives_having = np.bincount(counts.indices, positive_weights[rows], words)
    whole, positives = weights.sum(), positive_weights.sum()
    left = _entropy(positives_having, having) + _entropy(positives - positives_having, whole - having)
    gain: Floats = np.maximum(_entropy(positives, whole) - left, 0) / whole
    return gain


def _entropy(positives: Any, whole: Any) -> Any:
    """The entropy of the class, in nats, times how many there are."""
    from scipy.special import xlogy

    negatives = np.maximum(whole - positives, 0)  # a sum of weights may miss 0 by its last digits
    return xlogy(whole, whole) - xlogy(positives, positives) - xlogy(negatives, negatives)
