"""Parquet, a few rows at a time."""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from newslabel.ingest.records import MALFORMED_ENCODING, Reading, Record, fields_of, row_as_json
from newslabel.ingest.stored import open_bytes

ROWS_AT_ONCE = 128
READ_BYTES = 1024 * 1024


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
    except UnicodeDecodeError:  # strings that are not UTF-8: as bytes, which cost their own record, not the file
        values = [_decoded(value) for value in column.cast(pa.large_binary()).to_pylist()]
    return values


def _decoded(value: bytes | None) -> str | bytes | None:
    try:
        return value if value is None else value.decode()
    except UnicodeDecodeError:
        return value


def _record(position: int, row: Sequence[object], names: Sequence[str], places: Mapping[str, int]) -> Record:
    raw = row_as_json(names, row)
    try:
        return Record(position, raw, fields_of(row, places))
    except UnicodeDecodeError:
        return Record(position, raw, problem=MALFORMED_ENCODING)
