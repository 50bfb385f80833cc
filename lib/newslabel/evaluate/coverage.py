"""A model that says UNSURE: how much more often it is right where it leaves out what it is least certain of."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Coverage:
    """Accuracy against coverage, from all articles labelled to the most certain ones alone.

    Attributes:
        margins: float64 (K,), rising: an article is labelled where its probability is that far from the threshold, or
            farther; else it is UNSURE.
        coverage: float64 (K,), falling from 1: the share of articles that are labelled.
        accuracy: float64 (K,): the share of these that are called what they are.
    """

    margins: np.ndarray
    coverage: np.ndarray
    accuracy: np.ndarray

    def accuracy_at(self, coverage: float) -> float:
        """The accuracy with the widest margin under which at least this share of the articles, 0 to 1, is labelled."""
        return float(self.accuracy[np.flatnonzero(self.coverage >= coverage)[-1]])


def accuracy_against_coverage(is_positive: np.ndarray, probabilities: np.ndarray, *, threshold: float) -> Coverage:
    """The curve of a part, a point for each distinct certainty: articles of the same one are labelled together, or not.

    Args:
        is_positive: bool (N,), the truth of N >= 1 articles.
        probabilities: float (N,) of the positive class.
        threshold: from it on, an article is called positive.

    Source:
        Y. Geifman and R. El-Yaniv, Selective classification for deep neural networks, 2017.
    """
    is_right = (probabilities >= threshold) == is_positive
    margins, group, articles = np.unique(np.abs(probabilities - threshold), return_inverse=True, return_counts=True)
    right = np.bincount(group, is_right)
    # from the most certain down: of each margin, all that are at least as certain
    labelled, labelled_right = (np.cumsum(counts[::-1])[::-1] for counts in (articles, right))
    return Coverage(margins, labelled / len(is_positive), labelled_right / labelled)
