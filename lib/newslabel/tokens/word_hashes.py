"""Words as numbers of 64 bits: the same on every machine and in every run, as Python's hash() is not."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from newslabel.clean.arrays import bytes_and_offsets

Numbers = npt.NDArray[np.uint64]
BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no power of it loses a bit
# of splitmix64: S. Vigna, after D. Stafford's mix 13
MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


def word_hashes(words: pa.StringArray | pa.DictionaryArray) -> Numbers:
    """A number for each word, out of its UTF-8 bytes: a polynomial in them, mixed. Each distinct word is hashed once.

    Args:
        words: N strings, none of them null.

    Returns:
        uint64 (N,).
    """
    if isinstance(words, pa.DictionaryArray):
        hashes: Numbers = word_hashes(words.dictionary).take(words.indices.to_numpy())
        return hashes
    data, offsets = bytes_and_offsets(words)
    starts, lengths = offsets[:-1], np.diff(offsets)
    if not len(data):
        return mixed(np.zeros(len(words), np.uint64))
    powers = np.cumprod(np.full(int(lengths.max()), BASE))  # overflow is meant: numbers are modulo 2**64
    place = np.arange(len(data)) - np.repeat(starts, lengths)
    # bytes count from 1, so that one of 0 is not as good as none
    terms = (data.astype(np.uint64) + np.uint64(1)) * powers[place]
    before = np.concatenate((np.zeros(1, np.uint64), np.cumsum(terms)))
    return mixed(before[offsets[1:]] - before[starts])


def mixed(numbers: Numbers) -> Numbers:
    """The numbers with each bit spread over all bits, one to one."""
    for shift, factor in MIX:
        numbers = (numbers ^ (numbers >> np.uint64(shift))) * np.uint64(factor)
    return numbers ^ (numbers >> np.uint64(31))
