"""Texts as rows of words' ids, for models of 40 words."""

import random
from collections.abc import Sequence

import numpy as np

FIRST_WORD = 2
WORDS = 40


def flat(rows: Sequence[Sequence[int] | np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """All rows' ids one after another, and where each begins."""
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return np.concatenate([np.empty(0, np.int32), *(np.asarray(row, np.int32) for row in rows)]), offsets


def small_corpus(count: int, seed: int) -> tuple[list[list[int]], list[bool]]:
    """Texts of words that are the rarer the greater their number; the positive ones are longer, of one of three."""
    draw = random.Random(seed)
    rows, is_positive = [], []
    for number in range(count):
        words = [min(int(draw.expovariate(0.15)), WORDS - 1) for _ in range(draw.randrange(1, 25 + 5 * (number % 2)))]
        words += [draw.choice([30, 31, 32])] * draw.randrange(3) if number % 2 else []
        rows.append([FIRST_WORD + word for word in words])
        is_positive.append(number % 2 == 1)
    return rows, is_positive
