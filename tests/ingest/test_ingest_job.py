import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
JOB = CHECKOUT / "jobs" / "ingest_articles.py"


@pytest.fixture
def ingest(tmp_path: Path):
    """Runs the job as a process of its own, on tables below tmp_path."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(JOB), *arguments, "--set", f"tables.root={tmp_path / 'tables'}"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "COLUMNS": "120"},
        )

    return run


def test_help_needs_no_spark_and_names_inputs_option_and_exit_codes(ingest):
    done = ingest("--help")
    assert done.returncode == 0
    assert "spark_started" not in done.stderr
    for word in ("INPUT...", "--crawl-date", "--settings", "Exit codes"):
        assert word in done.stdout


def test_a_wrong_crawl_date_ends_with_2_before_spark_starts(ingest):
    done = ingest("a.csv", "--crawl-date", "20-11-2026")
    assert done.returncode == 2
    assert "--crawl-date takes a date like 2026-11-20, today or yesterday. Received: '20-11-2026'" in done.stderr
    assert "spark_started" not in done.stderr


def test_the_job_prints_what_became_of_the_records_and_why_and_then_misses_a_date_that_brought_nothing(
    ingest, tmp_path: Path
):
    (tmp_path / "a.csv").write_text('text\nThis is the story that was told to all of us.\n""\n \n')
    done = ingest(str(tmp_path / "a.csv"), "--crawl-date", "2026-11-20", "--expect", "2026-11-21")
    assert done.returncode == 11
    assert "articles were expected and none are there of crawl_date. Received: 2026-11-21" in done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    for line in (
        ["read", "3"],
        ["added", "1"],
        ["repeated", "0"],
        ["seen_before", "0"],
        ["rejected", "2"],
        ["empty_text", "2"],
    ):
        assert line in lines
    assert (tmp_path / "tables" / "articles" / "crawl_date=2026-11-20").is_dir()


def test_a_missing_file_ends_with_3_before_spark_starts(ingest, tmp_path: Path):
    done = ingest(str(tmp_path / "missing.csv"), "--crawl-date", "2026-11-20")
    assert done.returncode == 3
    assert "missing.csv: there is no such file or folder" in done.stderr
    assert "spark_started" not in done.stderr
    assert not (tmp_path / "tables").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "give INPUT... or --retry-rejected, one of the two"),
        (["a.csv", "--retry-rejected"], "give INPUT... or --retry-rejected, one of the two"),
        (
            ["--retry-rejected", "--encoding", "utf-8", "--strict"],
            "takes no option of theirs. Received: --encoding, --strict",
        ),
    ],
)
def test_inputs_and_a_retry_exclude_each_other_before_spark_starts(ingest, arguments: list[str], told: str):
    done = ingest(*arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "spark_started" not in done.stderr
