"""How much a word tells of its text's class."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def information_gain(having: Floats, positives_having: Floats, *, whole: float, positives: float) -> Floats:
    """How many nats of a text's class one knows from whether a word stands in it, of each word.

    Args:
        having: float64 (words,), how many texts have the word, or what they weigh, …
        positives_having: … and of them those of the positive class.
        whole: how many texts there are, or what they weigh, more than 0, …
        positives: … and of them those of the positive class.

    Returns:
        float64 (words,), 0 where a word tells nothing, `class_entropy` where it tells all.
    """
    left = _entropy(positives_having, having) + _entropy(positives - positives_having, whole - having)
    gain: Floats = np.maximum(_entropy(positives, whole) - left, 0) / whole
    return gain


def class_entropy(*, whole: float, positives: float) -> float:
    """How many nats one lacks of a text's class, of which one knows nothing."""
    return float(_entropy(positives, whole)) / whole


def _entropy(positives: Any, whole: Any) -> Any:
    """The entropy of the class, in nats, times how many there are."""
    from scipy.special import xlogy  # slow to import

    # a sum of weights may miss 0 by its last digits
    counts = [np.maximum(each, 0) for each in (whole, positives, whole - positives)]
    of_whole, of_positives, of_negatives = (xlogy(count, count) for count in counts)
    return of_whole - of_positives - of_negatives
