"""String arrays as their bytes, and rules that look only at the texts that may need them.

To look for one byte costs a small part of what a pattern does: a rule that first asks which texts hold what it is after
is nearly free where none does. bench/clean_kernel.py holds all rules together against one pattern after the other.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bytes = npt.NDArray[np.uint8]
Rule = Callable[[pa.Array], pa.Array]


def as_strings(texts: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    """The same texts as one plain string array, whether they came chunked, large, as views, dictionary or all null."""
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    return texts if pa.types.is_string(texts.type) else texts.cast(pa.string())


def bytes_and_offsets(texts: pa.StringArray) -> tuple[Bytes, npt.NDArray[np.int32]]:
    """The UTF-8 of N texts, and int32 (N + 1,), where in it each begins; of a slice, its part alone."""
    _, offsets, data = texts.buffers()
    if offsets is None or data is None:
        return np.empty(0, np.uint8), np.zeros(len(texts) + 1, np.int32)
    own = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(data, np.uint8)[own[0] : own[-1]], own - own[0]


def holding(texts: pa.StringArray, character: str) -> pa.BooleanArray:
    """Which of N texts hold an ASCII character; a null may count as one that does."""
    return holding_at(texts, np.flatnonzero(bytes_and_offsets(texts)[0] == ord(character)))


def holding_at(texts: pa.StringArray, *places: npt.NDArray[np.intp]) -> pa.BooleanArray:
    """Which of N texts lie at some places among the bytes that `bytes_and_offsets` gives."""
    _, offsets = bytes_and_offsets(texts)
    found = np.zeros(len(texts), bool)
    found[np.searchsorted(offsets, np.concatenate(places), side="right") - 1] = True
    return pa.array(found)


def changed_where(rows: pa.BooleanArray, texts: pa.StringArray, rule: Rule) -> pa.StringArray:
    """The texts, those of some rows as a rule leaves them."""
    if not pc.any(rows).as_py():
        return texts
    return pc.replace_with_mask(texts, rows, rule(texts.filter(rows)))
