"""Delta tables made, checked and written by their contract."""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from newslabel.errors import TableError
from newslabel.schemas import Column, TableContract
from newslabel.settings import Settings
from newslabel.table_making import _remove_empty_log, create_table, exists
from newslabel.tables import insert_new_rows, read_table, replace_partition, table_path

COUNTED = TableContract(
    name="counted",
    comment="words counted by day",
    partitioned_by=("day",),
    columns=(
        Column("day", "date", "the day"),
        Column("word", "string", "the word"),
        Column("n", "bigint", "how often", nullable=True),
    ),
    checks={"n_is_positive": "n IS NULL OR n > 0"},
    properties={"delta.logRetentionDuration": "interval 365 days"},
)
MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)


def counted(spark: SparkSession, *rows: tuple[date, str, int | None]) -> DataFrame:
    return spark.createDataFrame(list(rows), COUNTED.spark_schema())


def rows_of(spark: SparkSession, path: str) -> list[tuple[date, str, int | None]]:
    return sorted(tuple(row) for row in read_table(spark, path, COUNTED).collect())


@pytest.fixture
def path(settings: Settings) -> str:
    return table_path(settings, COUNTED)


def test_a_made_table_carries_its_contract(spark: SparkSession, path: str) -> None:
    create_table(spark, path, COUNTED)
    create_table(spark, path, COUNTED)
    assert exists(spark, path)
    detail = spark.sql(f"DESCRIBE DETAIL delta.`{path}`").first()
    assert detail.description == "words counted by day"
    assert detail.partitionColumns == ["day"]
    assert detail.properties["delta.constraints.n_is_positive"] == "n IS NULL OR n > 0"
    assert detail.properties["delta.logRetentionDuration"] == "interval 365 days"
    assert detail.properties["newslabel.schemaVersion"] == "1"
    assert detail.properties.get("delta.enableDeletionVectors", "false") == "false"
    assert detail.minReaderVersion == 1
    comments = {field.name: field.metadata["comment"] for field in spark.read.format("delta").load(path).schema.fields}
    assert comments == {"day": "the day", "word": "the word", "n": "how often"}


def half_made(path: str, *, seconds_ago: int) -> Path:
    """What a job leaves that is killed before its first commit, or has not come to it yet."""
    log = Path(path) / "_delta_log"
    log.mkdir(parents=True)
    (log / ".00000000000000000000.json.0b1f.tmp").write_text("{")
    (log / "_staged_commits").mkdir()
    for place in (*log.iterdir(), log):
        os.utime(place, (time.time() - seconds_ago,) * 2)
    return log


def test_a_table_whose_maker_was_killed_before_its_first_commit_is_made_anew(spark: SparkSession, path: str) -> None:
    log = half_made(path, seconds_ago=61)
    create_table(spark, path, COUNTED)
    assert rows_of(spark, path) == []
    assert not list(log.glob("*.tmp"))


def test_a_table_that_another_job_is_making_is_waited_for(spark: SparkSession, path: str, tmp_path: Path) -> None:
    create_table(spark, str(tmp_path / "made"), COUNTED)
    log = half_made(path, seconds_ago=0)
    commit = "00000000000000000000.json"
    with ThreadPoolExecutor(1) as other_job:
        done = other_job.submit(create_table, spark, path, COUNTED)
        time.sleep(1)
        assert not done.done()
        shutil.copy(tmp_path / "made" / "_delta_log" / commit, log)
        done.result(timeout=20)
    assert (log / commit).read_text() == (tmp_path / "made" / "_delta_log" / commit).read_text()


def test_what_another_job_writes_to_a_log_at_the_last_moment_is_left_alone(spark: SparkSession, path: str) -> None:
    log = half_made(path, seconds_ago=61)
    (log / ".00000000000000000000.json.7c2e.tmp").write_text("{}")
    _remove_empty_log(spark, str(log))
    assert [(left.name, left.read_text()) for left in log.iterdir()] == [(".00000000000000000000.json.7c2e.tmp", "{}")]


def test_rows_go_in_once_however_often_they_come(spark: SparkSession, path: str) -> None:
    create_table(spark, path, COUNTED)
    match = "table.day = new.day AND table.word = new.word"
    first = counted(spark, (MONDAY, "a", 1), (MONDAY, "b", 2))
    again = counted(spark, (MONDAY, "b", 7), (TUESDAY, "b", 3))
    assert insert_new_rows(spark, first, path=path, contract=COUNTED, match=match) == 2
    assert insert_new_rows(spark, again, path=path, contract=COUNTED, match=match) == 1
    assert insert_new_rows(spark, again, path=path, contract=COUNTED, match=match) == 0
    assert rows_of(spark, path) == [(MONDAY, "a", 1), (MONDAY, "b", 2), (TUESDAY, "b", 3)]


def test_a_replaced_partition_leaves_the_others_alone_and_no_rows_clear_it(spark: SparkSession, path: str) -> None:
    create_table(spark, path, COUNTED)
    everything = counted(spark, (MONDAY, "a", 1), (TUESDAY, "b", 2))
    insert_new_rows(spark, everything, path=path, contract=COUNTED, match="false")
    new_monday = counted(spark, (MONDAY, "c", 9))
    replace_partition(new_monday, path=path, contract=COUNTED, partition={"day": MONDAY})
    assert rows_of(spark, path) == [(MONDAY, "c", 9), (TUESDAY, "b", 2)]
    replace_partition(counted(spark), path=path, contract=COUNTED, partition={"day": TUESDAY})
    assert rows_of(spark, path) == [(MONDAY, "c", 9)]


def test_a_row_of_another_partition_fails_the_whole_commit(spark: SparkSession, path: str) -> None:
    create_table(spark, path, COUNTED)
    with pytest.raises(TableError, match="DELTA_REPLACE_WHERE_MISMATCH"):
        replace_partition(counted(spark, (TUESDAY, "c", 9)), path=path, contract=COUNTED, partition={"day": MONDAY})
    assert rows_of(spark, path) == []


def test_a_row_that_breaks_a_constraint_is_refused(spark: SparkSession, path: str) -> None:
    create_table(spark, path, COUNTED)
    with pytest.raises(TableError, match="n_is_positive"):
        insert_new_rows(spark, counted(spark, (MONDAY, "a", -1)), path=path, contract=COUNTED, match="false")


def test_a_mismatch_names_column_wanted_and_found(spark: SparkSession, path: str) -> None:
    spark.createDataFrame([(MONDAY, "a", "many")], "day date, word string, n string").write.format("delta").save(path)
    with pytest.raises(TableError, match="table counted, column n: wanted bigint, found string"):
        read_table(spark, path, COUNTED)


def test_a_missing_column_is_named_unless_it_may_be_null(spark: SparkSession, path: str) -> None:
    spark.createDataFrame([(MONDAY, "a")], "day date, word string").write.format("delta").save(path)
    assert read_table(spark, path, COUNTED).collect()[0].n is None
    stricter = replace(COUNTED, columns=(*COUNTED.columns, Column("m", "int", "more")))
    with pytest.raises(TableError, match="column m: wanted int, found no such column"):
        read_table(spark, path, stricter)


def test_a_table_of_another_schema_version_is_refused_for_reading_and_writing(spark: SparkSession, path: str) -> None:
    create_table(spark, path, COUNTED)
    newer = replace(COUNTED, version=2)
    told = "table counted has schema version 1, this newslabel reads version 2: read it with the newslabel that made it"
    with pytest.raises(TableError, match=told):
        read_table(spark, path, newer)
    with pytest.raises(TableError, match=told):
        create_table(spark, path, newer)


def test_a_column_that_the_contract_gained_is_added_to_an_older_table(spark: SparkSession, path: str) -> None:
    create_table(spark, path, COUNTED)
    insert_new_rows(spark, counted(spark, (MONDAY, "a", 1)), path=path, contract=COUNTED, match="false")
    wider = replace(COUNTED, columns=(*COUNTED.columns, Column("m", "int", "the editor's count", nullable=True)))
    new = spark.createDataFrame([(TUESDAY, "b", 2, 3)], wider.spark_schema())
    create_table(spark, path, wider)
    insert_new_rows(spark, new, path=path, contract=wider, match="false")
    rows = sorted(tuple(row) for row in read_table(spark, path, wider).collect())
    assert rows == [(MONDAY, "a", 1, None), (TUESDAY, "b", 2, 3)]
    assert spark.read.format("delta").load(path).schema["m"].metadata == {"comment": "the editor's count"}


def test_a_table_that_is_not_there_is_an_error(spark: SparkSession, path: str) -> None:
    with pytest.raises(TableError, match="there is no table counted yet"):
        read_table(spark, path, COUNTED)


def test_a_root_that_cannot_be_written_is_an_error(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "in_the_way").write_text("a file where a folder must be")
    with pytest.raises(TableError, match="in_the_way"):
        create_table(spark, str(tmp_path / "in_the_way" / "counted"), COUNTED)


def test_a_commit_says_who_made_it(spark: SparkSession, path: str) -> None:
    create_table(spark, path, COUNTED)
    metadata = spark.sql(f"DESCRIBE HISTORY delta.`{path}`").first().userMetadata
    assert '"job": "tests"' in metadata
    assert '"run_id": ' in metadata
