"""String arrays as their bytes, and rules that look only at the texts that may need them.

Scanning the bytes of all texts for one of them costs 0.4 us an article of 2.5 kB, a replacement that finds nothing 5 to
10: a rule that first asks which texts hold what it is after is nearly free where none does.
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
    """What N texts lie in: their UTF-8, uint8, and int32 (N + 1,), where in it each begins.

    What stands before offsets[0] and after offsets[-1] belongs to the rows that a slice left out.
    """
    _, offsets, data = texts.buffers()
    if offsets is None or data is None:
        return np.empty(0, np.uint8), np.zeros(len(texts) + 1, np.int32)
    all_offsets = np.frombuffer(offsets, np.int32)
    return np.frombuffer(data, np.uint8), all_offsets[texts.offset : texts.offset + len(texts) + 1]


def holding(texts: pa.StringArray, character: str) -> pa.BooleanArray:
    """Which of N texts hold an ASCII character; a null may count as one that does."""
    return holding_at(texts, np.flatnonzero(bytes_and_offsets(texts)[0] == ord(character)))


def holding_at(texts: pa.StringArray, *places: npt.NDArray[np.intp]) -> pa.BooleanArray:
    """Which of N texts lie at some places among the bytes that `bytes_and_offsets` gives."""
    _, offsets = bytes_and_offsets(texts)
    # 0 counts the places before the first text, N + 1 those behind the last
    rows = np.bincount(np.searchsorted(offsets, np.concatenate(places), side="right"), minlength=len(texts) + 2)
    return pa.array(rows[1:-1] > 0)


def changed_where(rows: pa.BooleanArray, texts: pa.StringArray, rule: Rule) -> pa.StringArray:
    """The texts, those of some rows as a rule leaves them."""
    if not pc.any(rows).as_py():
        return texts
    return pc.replace_with_mask(texts, rows, rule(texts.filter(rows)))
