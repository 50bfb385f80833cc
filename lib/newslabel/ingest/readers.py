"""Which reader reads which file, by its name, and a file's records as Arrow batches."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from newslabel.errors import DataError, NewslabelError
from newslabel.ingest.columns import FIELDS
from newslabel.ingest.csv_reader import read_csv
from newslabel.ingest.json_reader import read_json_lines
from newslabel.ingest.parquet_reader import read_parquet
from newslabel.ingest.records import (
    BROKEN_FILE,
    PASSED_OVER,
    TOO_LARGE,
    BrokenFileError,
    Reading,
    Record,
    valid_unicode,
)
from newslabel.ingest.stored import UnreadableError, open_bytes
from newslabel.ingest.warc_reader import read_warc
from newslabel.storage import without_query

Reader = Callable[[str, Reading], Iterator[Record]]

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ".csv": read_csv,
        ".tsv": read_csv,
        ".json": read_json_lines,
        ".jsonl": read_json_lines,
        ".ndjson": read_json_lines,
        ".parquet": read_parquet,
        ".warc": read_warc,
    }
)
COMPRESSED = (".gz", ".bz2", ".zst", ".lz4")
NOT_COMPRESSED_AS_A_WHOLE = (".parquet",)

LONGEST_CHARACTER = 4  # bytes in UTF-8
ROWS_PER_BATCH = 1000
RAW_BYTES_PER_BATCH = 4 * 1024 * 1024
HASH_BYTES = 1024 * 1024

RECORDS = pa.schema(
    [
        ("file", pa.string()),
        ("file_hash", pa.string()),
        ("file_error", pa.string()),
        ("is_damaged", pa.bool_()),
        ("n_records", pa.int64()),
        ("n_passed_over", pa.int64()),
        ("position", pa.int64()),
        ("raw", pa.string()),
        ("problem", pa.string()),
        *((name, pa.string()) for name in FIELDS),
    ]
)


def reader_of(uri: str) -> Reader:
    """The reader for a file of this name.

    Raises:
        DataError: no reader is known for it.
    """
    name = without_query(uri).lower()
    plain = next((name.removesuffix(ending) for ending in COMPRESSED if name.endswith(ending)), name)
    for ending, reader in READERS.items():
        if plain.endswith(ending) and not (plain != name and ending in NOT_COMPRESSED_AS_A_WHOLE):
            return reader
    endings = f"{', '.join(READERS)}, and all but {', '.join(NOT_COMPRESSED_AS_A_WHOLE)} also with "
    raise DataError(f"expected a name that ends in {endings}{', '.join(COMPRESSED)}. Received: {uri!r}")


def read_file(uri: str, reading: Reading) -> Iterator[pa.RecordBatch]:
    """A file's records, a batch at a time; what is whole before the place where a file breaks off is read.

    Args:
        uri: the file, a path or a URI.
        reading: how it is read.

    Returns:
        Batches of schema RECORDS, of at most ROWS_PER_BATCH rows, and RAW_BYTES_PER_BATCH unless one record has more.
        The last row tells of the file itself: `n_records`, how many were passed over besides, in `file_error` why
        there are no more, and whether the file `is_damaged` then, or only was not to be had.
    """
    end = _End()
    records = _until_it_breaks(uri, reading, end)
    for batch in _batches(records):
        yield _with_file(batch, uri, end)
    told: dict[str, list[Any]] = {
        "n_records": [end.n_records],
        "n_passed_over": [end.n_passed_over],
        "file_error": [end.error],
        "is_damaged": [end.is_damaged],
    }
    yield _with_file(told, uri, end)


def hash_of(uri: str) -> str:
    """SHA-256 of the file as it is stored, in hexadecimal.

    Raises:
        UnreadableError: the file cannot be read.
    """
    digest = hashlib.sha256()
    with open_bytes(uri) as stream:
        while chunk := stream.read(HASH_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


@dataclass
class _End:
    """What is known of a file, at last."""

    file_hash: str = ""
    n_records: int = 0
    n_passed_over: int = 0
    error: str | None = None
    is_damaged: bool = False


def _until_it_breaks(uri: str, reading: Reading, end: _End) -> Iterator[Record]:
    """The records, the last one with the problem BROKEN_FILE where the file cannot be read to its end."""
    of_name = hashlib.sha256(uri.encode()).hexdigest()  # if it cannot be opened
    try:
        end.file_hash = of_name
        end.file_hash = hash_of(uri)
        for record in reader_of(uri)(uri, reading):
            if record.problem == PASSED_OVER:
                end.n_passed_over += 1
                continue
            end.n_records += 1
            yield _of_bounded_size(record, reading.max_record_bytes)
    except Exception as error:  # noqa: BLE001 - whatever a file does to its reader, it does not stop the others
        end.error = valid_unicode(_said(error))
        end.is_damaged = end.file_hash != of_name and not isinstance(error, UnreadableError | MemoryError)
        rest = error.rest if isinstance(error, BrokenFileError) else end.error
        yield Record(end.n_records + 1, _cut(valid_unicode(rest), reading.max_record_bytes), problem=BROKEN_FILE)


def _of_bounded_size(record: Record, max_bytes: int) -> Record:
    if len(record.raw) * LONGEST_CHARACTER <= max_bytes or len(record.raw.encode()) <= max_bytes:
        return record
    return Record(record.position, _cut(record.raw, max_bytes), problem=record.problem or TOO_LARGE)


def _cut(text: str, max_bytes: int) -> str:
    return text.encode()[:max_bytes].decode(errors="ignore")


def _batches(records: Iterable[Record]) -> Iterator[dict[str, list[Any]]]:
    rows: list[Record] = []
    size_bytes = 0
    for record in records:
        record_bytes = len(record.raw.encode())
        if rows and (len(rows) == ROWS_PER_BATCH or size_bytes + record_bytes > RAW_BYTES_PER_BATCH):
            yield _columns(rows)
            rows, size_bytes = [], 0
        rows.append(record)
        size_bytes += record_bytes
    if rows:
        yield _columns(rows)


def _columns(rows: list[Record]) -> dict[str, list[Any]]:
    return {
        "position": [row.position for row in rows],
        "raw": [row.raw for row in rows],
        "problem": [row.problem for row in rows],
        **{name: [row.fields.get(name) for row in rows] for name in FIELDS},
    }


def _with_file(columns: dict[str, list[Any]], uri: str, end: _End) -> pa.RecordBatch:
    n = len(next(iter(columns.values())))
    missing: dict[str, list[Any]] = {name: [None] * n for name in RECORDS.names}
    return pa.RecordBatch.from_pydict(
        {**missing, "file": [uri] * n, "file_hash": [end.file_hash] * n, **columns}, schema=RECORDS
    )


def _said(error: Exception) -> str:
    if isinstance(error, NewslabelError | UnreadableError):
        return str(error)
    return f"expected a file that can be read. Received: {str(error) or type(error).__name__}"
