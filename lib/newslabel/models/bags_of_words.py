"""Encoded articles as bags of words, whose order does not count, as learners take them."""

from typing import TYPE_CHECKING, Any

import numpy as np

from newslabel.errors import DataError
from newslabel.models.contracts import Examples, Floats
from newslabel.tokens.information_gain import information_gain

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


def word_counts(token_ids: np.ndarray, offsets: np.ndarray, vocabulary_size: int) -> "csr_matrix":
    """How often each word stands in each row: float64 (N, vocabulary size), a row's words in the order of their ids.

    Args:
        token_ids: int32, all rows' ids one after another.
        offsets: int64 (N + 1,), where each row begins, and the end of the last.
        vocabulary_size: ids are smaller.
    """
    from scipy.sparse import csr_matrix

    ones = np.ones(len(token_ids))
    counts = csr_matrix((ones, token_ids, offsets), shape=(len(offsets) - 1, vocabulary_size), copy=True)
    counts.sum_duplicates()
    return counts


def word_gains(counts: "csr_matrix", is_positive: np.ndarray, weights: np.ndarray) -> Floats:
    """The information gain of each word in nats: float64 (vocabulary size,).

    Args:
        counts: of N rows, as `word_counts` has them.
        is_positive: bool (N,).
        weights: float64 (N,), how much a row counts.
    """
    rows, words = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr)), counts.shape[1]
    positive_weights = weights * is_positive
    having: Any = np.bincount(counts.indices, weights[rows], words)
    positives_having: Any = np.bincount(counts.indices, positive_weights[rows], words)
    return information_gain(having, positives_having, whole=weights.sum(), positives=positive_weights.sum())


def check_both_classes(examples: Examples) -> None:
    """Raises DataError where the examples are of one class, which teaches nothing."""
    positives = int(examples.is_positive.sum())
    if positives in (0, len(examples.is_positive)):
        raise DataError(
            "the training part must have examples of both classes. "
            f"Received: {positives} of the positive one in {len(examples.is_positive)}"
        )
