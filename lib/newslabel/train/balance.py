"""Classes of unequal size, made to count alike: rows left out, or weights."""

import numpy as np

from newslabel.tokens.word_hashes import BASE, mixed

M64 = 2**64


def undersampled(is_positive: np.ndarray, ids: np.ndarray, seed: int) -> np.ndarray:
    """Which rows stay: all of the rarer class, and as many of the other, drawn by their ids.

    Args:
        is_positive: bool (N,).
        ids: S16 (N,), the same wherever and in whatever order the rows are read.
        seed: another seed draws others.

    Returns:
        bool (N,).
    """
    halves = np.ascontiguousarray(ids, "S16").view("<u8").reshape(-1, 2).astype(np.uint64)
    draws = mixed(mixed(halves[:, 0] ^ np.uint64((seed + 1) * int(BASE) % M64)) ^ halves[:, 1])
    positives = int(is_positive.sum())
    rarer = min(positives, len(is_positive) - positives)
    frequent = np.flatnonzero(is_positive == (2 * positives > len(is_positive)))
    stay = np.ones(len(is_positive), bool)
    stay[frequent[np.lexsort((ids[frequent], draws[frequent]))[rarer:]]] = False
    return stay


def class_weights(is_positive: np.ndarray) -> tuple[float, float]:
    """The weights of a negative and of a positive row: each class weighs half of all, and a row 1 on the average.

    Args:
        is_positive: bool (N,); where a class is missing, all weigh 1.
    """
    positives = int(is_positive.sum())
    negatives = len(is_positive) - positives
    if not positives or not negatives:
        return 1.0, 1.0
    return len(is_positive) / (2 * negatives), len(is_positive) / (2 * positives)
