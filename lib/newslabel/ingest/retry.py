"""Rejected records judged once more, after a rule or a synonym was changed."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from newslabel.ingest.columns import FIELDS, ColumnFinder
from newslabel.ingest.counting import counted
from newslabel.ingest.ingest import judged_records, parsing_of, reading_of
from newslabel.ingest.json_reader import Keys, record_of_line
from newslabel.ingest.parsed import ADDED, Parsing, parsed, spark_schema
from newslabel.ingest.records import (
    BROKEN_FILE,
    BROKEN_PAGE,
    HTTP_ERROR,
    MALFORMED_ENCODING,
    MALFORMED_JSON,
    TOO_LARGE,
    UNKNOWN_COMPRESSION,
)
from newslabel.ingest.settling import settle_records
from newslabel.ingest.summary import IngestSummary
from newslabel.ingest.writing import Batch, on_disk, write_articles
from newslabel.logs import log_event
from newslabel.schemas import ARTICLES, REJECTED
from newslabel.settings import Settings
from newslabel.spark_errors import map_spark_errors
from newslabel.table_making import create_table
from newslabel.tables import read_table, table_path

# what is kept of these is not the record
NOT_WHOLE = (BROKEN_FILE, BROKEN_PAGE, HTTP_ERROR, MALFORMED_ENCODING, TOO_LARGE, UNKNOWN_COMPRESSION)
KEPT = ("file", "file_hash", "position", "raw", "given_date")
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("file", "file_hash")),
        ("position", pa.int64()),
        ("raw", pa.string()),
        ("given_date", pa.date32()),
        *((name, pa.string()) for name in ("problem", *FIELDS)),
    ]
)


def retry_rejected(spark: SparkSession, settings: Settings) -> IngestSummary:
    """Judges the rejected records by today's settings, takes in the good ones, and returns what became of all.

    A record that is good now leaves `rejected` once it is in `articles`; the others keep their place, with the reasons
    of today. What was kept in part (too large, of a broken file, undecodable) or is no article (a page of an error) is
    not tried: the file is.

    Args:
        spark: the session.
        settings: of the corpus.

    Raises:
        TableError: a table cannot be read or written.
    """
    for contract in (REJECTED, ARTICLES):
        create_table(spark, table_path(settings, contract), contract)
    path = table_path(settings, REJECTED)
    kept = read_table(spark, path, REJECTED, is_checked=True).withColumn("given_date", f.col("crawl_date"))
    whole = kept.where(~f.arrays_overlap("reasons", f.array(*map(f.lit, NOT_WHOLE)))).select(*KEPT, "reasons")
    finder = reading_of(settings, None, None).finder
    read = _read_again(whole, finder, parsing_of(settings))
    judged = read.transform(judged_records(settings, f.col("given_date"), Batch()))
    with map_spark_errors(path), on_disk(judged):
        summary = write_articles(spark, settings, judged.where(f.size("reasons") == 0), counted(judged))
        settle_records(spark, settings, judged)
    log_event("retry_done", **{**vars(summary), "reasons": dict(summary.reasons)})
    return summary


def _read_again(rejected: DataFrame, finder: ColumnFinder, parsing: Parsing) -> DataFrame:
    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        keys = Keys(finder)
        records = ([_record(row, keys) for row in batch.to_pylist()] for batch in batches)
        yield from parsed((pa.RecordBatch.from_pylist(rows, schema=SCHEMA) for rows in records), parsing)

    return rejected.mapInArrow(read, spark_schema(pa.schema([*SCHEMA, *ADDED])))


def _record(row: dict[str, Any], keys: Keys) -> dict[str, Any]:
    """The row as a reader would give it; one that was malformed, and is, keeps the name that it had."""
    record = record_of_line(row["position"], row["raw"] or "", keys)
    before = [reason for reason in row["reasons"] if reason.startswith("malformed")]
    problem = (before or [MALFORMED_JSON])[0] if record.problem else None
    return {**{name: row[name] for name in KEPT}, **record.fields, "problem": problem}
