"""Whatever holds texts, as Arrow string arrays."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from newslabel.errors import DataError


def string_array(name: str, values: Any) -> pa.Array:
    """The texts as a string array; None and NaN are null.

    Args:
        name: what they are, for the message.
        values: a list, a NumPy array of objects or strings, a pandas Series, an Arrow array, chunked or not.

    Raises:
        DataError: these are no texts.
    """
    if isinstance(values, str | bytes):
        raise DataError(f"{name} must be an array of texts, not a single one. Received: {values[:40]!r}")
    try:
        return _converted(values)
    except (pa.ArrowException, TypeError) as error:
        raise DataError(f"{name} must be an array of texts: {error}. Received: {type(values).__name__}") from error


def same_length(arrays: Mapping[str, pa.Array]) -> Mapping[str, pa.Array]:
    """The arrays as they are.

    Raises:
        DataError: they are not all of one length, or there are none.
    """
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) != 1:
        received = ", ".join(f"{length} of {name}" for name, length in lengths.items()) or "none"
        raise DataError(f"the fields of the articles must be of one length. Received: {received}")
    return arrays


def _converted(values: Any) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        if not _is_of_texts(values.type):
            raise TypeError(f"it holds {values.type}")
        return values.cast(pa.string())
    try:
        return pa.array(values, pa.string(), from_pandas=True)
    except UnicodeEncodeError:
        return pa.array(_encodable(values), pa.string(), from_pandas=True)


def _is_of_texts(kind: pa.DataType) -> bool:
    """Whether they are texts, or nothing: to cast would make texts of numbers and dates, too."""
    if pa.types.is_dictionary(kind):
        return _is_of_texts(kind.value_type)
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    return any(is_one(kind) for is_one in texts)


def _encodable(values: Iterable[Any]) -> list[Any]:
    """Python's strings may hold halves of surrogate pairs, from JSON say, which UTF-8 has not: they become "?"."""
    return [value.encode(errors="replace").decode() if isinstance(value, str) else value for value in values]
