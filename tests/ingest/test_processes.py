"""Ingestion as a scheduler runs it: twice at once, and killed with no warning."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from newslabel.ingest import ingest_articles
from newslabel.schemas import ARTICLES, FILES, REJECTED
from newslabel.settings import Settings
from newslabel.tables import read_table, table_path

CHECKOUT = Path(__file__).resolve().parents[2]
FILES_OF_NIGHT, ROWS = 4, 300


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """A folder of files that share articles, and hold a bad record each."""
    folder = tmp_path / "landing"
    folder.mkdir()
    for number in range(FILES_OF_NIGHT):
        with (folder / f"{number}.csv").open("w", newline="", encoding="utf-8") as file:
            rows = [(f"{row}", f"The complete story of article {row} was told to us.") for row in range(ROWS + number)]
            csv.writer(file).writerows([("title", "text"), *rows, (f"bad {number}", " ")])
    return folder


def start(landing: Path, settings: Settings) -> "subprocess.Popen[str]":
    job = CHECKOUT / "jobs" / "ingest_articles.py"
    own = ["--crawl-date", "2026-11-20", "--set", f"tables.root={settings.tables.root}"]
    return subprocess.Popen(
        [sys.executable, job, landing, *own],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def assert_each_once(spark: SparkSession, settings: Settings) -> None:
    found = {
        contract.name: read_table(spark, table_path(settings, contract), contract).collect()
        for contract in (ARTICLES, REJECTED, FILES)
    }
    assert sorted(int(row.title) for row in found["articles"]) == list(range(ROWS + FILES_OF_NIGHT - 1))
    assert sorted(row.position for row in found["rejected"]) == [ROWS + number + 1 for number in range(FILES_OF_NIGHT)]
    assert sorted(row.records for row in found["files"]) == [ROWS + number + 1 for number in range(FILES_OF_NIGHT)]


def test_one_folder_ingested_by_two_processes_at_once_stands_once(
    spark: SparkSession, settings: Settings, landing: Path
):
    shutil.rmtree(settings.tables.root)  # they make the tables, too
    jobs = [start(landing, settings) for _ in range(2)]
    told = [job.communicate(timeout=300) for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0], told
    assert_each_once(spark, settings)


@pytest.mark.parametrize(("table", "commit"), [("rejected", 1), ("articles", 1)])
def test_an_ingest_killed_as_it_writes_and_repeated_leaves_what_an_undisturbed_one_does(
    spark: SparkSession, settings: Settings, landing: Path, table: str, commit: int
):
    killed = start(landing, settings)
    written = Path(settings.tables.root) / table / "_delta_log" / f"{commit:020}.json"
    until = time.monotonic() + 240
    while not written.exists() and time.monotonic() < until:
        time.sleep(0.01)
    os.killpg(killed.pid, signal.SIGKILL)
    told = killed.communicate()
    assert (written.exists(), killed.returncode) == (True, -signal.SIGKILL), told
    ingest_articles(spark, settings, [str(landing)], date(2026, 11, 20))
    assert_each_once(spark, settings)
