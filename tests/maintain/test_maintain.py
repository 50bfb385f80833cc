"""The tables' upkeep, beside jobs that write."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from delta.tables import DeltaOptimizeBuilder
from deltalake import DeltaTable, write_deltalake

from newslabel.errors import TableError
from newslabel.maintain import MaintainedTable, maintain_tables
from newslabel.schemas import ARTICLES, FILES, LABELS, SHADOW_LABELS
from newslabel.spark_errors import ConflictError, retried_on_conflict
from newslabel.table_making import create_table
from newslabel.tables import read_table, replace_partition, table_path

DAY, NEXT_DAY = date(2026, 11, 20), date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
DAY_S = 86_400


@pytest.fixture
def append(spark, settings):
    """Appends a row to a table by a commit of its own; columns that are not given have whatever their type allows."""

    def one(contract, **values) -> None:
        path = table_path(settings, contract)
        create_table(spark, path, contract)
        table = DeltaTable(path)
        schema = pa.schema(table.schema().to_arrow())
        row = {field.name: _anything(field) for field in schema} | values
        write_deltalake(table, pa.Table.from_pylist([row], schema), mode="append")

    return one


def _anything(field):
    if field.nullable:
        return None
    if pa.types.is_timestamp(field.type):
        return NOW
    return "x" if pa.types.is_string(field.type) else DAY if pa.types.is_date(field.type) else 1


@pytest.fixture
def three_tables(append):
    for number in range(3):
        append(ARTICLES, article_id=f"a{number}", crawl_date=DAY)
    append(ARTICLES, article_id="alone", crawl_date=NEXT_DAY)
    for number in range(2):
        append(FILES, file=f"f{number}")
    for version in ("1", "1", "2"):
        append(SHADOW_LABELS, crawl_date=DAY, model_version=version, probability=0.5)


def shown(maintained) -> list[tuple]:
    return [(each.name, each.partitions, each.files_before, each.files_after, each.removed) for each in maintained]


def orphan(settings, contract, *, days_ago) -> Path:
    """A file that a killed job left so many days ago."""
    file = Path(table_path(settings, contract)) / "crawl_date=2026-11-20" / f"part-{days_ago}.parquet"
    file.write_bytes(b"left behind")
    os.utime(file, (time.time() - days_ago * DAY_S,) * 2)
    return file


def test_partitions_of_several_files_are_made_into_one_and_rows_stay(spark, settings, three_tables) -> None:
    articles = read_table(spark, table_path(settings, ARTICLES), ARTICLES)
    before = sorted(row.article_id for row in articles.collect())
    done = maintain_tables(spark, settings)
    assert shown(done) == [("articles", 1, 4, 2, 0), ("files", 1, 2, 1, 0), ("shadow_labels", 1, 3, 2, 0)]
    assert all(each.bytes_after < each.bytes_before for each in done)
    assert done[0].shown()[:4] == ("articles", 1, 4, 2)
    assert len(MaintainedTable.COLUMNS) == len(done[0].shown())
    articles = read_table(spark, table_path(settings, ARTICLES), ARTICLES)
    assert sorted(row.article_id for row in articles.collect()) == before == ["a0", "a1", "a2", "alone"]


def test_a_partition_may_have_any_name(spark, settings, append) -> None:
    for version in ("it's 1/2 of a\\b", "it's 1/2 of a\\b", "' OR '1' = '1", "' OR '1' = '1"):
        append(SHADOW_LABELS, crawl_date=DAY, model_version=version, probability=0.5)
    assert shown(maintain_tables(spark, settings)) == [("shadow_labels", 2, 4, 2, 0)]


def test_what_is_in_order_gets_no_commit(spark, settings, three_tables) -> None:
    maintain_tables(spark, settings)
    before = [DeltaTable(table_path(settings, each)).version() for each in (ARTICLES, FILES, SHADOW_LABELS)]
    assert shown(maintain_tables(spark, settings))[0] == ("articles", 0, 2, 2, 0)
    assert [DeltaTable(table_path(settings, each)).version() for each in (ARTICLES, FILES, SHADOW_LABELS)] == before


def test_a_dry_run_tells_what_would_be_done_and_does_nothing(spark, settings, three_tables) -> None:
    left = orphan(settings, ARTICLES, days_ago=8)
    done = maintain_tables(spark, settings, dry_run=True)
    assert shown(done) == [("articles", 1, 4, 4, 1), ("files", 1, 2, 2, 0), ("shadow_labels", 1, 3, 3, 0)]
    assert DeltaTable(table_path(settings, ARTICLES)).version() == 4
    assert left.exists()


def test_files_are_removed_that_were_not_needed_for_as_long_as_the_table_keeps_such(
    spark, settings, three_tables, append
) -> None:
    append(LABELS, crawl_date=DAY, probability=0.5)
    old, young = (orphan(settings, ARTICLES, days_ago=days) for days in (8, 6))
    old_labels, young_labels = (orphan(settings, LABELS, days_ago=days) for days in (366, 364))
    old_shadow, young_shadow = (orphan(settings, SHADOW_LABELS, days_ago=days) for days in (366, 364))
    removed = {each.name: each.removed for each in maintain_tables(spark, settings)}
    assert removed == {"articles": 1, "files": 0, "labels": 1, "shadow_labels": 1}
    assert not any(file.exists() for file in (old, old_labels, old_shadow))
    assert all(file.exists() for file in (young, young_labels, young_shadow))
    version_before = DeltaTable(table_path(settings, ARTICLES), version=4)
    assert version_before.to_pyarrow_table().num_rows == 4  # what was compacted just now is there still


def test_with_no_tables_there_is_nothing_to_maintain(spark, settings) -> None:
    with pytest.raises(TableError, match="there are no tables yet"):
        maintain_tables(spark, settings)


def test_a_partition_that_another_job_changes_is_left_for_the_next_time(
    spark, settings, three_tables, monkeypatch, capfd
) -> None:
    compact, tries = DeltaOptimizeBuilder.executeCompaction, []

    def lose_the_first(builder):
        tries.append(1)
        if len(tries) == 1:
            raise ConflictError("another job was faster")
        return compact(builder)

    monkeypatch.setattr(DeltaOptimizeBuilder, "executeCompaction", lose_the_first)
    assert shown(maintain_tables(spark, settings)) == [
        ("articles", 0, 4, 4, 0),
        ("files", 1, 2, 1, 0),
        ("shadow_labels", 1, 3, 2, 0),
    ]
    assert " crawl_date=2026-11-20" in [
        line[-22:] for line in capfd.readouterr().err.splitlines() if "event=compaction_left_for_next_time" in line
    ]
    assert shown(maintain_tables(spark, settings))[0] == ("articles", 1, 4, 2, 0)


def test_a_job_that_writes_the_same_partition_all_the_time_goes_on(spark, settings, append, monkeypatch, capfd) -> None:
    compact, begun = DeltaOptimizeBuilder.executeCompaction, threading.Event()

    def begin(builder):
        begun.set()
        return compact(builder)

    monkeypatch.setattr(DeltaOptimizeBuilder, "executeCompaction", begin)
    append(ARTICLES, crawl_date=DAY)
    path = table_path(settings, ARTICLES)
    rows = spark.range(8).selectExpr("CAST(id AS STRING) AS article_id")
    others = read_table(spark, path, ARTICLES).drop("article_id").localCheckpoint()
    rows = rows.crossJoin(others).repartition(4).localCheckpoint()

    def write() -> None:
        replace_partition(rows, path=path, contract=ARTICLES, partition={"crawl_date": DAY})

    write()  # four files, which are to be compacted
    with ThreadPoolExecutor(2) as threads:
        upkeep = [threads.submit(maintain_tables, spark, settings) for _ in range(6)]
        assert begun.wait(60)
        for _ in range(6):
            retried_on_conflict(write, path)
        compactions = [run.result()[0].partitions for run in upkeep]
    assert sum(compactions) + capfd.readouterr().err.count("event=compaction_left_for_next_time") > 0
    assert sorted(row.article_id for row in read_table(spark, path, ARTICLES).collect()) == list("01234567")
