"""Texts as sets of 5-word shingles, and MinHash signatures of those: NumPy alone, the same on every machine and run.

A hot path: a few array operations over the words of some hundred texts at once, small enough for a core's cache, in
place of a loop over texts.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from newslabel.tokens.word_hashes import mixed, word_hashes

WORDS_A_SHINGLE = 5
HASHES = 128
MOST_TEXTS_AT_ONCE = 256
MISSED = 0.001  # share of the pairs at the threshold that the bands may miss
Numbers = npt.NDArray[np.uint64]
# of an own stream each: SeedSequence and PCG64 give the same numbers in every version of NumPy
_FACTORS = np.random.PCG64(20261121).random_raw(HASHES).astype(np.uint32) | np.uint32(1)
_SHIFTS = np.random.PCG64(20261122).random_raw(HASHES).astype(np.uint32)
_PLACES = np.random.PCG64(20261123).random_raw(WORDS_A_SHINGLE) | np.uint64(1)


class Shingles(NamedTuple):
    """The shingles of N texts.

    Attributes:
        hashes: uint64, all texts' one after the other, a text's in the order of its words; some may be equal.
        offsets: int64 (N + 1,): text i has hashes[offsets[i]:offsets[i + 1]].
    """

    hashes: Numbers
    offsets: npt.NDArray[np.int64]


def shingles_of(words: pa.ListArray) -> Shingles:
    """The shingles of N texts: each run of 5 words, or the only run where a text has fewer, none where it has no words.

    Args:
        words: list<string> of N.
    """
    offsets = words.offsets.to_numpy().astype(np.int64)
    hashes = word_hashes(words.flatten())
    offsets = offsets - offsets[0]
    n_words = np.diff(offsets)
    n_shingles = np.where(n_words > 0, np.maximum(n_words - WORDS_A_SHINGLE + 1, 1), 0)
    shingle_offsets = np.concatenate(([0], np.cumsum(n_shingles)))
    text = np.repeat(np.arange(len(n_words)), n_shingles)
    first = np.arange(shingle_offsets[-1]) - shingle_offsets[text] + offsets[text]
    # beyond the last text's end stand words that no text has
    padded = np.concatenate((hashes, np.zeros(WORDS_A_SHINGLE, np.uint64)))
    sums = np.zeros(len(first), np.uint64)
    for place in range(WORDS_A_SHINGLE):
        in_text = first + place < offsets[text + 1]
        sums += np.where(in_text, padded[first + place], 0) * _PLACES[place]
    return Shingles(mixed(sums), shingle_offsets)


def signatures(shingles: Shingles) -> npt.NDArray[np.uint32]:
    """The MinHash signatures: the share of equal numbers in two rows estimates the Jaccard similarity of their texts.

    Args:
        shingles: of N texts, each with at least one.

    Returns:
        uint32 (N, HASHES).

    Source: A. Broder, On the resemblance and containment of documents (1997), with hashes of the form a x + b.
    """
    if not len(shingles.offsets) - 1:
        return np.empty((0, HASHES), np.uint32)
    # 32 bits suffice to draw a minimum of some thousand, and go twice as many at a time
    hashes = (shingles.hashes >> np.uint64(32)).astype(np.uint32)
    starts = shingles.offsets[:-1]
    rows = [
        np.minimum.reduceat(hashes * factor + shift, starts) for factor, shift in zip(_FACTORS, _SHIFTS, strict=True)
    ]
    return np.stack(rows, axis=1)


def rows_a_band(similarity: float) -> int:
    """How many numbers of a signature make a band: the most that miss only few of the pairs of that similarity."""
    for rows in range(HASHES, 1, -1):
        if (1 - similarity**rows) ** (HASHES // rows) <= MISSED:
            return rows
    return 1


def band_hashes(signature_rows: npt.NDArray[np.uint32], rows: int) -> Numbers:
    """One number a band of a signature: texts that have one in common are candidates.

    Args:
        signature_rows: uint32 (N, HASHES).
        rows: how many numbers make a band; a rest is left out.

    Returns:
        uint64 (N, HASHES // rows).
    """
    bands = HASHES // rows
    numbers = signature_rows[:, : bands * rows].reshape(len(signature_rows), bands, rows).astype(np.uint64)
    hashes = np.broadcast_to(np.arange(bands, dtype=np.uint64), (len(signature_rows), bands)).copy()
    for row in range(rows):
        hashes = mixed(hashes ^ numbers[:, :, row])
    return hashes
