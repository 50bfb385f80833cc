"""Judged records go to the two tables, in an order that lets a killed ingest be repeated."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as f

from newslabel.ingest.counting import Counted
from newslabel.ingest.lookback import NEW, REPEATED, match, with_fate, within
from newslabel.ingest.summary import IngestSummary
from newslabel.logs import log_event
from newslabel.schemas import ARTICLES, REJECTED
from newslabel.settings import Settings
from newslabel.spark_errors import CONFLICT_TRIES
from newslabel.tables import insert_new_rows, read_table, table_path

# one file may have had other contents under its name before it was mended
RECORD_KEY = ("file", "file_hash", "position")
SAME_RECORD = "table.file_hash = new.file_hash AND table.position = new.position"


@dataclass(frozen=True)
class Batch:
    """What stands in each row that one ingest, or retry, writes."""

    batch_id: str = field(default_factory=lambda: uuid4().hex[:12])
    ingested_at: datetime = field(default_factory=lambda: datetime.now(UTC))


def write_rejected(spark: SparkSession, settings: Settings, rejected: DataFrame) -> None:
    """Inserts the bad records that are not there yet."""
    # one file under two names has its records once
    by_name = Window.partitionBy("file_hash", "position").orderBy("file")
    rows = (
        rejected.withColumn("of_equal_files", f.row_number().over(by_name))
        .where("of_equal_files = 1")
        .withColumn("ingest_date", f.to_date("ingested_at"))
        .withColumn("crawl_date", f.col("given_date"))
    )
    insert_new_rows(spark, rows, path=table_path(settings, REJECTED), contract=REJECTED, match=SAME_RECORD)


def write_articles(spark: SparkSession, settings: Settings, accepted: DataFrame, counted: Counted) -> IngestSummary:
    """Inserts the new articles, and returns what became of all records.

    Args:
        spark: the session.
        settings: of the corpus.
        accepted: the good ones of the judged records.
        counted: what all the judged records are.
    """
    repeated = added = 0
    if counted.days:
        for attempt in range(CONFLICT_TRIES):
            fates, n_added = _insert_articles(spark, settings, accepted, counted.days)
            # what was added by a later attempt, another one of the batch stood for at first
            repeated = max(0, repeated - n_added) if attempt else fates.get(REPEATED, 0)
            added += n_added
            if n_added == fates.get(NEW, 0):
                break
            # another ingest added what stands for some of the new ones, but not for all that those stood for
            log_event("articles_added_meanwhile", articles=fates[NEW] - n_added, attempt=attempt + 1)
    return IngestSummary(
        read=counted.n_good + counted.n_rejected,
        added=added,
        repeated=repeated,
        seen_before=counted.n_good - added - repeated,
        rejected=counted.n_rejected,
        reasons=counted.reasons,
    )


def frame(spark: SparkSession, rows: list[dict[str, Any]], schema: pa.Schema) -> DataFrame:
    """A few rows of the driver's as a DataFrame."""
    return spark.createDataFrame(pa.Table.from_pylist(rows, schema))


def _insert_articles(
    spark: SparkSession, settings: Settings, accepted: DataFrame, days: Collection[date]
) -> tuple[Mapping[str, int], int]:
    """Inserts the new articles; returns the number of records by fate, and of those that went in."""
    path, lookback_days = table_path(settings, ARTICLES), settings.ingest.lookback_days
    keys = accepted.select("article_id", "crawl_date", *RECORD_KEY)
    there = read_table(spark, path, ARTICLES, is_checked=True).where(within(days, lookback_days))
    fates = with_fate(keys, there.select("article_id", "crawl_date"), lookback_days)
    with on_disk(fates):
        counts = {row.fate: row["count"] for row in fates.groupBy("fate").count().collect()}
        if not counts.get(NEW):
            return counts, 0
        new = accepted
        if len(counts) > 1:
            new = accepted.join(fates.where(f.col("fate") == NEW).select(*RECORD_KEY), list(RECORD_KEY))
        same = match(days, lookback_days)
        return counts, insert_new_rows(spark, new, path=path, contract=ARTICLES, match=same)


@contextmanager
def on_disk(rows: DataFrame) -> Iterator[None]:
    """Holds the rows on the executors' disks once they are computed, so that all that follows comes of one reading."""
    rows.persist(StorageLevel.DISK_ONLY)
    try:
        yield
    finally:
        rows.unpersist()
