"""A landing folder that is ingested each night."""

import os
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from newslabel.ingest import IngestSummary, ingest_articles, ingest_planned, landed, plan_ingest
from newslabel.ingest import ingest as ingest_module
from newslabel.schemas import FILES, REJECTED
from newslabel.settings import Settings

DAY = date(2026, 11, 20)


def test_only_files_that_are_new_or_were_mended_are_read(
    spark: SparkSession, settings: Settings, write_csv, tmp_path: Path, contents, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "landing").mkdir()
    landing = str(tmp_path / "landing")
    first = write_csv("landing/a.csv", "A", "B")
    empty = tmp_path / "landing" / "empty.csv"
    empty.touch()
    assert ingest_articles(spark, settings, [landing], DAY) == IngestSummary(
        read=3, added=2, rejected=1, reasons={"broken_file": 1}, files=2, files_broken=1
    )
    with monkeypatch.context() as not_opened:
        not_opened.setattr(landed, "hash_of", lambda uri: pytest.fail(f"opened {uri}"))
        assert ingest_articles(spark, settings, [landing], DAY) == IngestSummary(files_known=2)

    write_csv("landing/b.csv", "C")
    assert ingest_articles(spark, settings, [landing], DAY) == IngestSummary(read=1, added=1, files=1, files_known=2)
    before = Path(first).stat()
    Path(first).write_text(Path(first).read_text().replace("story of B", "story of b"))  # as long as it was
    os.utime(first, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000_000))
    assert ingest_articles(spark, settings, [landing], DAY) == IngestSummary(
        read=2, added=1, seen_before=1, files=1, files_known=2
    )
    os.utime(first)  # touched, not changed
    assert ingest_articles(spark, settings, [f"{landing}/*"], DAY) == IngestSummary(files_known=3)
    assert [
        (Path(file).name, records, problem and problem[:14])
        for file, records, problem in contents(settings, FILES, "file", "records", "problem")
    ] == [("a.csv", 2, None), ("a.csv", 2, None), ("b.csv", 1, None), ("empty.csv", 0, "no text column")]


def test_a_file_that_could_not_be_read_is_read_the_next_time_and_nothing_is_told_of_it_any_more(
    spark: SparkSession, settings: Settings, write_csv, tmp_path: Path, contents
):
    (tmp_path / "landing").mkdir()
    file = Path(write_csv("landing/a.csv", "A"))
    plan = plan_ingest(settings, [str(tmp_path / "landing")], DAY)
    file.rename(tmp_path / "away")
    assert ingest_planned(spark, settings, plan) == IngestSummary(
        read=1, rejected=1, reasons={"broken_file": 1}, files=1, files_broken=1
    )
    (tmp_path / "away").rename(file)
    assert ingest_articles(spark, settings, [str(tmp_path / "landing")], DAY) == IngestSummary(read=1, added=1, files=1)
    assert contents(settings, REJECTED) == []


def test_an_ingest_killed_before_it_remembers_its_files_reads_them_again_and_adds_nothing_twice(
    spark: SparkSession, settings: Settings, write_csv, tmp_path: Path, both_tables, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "landing").mkdir()
    write_csv("landing/a.csv", "A", ("B", " ", "fake", ""))
    with monkeypatch.context() as killed:
        killed.setattr(ingest_module, "write_files", _killed)
        with pytest.raises(KeyboardInterrupt):
            ingest_articles(spark, settings, [str(tmp_path / "landing")], DAY)
    tables = both_tables(settings)
    again = ingest_articles(spark, settings, [str(tmp_path / "landing")], DAY)
    assert again == IngestSummary(read=2, seen_before=1, rejected=1, reasons={"empty_text": 1}, files=1)
    assert both_tables(settings) == tables


def _killed(*_: object) -> None:
    raise KeyboardInterrupt
