"""Rejected rows that are true no more: what was read again is good now, or is no more in its file."""

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
from delta.tables import DeltaTable
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as f

from newslabel.ingest.writing import SAME_RECORD, frame
from newslabel.logs import log_event
from newslabel.schemas import FILES, REJECTED
from newslabel.settings import Settings
from newslabel.spark_errors import retried_on_conflict
from newslabel.tables import read_table, table_path

KEYS = pa.schema([("key", pa.string()), ("is_path", pa.bool_())])
CONTENTS = pa.schema([("file", pa.string()), ("file_hash", pa.string())])
ENDS = pa.schema([("file_hash", pa.string()), ("position", pa.int64())])


def former_rows(spark: SparkSession, settings: Settings, ends: Sequence[Row], crawl_date: date | None) -> list[Row]:
    """The contents (file, file_hash) of which `rejected` has rows, and that were read again, or stand there no more.

    Args:
        spark: the session.
        settings: of the corpus.
        ends: what is known of each file that was read, see `Counted`.
        crawl_date: the day that was given for the files. Rows for which another day was given are not among these: each
            night's file may have the name of the last one's.
    """
    rejected = read_table(spark, table_path(settings, REJECTED), REJECTED, is_checked=True)
    if rejected.isEmpty():
        return []
    paths = [{"key": end.file, "is_path": True} for end in ends]
    hashes = [{"key": file_hash, "is_path": False} for file_hash in sorted({end.file_hash for end in ends})]
    same_day = f.col("crawl_date").eqNullSafe(f.lit(crawl_date))
    return (
        rejected.select("file", "file_hash", "crawl_date", f.explode(f.array("file", "file_hash")).alias("key"))
        .join(f.broadcast(frame(spark, paths + hashes, KEYS)), "key")
        .where(~f.col("is_path") | same_day)
        .select("file", "file_hash")
        .distinct()
        .collect()
    )


def settle_rejected(
    spark: SparkSession, settings: Settings, records: DataFrame, ends: Sequence[Row], former: Sequence[Row]
) -> None:
    """Deletes and mends what `rejected` says of files that were read again, once their articles are in.

    Args:
        spark: the session.
        settings: of the corpus.
        records: judged, without the rows that tell of files.
        ends: what is known of each file.
        former: what `former_rows` gave before anything was written.
    """
    there = {end.file_hash for end in ends}
    again = sorted({row.file_hash for row in former} & there)
    if again:
        behind = [{"file_hash": end.file_hash, "position": end.n_records + 1} for end in ends if not end.file_error]
        none = frame(spark, behind, ENDS).withColumns(
            {"raw": f.lit(None).cast("string"), "reasons": f.array().cast("array<string>")}
        )
        judged = records.select(*none.columns).unionByName(none).where(f.col("file_hash").isin(again))
        settle_records(spark, settings, judged)
    whole = {end.file for end in ends if not end.file_error}
    gone = [row for row in former if row.file in whole and row.file_hash not in there]
    if gone:
        kept = _hashes_elsewhere(spark, settings, {row.file_hash for row in gone}, whole)
        _delete(spark, settings, [row for row in gone if row.file_hash not in kept])


def settle_records(spark: SparkSession, settings: Settings, judged: DataFrame) -> None:
    """Deletes from `rejected` what is good now, and gives the rest the reasons of today.

    Args:
        spark: the session.
        settings: of the corpus.
        judged: file_hash, position, raw and reasons.
    """
    path = table_path(settings, REJECTED)
    new = judged.select("file_hash", "position", "raw", "reasons").dropDuplicates(["file_hash", "position"])
    rejected = read_table(spark, path, REJECTED, is_checked=True)
    there = rejected.select("file_hash", "position", f.col("reasons").alias("before"))
    if there.join(new, ["file_hash", "position"]).where("before != reasons").isEmpty():
        return

    def merge() -> None:
        (
            DeltaTable.forPath(spark, path)
            .alias("table")
            .merge(new.alias("new"), SAME_RECORD)
            .whenMatchedDelete("size(new.reasons) = 0")
            .whenMatchedUpdate("table.reasons != new.reasons", {"reasons": "new.reasons", "raw": "new.raw"})
            .execute()
        )

    retried_on_conflict(merge, path)


def _hashes_elsewhere(spark: SparkSession, settings: Settings, hashes: set[str], whole: set[str]) -> set[str]:
    """Those of the contents that a file which was not read now has still, under another name."""
    files = read_table(spark, table_path(settings, FILES), FILES, is_checked=True)
    holders = files.where(f.col("file_hash").isin(hashes)).select("file", "file_hash").distinct().collect()
    return {holder.file_hash for holder in holders if holder.file not in whole}


def _delete(spark: SparkSession, settings: Settings, contents: Sequence[Row]) -> None:
    if not contents:
        return
    path = table_path(settings, REJECTED)
    gone = frame(spark, [row.asDict() for row in contents], CONTENTS)
    same = "table.file = gone.file AND table.file_hash = gone.file_hash"

    def merge() -> None:
        table = DeltaTable.forPath(spark, path).alias("table")
        table.merge(gone.alias("gone"), same).whenMatchedDelete().execute()

    retried_on_conflict(merge, path)
    log_event("rejected_replaced", files=", ".join(sorted({row.file for row in contents})))
