"""Which reader reads which file, by its name, and a file's records as Arrow batches."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

import pyarrow as pa

from newslabel.errors import DataError, NewslabelError
from newslabel.ingest.columns import FIELDS, ColumnFinder
from newslabel.ingest.csv_reader import read_csv
from newslabel.ingest.json_reader import read_json_lines
from newslabel.ingest.parquet_reader import read_parquet
from newslabel.ingest.records import Record
from newslabel.storage import filesystem

Reader = Callable[[str, ColumnFinder], Iterator[Record]]

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ".csv": read_csv,
        ".csv.gz": read_csv,
        ".json": read_json_lines,
        ".json.gz": read_json_lines,
        ".jsonl": read_json_lines,
        ".jsonl.gz": read_json_lines,
        ".ndjson": read_json_lines,
        ".ndjson.gz": read_json_lines,
        ".parquet": read_parquet,
    }
)

ROWS_PER_BATCH = 1000
RAW_BYTES_PER_BATCH = 4 * 1024 * 1024
HASH_BYTES = 1024 * 1024

RECORDS = pa.schema(
    [
        ("file", pa.string()),
        ("file_hash", pa.string()),
        ("file_error", pa.string()),
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
    for ending, reader in READERS.items():
        if uri.endswith(ending):
            return reader
    raise DataError(f"expected a name that ends in {', '.join(READERS)}. Received: {uri!r}")


def read_file(uri: str, finder: ColumnFinder) -> Iterator[pa.RecordBatch]:
    """A file's records, a batch at a time; of one that cannot be read, a last row that says why in `file_error`.

    Args:
        uri: the file, a path or a URI.
        finder: finds the fields among its columns.

    Returns:
        Batches of schema RECORDS, of at most ROWS_PER_BATCH rows, and RAW_BYTES_PER_BATCH unless one record has more.
    """
    try:
        reader = reader_of(uri)
        file_hash = hash_of(uri)
        yield from _batches(reader(uri, finder), uri, file_hash)
    # ValueError and OverflowError: values that Arrow stores and Python lacks, like dates after the year 9999
    except (NewslabelError, OSError, pa.ArrowException, ValueError, OverflowError) as error:
        yield pa.RecordBatch.from_pylist([{"file": uri, "file_error": _said(error)}], schema=RECORDS)


def hash_of(uri: str) -> str:
    """SHA-256 of the file as it is stored, in hexadecimal.

    Raises:
        OSError: the file cannot be read.
    """
    where, path = filesystem(uri)
    digest = hashlib.sha256()
    with where.open_input_stream(path, compression=None) as stream:
        while chunk := stream.read(HASH_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _batches(records: Iterable[Record], uri: str, file_hash: str) -> Iterator[pa.RecordBatch]:
    rows: list[Record] = []
    size_bytes = 0
    for record in records:
        record_bytes = len(record.raw.encode())
        if rows and (len(rows) == ROWS_PER_BATCH or size_bytes + record_bytes > RAW_BYTES_PER_BATCH):
            yield _batch(rows, uri, file_hash)
            rows, size_bytes = [], 0
        rows.append(record)
        size_bytes += record_bytes
    if rows:
        yield _batch(rows, uri, file_hash)


def _batch(rows: list[Record], uri: str, file_hash: str) -> pa.RecordBatch:
    columns = {
        "file": [uri] * len(rows),
        "file_hash": [file_hash] * len(rows),
        "file_error": [None] * len(rows),
        "position": [row.position for row in rows],
        "raw": [row.raw for row in rows],
        "problem": [row.problem for row in rows],
        **{name: [row.fields.get(name) for row in rows] for name in FIELDS},
    }
    return pa.RecordBatch.from_pydict(columns, schema=RECORDS)


def _said(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, NewslabelError):
        return str(error)
    return f"expected a file that can be read. Received: {error}"
