"""Which files were taken in already: a landing folder is read each night, its files once."""

from collections.abc import Sequence

import pyarrow as pa
from pyspark.sql import Column, Row, SparkSession
from pyspark.sql import functions as f

from newslabel.ingest.inputs import InputFile
from newslabel.ingest.readers import hash_of
from newslabel.ingest.stored import UnreadableError
from newslabel.ingest.writing import Batch, frame
from newslabel.schemas import FILES
from newslabel.settings import Settings
from newslabel.table_making import exists
from newslabel.tables import insert_new_rows, read_table, table_path

FOUND = pa.schema([("file", pa.string()), ("size_bytes", pa.int64())])
WRITTEN = pa.schema(
    [
        *(("file", pa.string()), ("file_hash", pa.string()), ("size_bytes", pa.int64())),
        *(("modified_at", pa.timestamp("us", tz="UTC")), ("records", pa.int64()), ("problem", pa.string())),
        *(("batch_id", pa.string()), ("ingested_at", pa.timestamp("us", tz="UTC"))),
    ]
)


def new_files(spark: SparkSession, settings: Settings, files: Sequence[InputFile]) -> list[InputFile]:
    """The files that were not taken in as they are now; one that was named itself is read again in any case.

    A file is the one of before if path, size and hash are. Its hash is not computed anew where it was not written to
    since, so that a year of files costs a listing.

    Args:
        spark: the session.
        settings: of the corpus.
        files: what was found.
    """
    path = table_path(settings, FILES)
    landed = [file for file in files if not file.named]
    if not landed or not exists(spark, path):
        return list(files)
    found = frame(spark, [{"file": file.uri, "size_bytes": file.size_bytes} for file in landed], FOUND)
    rows = read_table(spark, path, FILES).join(f.broadcast(found), ["file", "size_bytes"], "left_semi")
    known: dict[str, list[Row]] = {}
    for row in rows.select("file", _micros("modified_at"), "file_hash").collect():
        known.setdefault(row.file, []).append(row)
    return [file for file in files if file.named or not _is_known(file, known.get(file.uri, []))]


def write_files(
    spark: SparkSession, settings: Settings, ends: Sequence[Row], files: Sequence[InputFile], batch: Batch
) -> None:
    """Remembers the files, after all that was in them is written: a killed ingest reads them again.

    So does the next ingest with those that could not be read, as there may be nothing wrong with them.

    Args:
        spark: the session.
        settings: of the corpus.
        ends: what is known of each file, see `Counted`.
        files: what was read from.
        batch: the batch that they came in.
    """
    stored = {file.uri: file for file in files}
    rows = [
        {
            "file": end.file,
            "file_hash": end.file_hash,
            "size_bytes": stored[end.file].size_bytes,
            "modified_at": stored[end.file].modified_at,
            "records": end.n_records,
            "problem": end.file_error,
            "batch_id": batch.batch_id,
            "ingested_at": batch.ingested_at,
        }
        for end in ends
        if end.is_damaged or not end.file_error
    ]
    same = "table.file = new.file AND table.file_hash = new.file_hash AND table.modified_at <=> new.modified_at"
    if rows:
        new = frame(spark, rows, WRITTEN)
        insert_new_rows(spark, new, path=table_path(settings, FILES), contract=FILES, match=same)


def _is_known(file: InputFile, rows: Sequence[Row]) -> bool:
    if not rows:
        return False
    written = file.modified_at and round(file.modified_at.timestamp() * 1e6)
    if any(row.modified_at == written for row in rows):
        return True
    try:
        return hash_of(file.uri) in {row.file_hash for row in rows}
    except UnreadableError:  # as whoever reads it will tell
        return False


def _micros(column: str) -> Column:
    """A time as Spark holds it, in microseconds, which no session's zone moves."""
    return f.unix_micros(column).alias(column)
