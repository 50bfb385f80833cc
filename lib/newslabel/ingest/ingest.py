"""Crawl files go in: good records become articles, bad ones are kept with all their reasons."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as f

from newslabel.errors import SettingsError
from newslabel.ingest.columns import ColumnFinder
from newslabel.ingest.dates import CRAWL_DATES_LIE, is_plausible
from newslabel.ingest.fields import typed_fields
from newslabel.ingest.files import input_files, read_records, refuse_broken_files
from newslabel.ingest.identity import with_identity
from newslabel.ingest.lookback import NEW, REPEATED, SEEN_BEFORE, match, with_fate, within
from newslabel.ingest.progress import tasks_shown
from newslabel.ingest.quality import with_reasons
from newslabel.logs import log_event
from newslabel.schemas import ARTICLES, REJECTED
from newslabel.settings import Settings
from newslabel.spark_errors import map_spark_errors
from newslabel.table_making import create_table
from newslabel.tables import insert_new_rows, read_table, table_path

RECORD_KEY = ("file", "position")


@dataclass(frozen=True)
class IngestSummary:
    """What became of the records of a batch: read = added + repeated + seen_before + rejected.

    Attributes:
        read: records in all files.
        added: articles that are new in the table.
        repeated: records for which another one of the batch stands.
        seen_before: records for which an article of the table stands.
        rejected: records with a reason against them, whether or not `rejected` knew them before.
        reasons: records by reason; a record can have several.
    """

    read: int
    added: int
    repeated: int
    seen_before: int
    rejected: int
    reasons: Mapping[str, int]


def ingest_articles(
    spark: SparkSession, settings: Settings, inputs: Sequence[str], crawl_date: date | None
) -> IngestSummary:
    """Takes files into `articles` and `rejected`, and returns what became of their records.

    Repeating it, whole or after it was killed at any point, adds nothing twice.

    Args:
        spark: the session.
        settings: of the corpus.
        inputs: paths or URIs of CSV, JSON lines and Parquet files.
        crawl_date: the day of all records; None for each record's own column.

    Raises:
        SettingsError: `crawl_date` is no day on which anything can have been crawled.
        DataError: a file cannot be used; names all such files. Nothing was written.
        TableError: a table cannot be written.
    """
    if crawl_date and not is_plausible(crawl_date):
        raise SettingsError(f"crawl_date must lie {CRAWL_DATES_LIE}. Received: '{crawl_date}'")
    files = input_files(inputs)
    log_event("ingest_started", files=len(files), crawl_date=crawl_date or "by record")
    batch = {"batch_id": f.lit(uuid.uuid4().hex[:12]), "ingested_at": f.lit(datetime.now(UTC))}
    synonyms = {str(field): names for field, names in settings.ingest.columns.items()}
    finder = ColumnFinder(synonyms, required=("text",) if crawl_date else ("text", "crawl_date"))
    records = (
        read_records(spark, files, finder)
        .transform(typed_fields(settings, crawl_date))
        .transform(with_identity)
        .transform(with_reasons(settings.ingest))
        .withColumns({"raw": f.when(f.size("reasons") > 0, f.col("raw")), **batch})
    )
    with map_spark_errors(settings.tables.root), _on_disk(records):
        with tasks_shown(spark, "reading files", len(files)):
            refuse_broken_files(records, files)
        for contract in (REJECTED, ARTICLES):
            create_table(spark, table_path(settings, contract), contract)
        summary = _write(spark, settings, records)
    log_event("ingest_done", **{**vars(summary), "reasons": dict(summary.reasons)})
    return summary


def _write(spark: SparkSession, settings: Settings, records: DataFrame) -> IngestSummary:
    good = f.size("reasons") == 0
    counted = records.agg(
        f.count_if(~good).alias("n_rejected"),
        f.min(f.when(good, f.col("crawl_date"))).alias("first_day"),
        f.max(f.when(good, f.col("crawl_date"))).alias("last_day"),
    ).collect()[0]
    # rejected goes first: a killed ingest is repeated, and then finds its rows there, and the articles still missing
    reasons = _write_rejected(spark, settings, records.where(~good)) if counted.n_rejected else {}
    days = within(counted.first_day, counted.last_day, settings.ingest.lookback_days) if counted.first_day else None
    fates = _write_articles(spark, settings, records.where(good), days) if days else {}
    return IngestSummary(
        read=counted.n_rejected + sum(fates.values()),
        added=fates.get(NEW, 0),
        repeated=fates.get(REPEATED, 0),
        seen_before=fates.get(SEEN_BEFORE, 0),
        rejected=counted.n_rejected,
        reasons=reasons,
    )


def _write_rejected(spark: SparkSession, settings: Settings, rejected: DataFrame) -> dict[str, int]:
    """Inserts the bad records that are not there yet; returns the number of records by reason."""
    # one file under two names has its records once
    by_name = Window.partitionBy("file_hash", "position").orderBy("file")
    rows = (
        rejected.withColumn("of_equal_files", f.row_number().over(by_name))
        .where("of_equal_files = 1")
        .withColumn("ingest_date", f.to_date("ingested_at"))
    )
    same = "table.file_hash = new.file_hash AND table.position = new.position"
    insert_new_rows(spark, rows, path=table_path(settings, REJECTED), contract=REJECTED, match=same)
    return _count_by(rejected.select(f.explode("reasons").alias("reason")), "reason")


def _write_articles(spark: SparkSession, settings: Settings, accepted: DataFrame, days: str) -> dict[str, int]:
    """Inserts the new articles; returns the number of records by fate."""
    path, lookback_days = table_path(settings, ARTICLES), settings.ingest.lookback_days
    keys = accepted.select("article_id", "crawl_date", *RECORD_KEY)
    fates = with_fate(keys, read_table(spark, path, ARTICLES).where(days), lookback_days)
    with _on_disk(fates):
        counts = _count_by(fates, "fate")
        n_new = counts.get(NEW, 0)
        new = accepted.join(fates.where(f.col("fate") == NEW).select(*RECORD_KEY), list(RECORD_KEY))
        there = match(days, lookback_days)
        added = insert_new_rows(spark, new, path=path, contract=ARTICLES, match=there) if n_new else 0
    # what another ingest added since the table was looked at stood there before, too
    return {**counts, NEW: added, SEEN_BEFORE: counts.get(SEEN_BEFORE, 0) + n_new - added}


@contextmanager
def _on_disk(rows: DataFrame) -> Iterator[None]:
    """Holds the rows on the executors' disks once they are computed, so that all that follows comes of one reading."""
    rows.persist(StorageLevel.DISK_ONLY)
    try:
        yield
    finally:
        rows.unpersist()


def _count_by(rows: DataFrame, column: str) -> dict[str, int]:
    """The number of rows by a column's value, the most frequent first."""
    counted = [(row[column], row["count"]) for row in rows.groupBy(column).count().collect()]
    return dict(sorted(counted, key=lambda pair: (-pair[1], pair[0])))
