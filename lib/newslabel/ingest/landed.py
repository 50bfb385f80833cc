"""Which files were taken in already: a landing folder is read each night, its files once."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as f

from newslabel.ingest.inputs import InputFile
from newslabel.ingest.readers import hash_of
from newslabel.ingest.stored import UnreadableError
from newslabel.schemas import FILES
from newslabel.settings import Settings
from newslabel.table_making import exists
from newslabel.tables import insert_new_rows, read_table, table_path


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
    if all(file.named for file in files) or not exists(spark, path):
        return list(files)
    known: dict[tuple[str, int], list[Row]] = {}
    for row in (
        read_table(spark, path, FILES).select("file", "size_bytes", _micros("modified_at"), "file_hash").collect()
    ):
        known.setdefault((row.file, row.size_bytes), []).append(row)
    return [file for file in files if file.named or not _is_known(file, known.get((file.uri, file.size_bytes), []))]


def write_files(spark: SparkSession, settings: Settings, records: DataFrame, files: Sequence[InputFile]) -> None:
    """Remembers the files, after all that was in them is written: a killed ingest reads them again.

    So does the next ingest with those that could not be read, as there may be nothing wrong with them.

    Args:
        spark: the session.
        settings: of the corpus.
        records: what was read, with the row that tells of each file.
        files: what was read from.
    """
    ends = records.where(f.col("n_records").isNotNull() & (f.col("file_error").isNull() | f.col("is_damaged")))
    stored = spark.createDataFrame(
        [(file.uri, file.size_bytes, file.modified_at) for file in files],
        "file string, size_bytes bigint, modified_at timestamp",
    )
    rows = ends.join(stored, "file").withColumns({"records": f.col("n_records"), "problem": f.col("file_error")})
    same = "table.file = new.file AND table.file_hash = new.file_hash AND table.modified_at <=> new.modified_at"
    insert_new_rows(spark, rows, path=table_path(settings, FILES), contract=FILES, match=same)


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
