"""Judged records go to the two tables, in an order that lets a killed ingest be repeated."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as f

from newslabel.ingest.lookback import NEW, REPEATED, SEEN_BEFORE, match, with_fate, within
from newslabel.ingest.summary import IngestSummary
from newslabel.schemas import ARTICLES, REJECTED
from newslabel.settings import Settings
from newslabel.tables import insert_new_rows, read_table, table_path

# one file may have had other contents under its name before it was mended
RECORD_KEY = ("file", "file_hash", "position")
SAME_RECORD = "table.file_hash = new.file_hash AND table.position = new.position"


Reject = Callable[[SparkSession, Settings, DataFrame], Mapping[str, int]]


def write_rejected(spark: SparkSession, settings: Settings, rejected: DataFrame) -> Mapping[str, int]:
    """Inserts the bad records that are not there yet; returns the number of records by reason."""
    # one file under two names has its records once
    by_name = Window.partitionBy("file_hash", "position").orderBy("file")
    rows = (
        rejected.withColumn("of_equal_files", f.row_number().over(by_name))
        .where("of_equal_files = 1")
        .withColumn("ingest_date", f.to_date("ingested_at"))
        .withColumn("crawl_date", f.col("given_date"))
    )
    insert_new_rows(spark, rows, path=table_path(settings, REJECTED), contract=REJECTED, match=SAME_RECORD)
    return count_reasons(spark, settings, rejected)


def count_reasons(_: SparkSession, __: Settings, rejected: DataFrame) -> Mapping[str, int]:
    """The number of records by reason, the most frequent first; a record can have several."""
    return _count_by(rejected.select(f.explode("reasons").alias("reason")), "reason")


def write_records(
    spark: SparkSession, settings: Settings, records: DataFrame, *, reject: Reject = write_rejected
) -> IngestSummary:
    """Writes bad records to `rejected`, then good ones to `articles`; returns what became of them.

    Args:
        spark: the session.
        settings: of the corpus.
        records: judged, see `judged_records`.
        reject: what is done with the bad ones; returns how many there are by reason.
    """
    good = f.size("reasons") == 0
    counted = records.agg(
        f.count_if(~good).alias("n_rejected"),
        f.min(f.when(good, f.col("crawl_date"))).alias("first_day"),
        f.max(f.when(good, f.col("crawl_date"))).alias("last_day"),
    ).collect()[0]
    # rejected goes first: a killed ingest is repeated, and then finds its rows there, and the articles still missing
    reasons = reject(spark, settings, records.where(~good)) if counted.n_rejected else {}
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


def _write_articles(spark: SparkSession, settings: Settings, accepted: DataFrame, days: str) -> dict[str, int]:
    """Inserts the new articles; returns the number of records by fate."""
    path, lookback_days = table_path(settings, ARTICLES), settings.ingest.lookback_days
    keys = accepted.select("article_id", "crawl_date", *RECORD_KEY)
    fates = with_fate(keys, read_table(spark, path, ARTICLES).where(days), lookback_days)
    with on_disk(fates):
        counts = _count_by(fates, "fate")
        n_new = counts.get(NEW, 0)
        new = accepted.join(fates.where(f.col("fate") == NEW).select(*RECORD_KEY), list(RECORD_KEY))
        there = match(days, lookback_days)
        added = insert_new_rows(spark, new, path=path, contract=ARTICLES, match=there) if n_new else 0
    # what another ingest added since the table was looked at stood there before, too
    return {**counts, NEW: added, SEEN_BEFORE: counts.get(SEEN_BEFORE, 0) + n_new - added}


@contextmanager
def on_disk(rows: DataFrame) -> Iterator[None]:
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
