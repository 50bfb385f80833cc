"""Parquet, a few rows at a time."""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from newslabel.ingest.records import MALFORMED_ENCODING, Reading, Record, fields_of, row_as_json
from newslabel.ingest.stored import open_bytes

ROWS_AT_ONCE = 128
READ_BYTES = 1024 * 1024
NOT_UTF_8 = b"\xff"  # stands for a list or a structure in which a string is not


def read_parquet(uri: str, reading: Reading) -> Iterator[Record]:
    """The records of a Parquet file.

    Args:
        uri: the file.
        reading: finds the fields among its columns.

    Raises:
        DataError: a required column is missing.
        OSError, pyarrow.ArrowException: the file is not whole, or not Parquet.
    """
    with (
        open_bytes(uri, seekable=True) as file,
        # without these two a whole row group would be read ahead
        pq.ParquetFile(file, pre_buffer=False, buffer_size=READ_BYTES) as table,
    ):
        names = table.schema_arrow.names
        places = reading.finder.find(names)
        reading.finder.require(places, names)
        position = 0
        for batch in table.iter_batches(batch_size=ROWS_AT_ONCE):
            for row in zip(*map(_values, batch.columns), strict=True):
                position += 1
                yield _record(position, row, names, places)


def _values(column: pa.Array) -> list[object]:
    values: list[object]
    try:
        values = column.to_pylist()
    except (ValueError, OverflowError):  # one that is not UTF-8, or a date that Python lacks: it costs its own record
        values = [_value(scalar) for scalar in column]
    return values


def _value(scalar: pa.Scalar) -> object:
    """One value; a string that is not UTF-8 as bytes, a date after the year 9999 as Arrow writes it."""
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        text = scalar.value if isinstance(scalar, pa.DictionaryScalar) else scalar
        return text.as_buffer().to_pybytes() if hasattr(text, "as_buffer") else NOT_UTF_8
    except (ValueError, OverflowError):
        return _as_arrow_writes(scalar)


def _as_arrow_writes(scalar: pa.Scalar) -> str:
    try:
        return str(scalar.cast(pa.string()).as_py())
    except pa.ArrowException:
        return "<value out of range>"


def _record(position: int, row: Sequence[object], names: Sequence[str], places: Mapping[str, int]) -> Record:
    raw = row_as_json(names, row)
    try:
        return Record(position, raw, fields_of(row, places))
    except UnicodeDecodeError:
        return Record(position, raw, problem=MALFORMED_ENCODING)
