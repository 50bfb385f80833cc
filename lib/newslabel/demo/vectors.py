"""Word vectors made from the demo's own texts, written as GloVe's are: a word and its numbers a line.

Words are like each other when they stand among like words: positive pointwise mutual information of the words within
a window, and its strongest directions by a truncated singular value decomposition. No label is looked at.

Source: Levy, Goldberg and Dagan, Improving Distributional Similarity with Lessons Learned from Word Embeddings (2015).
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

WIDTH = 50
WINDOW = 8
LEAST_COUNT = 4
SPREAD = 0.4  # of the numbers, as GloVe's have it
WORD = re.compile("[a-z0-9]+")


def write_vectors(texts: Sequence[str], path: Path, *, width: int = WIDTH, seed: int = 0) -> int:
    """Writes vectors of the texts' words in GloVe's text format, the most frequent word first.

    Args:
        texts: what to learn from; titles and texts of articles.
        path: the file to write.
        width: numbers a word.
        seed: draws the decomposition's first guess.

    Returns:
        How many words have a vector.
    """
    words, ids = _numbered([WORD.findall(text.lower()) for text in texts])
    vectors = _vectors(_mutual_information(ids, len(words)), width, seed)
    with path.open("w", encoding="utf-8") as file:
        for word, vector in zip(words, vectors.tolist(), strict=True):
            file.write(f"{word} {' '.join(f'{number:.5f}' for number in vector)}\n")
    return len(words)


def _numbered(texts: list[list[str]]) -> tuple[list[str], NDArray[np.int64]]:
    """The words that are frequent enough, most frequent first; and all texts in a row as their ids, -1 for any other.

    A window's length of -1 stands behind each text, so that no window reaches from one into the next.
    """
    counts = Counter(chain.from_iterable(texts))
    words = sorted((word for word in counts if counts[word] >= LEAST_COUNT), key=lambda word: (-counts[word], word))
    id_of_word = {word: id_ for id_, word in enumerate(words)}
    gap = [-1] * WINDOW
    ids = chain.from_iterable([*(id_of_word.get(word, -1) for word in text), *gap] for text in texts)
    return words, np.fromiter(ids, dtype=np.int64)


def _mutual_information(ids: NDArray[np.int64], size: int) -> sparse.csr_array:
    """Positive pointwise mutual information of words within a window: (size, size), symmetric."""
    together = sparse.csr_array((size, size))
    for distance in range(1, WINDOW + 1):
        left, right = ids[:-distance], ids[distance:]
        known = (left >= 0) & (right >= 0)
        ones = np.ones(int(known.sum()))
        together += sparse.csr_array((ones, (left[known], right[known])), shape=(size, size))
    together = (together + together.T).tocoo()
    frequency = together.sum(axis=1)
    context = frequency**0.75  # smoothed, so that rare contexts do not look more telling than they are
    expected = frequency[together.row] * context[together.col] / context.sum()
    information = np.log(together.data / expected)
    positive = information > 0
    places = (together.row[positive], together.col[positive])
    return sparse.csr_array((information[positive], places), shape=(size, size))


def _vectors(information: sparse.csr_array, width: int, seed: int) -> NDArray[np.float64]:
    left, strengths, _ = randomized_svd(information, width, n_iter=4, random_state=seed)
    vectors = left * np.sqrt(strengths)
    scaled: NDArray[np.float64] = vectors * (SPREAD / vectors.std())
    return scaled
