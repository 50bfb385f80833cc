import gzip
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from pyspark.sql import DataFrame, SparkSession

import newslabel.ingest
from newslabel.errors import DataError, NoArticlesOutcome, SettingsError, TableError
from newslabel.expected import check_expected
from newslabel.ingest import IngestSummary, ingest_articles, writing
from newslabel.schemas import ARTICLES, REJECTED
from newslabel.settings import Settings

DAY = date(2026, 11, 20)
EMPTY = ("No text", " ", "fake", "2026-11-20")
SATIRE = ("Satire", "This is the story that was told to all of us.", "satire", "2026-11-20")
FAULTY = ("Faulty", "Zu kurz.", "satire", "2026-11-31")


def test_good_records_become_articles_and_bad_ones_are_kept_with_all_their_reasons(
    spark: SparkSession, settings: Settings, write_csv, contents
):
    file = write_csv("a.csv", "A", EMPTY, FAULTY)
    summary = ingest_articles(spark, settings, [file], None)
    assert summary == IngestSummary(
        read=3, added=1, repeated=0, seen_before=0, rejected=2, files=1,
        reasons={"bad_crawl_date": 1, "empty_text": 1, "not_english": 1, "too_short": 1, "unknown_label": 1},
    )  # fmt: skip
    assert contents(settings, ARTICLES, "crawl_date", "title", "text", "label", "file", "position") == [
        (DAY, "A", "This is the complete story of A, which the mayor told to all of us.", "FAKE", file, 1)
    ]
    assert contents(settings, REJECTED, "file", "position", "reasons", "raw") == [
        (file, 2, ["empty_text"],
         '{"title": "No text", "text": " ", "label": "fake", "crawl_date": "2026-11-20"}'),
        (file, 3, ["too_short", "not_english", "unknown_label", "bad_crawl_date"],
         '{"title": "Faulty", "text": "Zu kurz.", "label": "satire", "crawl_date": "2026-11-31"}'),
    ]  # fmt: skip


def test_every_format_gives_the_same_articles_in_tables_that_are_made(
    spark: SparkSession, settings: Settings, tmp_path: Path, contents
):
    settings = _with_root(settings, "new")
    record = {
        "headline": "A",
        "body": "This is the story that was told to all of us.",
        "class": 1.0,
        "link": "http://a.com/x?utm_source=y",
        "byline": "B",
        "domain": "a.com",
        "date": "November 19, 2026",
    }
    table = f'{",".join(record)}\nA,{record["body"]},1.0,{record["link"]},B,a.com,"November 19, 2026"\n'
    (tmp_path / "a.csv").write_text(table)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(table.encode()))
    (tmp_path / "a.ndjson").write_text(json.dumps(record))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(json.dumps(record).encode()))
    pq.write_table(pa.Table.from_pylist([record]), tmp_path / "a.parquet")
    files = [str(tmp_path / name) for name in ("a.parquet", "a.jsonl.gz", "a.ndjson", "a.csv.gz", "a.csv")]
    summary = ingest_articles(spark, settings, files, DAY)
    assert summary == IngestSummary(read=5, added=1, repeated=4, files=5)
    columns = ("title", "text", "label", "url", "author", "source", "published_at", "crawl_date", "file")
    assert contents(settings, ARTICLES, *columns) == [
        ("A", record["body"], "FAKE", record["link"], "B", "a.com", _session_time(2026, 11, 19), DAY, files[-1])
    ]


def test_a_file_ingested_twice_adds_nothing_to_either_table(
    spark: SparkSession, settings: Settings, write_csv, both_tables
):
    file = write_csv("a.csv", "A", "B", "B", EMPTY)
    first = ingest_articles(spark, settings, [file], DAY)
    tables = both_tables(settings)
    second = ingest_articles(spark, settings, [file, file], DAY)
    check_expected(spark, settings, DAY)
    assert first == IngestSummary(4, added=2, repeated=1, rejected=1, reasons={"empty_text": 1}, files=1)
    assert second == IngestSummary(4, seen_before=3, rejected=1, reasons={"empty_text": 1}, files=1)
    assert both_tables(settings) == tables


def test_files_that_share_articles_and_copies_add_each_once(
    spark: SparkSession, settings: Settings, write_csv, contents
):
    files = [write_csv("a.csv", "A", "B", EMPTY), write_csv("b.csv", "B", "C"), write_csv("copy.csv", "A", "B", EMPTY)]
    summary = ingest_articles(spark, settings, files, DAY)
    assert summary == IngestSummary(8, added=3, repeated=3, rejected=2, reasons={"empty_text": 2}, files=3)
    assert contents(settings, ARTICLES, "title") == [("A",), ("B",), ("C",)]
    assert contents(settings, REJECTED, "file", "position") == [(files[0], 3)]


def test_an_article_seen_again_is_new_only_outside_the_window(
    spark: SparkSession, settings: Settings, write_csv, contents
):
    assert ingest_articles(spark, settings, [write_csv("a.csv", "A")], date(2026, 11, 10)).added == 1
    text = "This is the complete story of A, which the mayor told to all of us."
    later = [("A", text, "fake", f"2026-11-{day}") for day in ("17", "18", "03", "02")]
    summary = ingest_articles(spark, settings, [write_csv("b.csv", *later)], None)
    assert (summary.added, summary.seen_before) == (2, 2)
    assert contents(settings, ARTICLES, "crawl_date") == [
        (date(2026, 11, 2),), (date(2026, 11, 10),), (date(2026, 11, 18),),
    ]  # fmt: skip


def test_what_another_ingest_adds_meanwhile_leaves_out_no_article_that_it_does_not_stand_for(
    spark: SparkSession, settings: Settings, write_csv, contents, monkeypatch: pytest.MonkeyPatch
):
    insert_new_rows = writing.insert_new_rows

    def insert_late(spark: SparkSession, rows: DataFrame, *, path: str, **how: object) -> int:
        monkeypatch.setattr(writing, "insert_new_rows", insert_new_rows)
        rival = rows.select(*ARTICLES.column_names).toArrow()  # written by no session of Spark, as by another process
        earlier = pa.array([date(2026, 11, 8)], pa.date32())
        write_deltalake(path, rival.set_column(2, "crawl_date", earlier), mode="append")
        return insert_new_rows(spark, rows, path=path, **how)

    monkeypatch.setattr(writing, "insert_new_rows", insert_late)
    text = "This is the complete story of A, which the mayor told to all of us."
    file = write_csv("a.csv", ("A", text, "fake", "2026-11-15"), ("A", text, "fake", "2026-11-18"))
    # on the 15th the first of the batch is new, and stands for the second, until the rival's of the 8th is there
    assert ingest_articles(spark, settings, [file], None) == IngestSummary(read=2, added=1, seen_before=1, files=1)
    assert contents(settings, ARTICLES, "crawl_date") == [(date(2026, 11, 8),), (date(2026, 11, 18),)]


def test_a_file_that_breaks_off_stops_no_other_and_its_mended_twin_adds_what_was_missing_once(
    spark: SparkSession, settings: Settings, write_csv, tmp_path: Path, contents
):
    good = write_csv("a.csv", "A", EMPTY)
    whole = write_csv("cut.csv", "B", "C", "D")
    text = Path(whole).read_text(encoding="utf-8")
    Path(whole).write_text(text[: text.index("story of D")], encoding="utf-8")  # within its quotes
    (tmp_path / "no.parquet").write_bytes(b"PAR1 no footer")
    first = ingest_articles(spark, settings, [good, whole, str(tmp_path / "no.parquet")], DAY)
    assert first == IngestSummary(
        read=6, added=3, rejected=3, reasons={"broken_file": 2, "empty_text": 1}, files=3, files_broken=2
    )
    assert contents(settings, ARTICLES, "title") == [("A",), ("B",), ("C",)]
    rejected = contents(settings, REJECTED, "file", "position", "reasons", "raw")
    assert [row[:3] for row in rejected] == [
        (good, 2, ["empty_text"]),
        (whole, 3, ["broken_file"]),
        (str(tmp_path / "no.parquet"), 1, ["broken_file"]),
    ]
    assert rejected[1][3].startswith('["D", "This is the')
    assert "Parquet" in rejected[2][3]
    Path(whole).write_text(text, encoding="utf-8")
    mended = ingest_articles(spark, settings, [whole], DAY)
    assert mended == IngestSummary(read=3, added=1, seen_before=2, files=1)
    assert contents(settings, ARTICLES, "title") == [("A",), ("B",), ("C",), ("D",)]
    assert contents(settings, REJECTED, "file", "position") == [(good, 2), (str(tmp_path / "no.parquet"), 1)]


def test_a_strict_ingest_refuses_the_batch_for_a_file_that_breaks_off(
    spark: SparkSession, settings: Settings, write_csv, tmp_path: Path, both_tables
):
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(b'{"text": "One"}\n' * 1000)[:-20])
    (tmp_path / "empty.csv").touch()
    with pytest.raises(DataError) as refused:
        ingest_articles(
            spark, settings, [write_csv("a.csv", "A"), str(cut), str(tmp_path / "empty.csv")], DAY, strict=True
        )
    assert str(refused.value) == (
        "2 of 3 inputs cannot be used, so nothing was written:\n"
        f"  {cut}: expected a file that can be read. "
        "Received: Compressed file ended before the end-of-stream marker was reached\n"
        f"  {tmp_path}/empty.csv: no text column, expected one of 'text', 'content', 'body', 'article'. "
        "Received columns: none"
    )
    assert both_tables(settings) == [[], []]


def test_a_file_that_is_not_there_is_refused_before_anything_is_read(settings: Settings, write_csv, tmp_path: Path):
    with pytest.raises(
        DataError, match=r"1 of 2 inputs .*\n.*there is no such file or folder. Received: '.*missing.csv'"
    ):
        ingest_articles(None, settings, [write_csv("a.csv", "A"), str(tmp_path / "missing.csv")], DAY)  # type: ignore[arg-type] - no session is needed


@pytest.mark.parametrize("root", ["tables", "no_tables"])
def test_a_date_that_brought_nothing_is_an_outcome_of_its_own(spark: SparkSession, settings: Settings, root: str):
    with pytest.raises(NoArticlesOutcome, match=r"Received: 2026-11-20") as outcome:
        check_expected(spark, _with_root(settings, root), DAY)
    assert outcome.value.exit_code == 11


@pytest.mark.parametrize("encoding", ["latin-99", "hex"])
def test_an_encoding_that_python_lacks_or_that_is_none_of_text_is_refused(settings: Settings, encoding: str):
    with pytest.raises(SettingsError, match=rf"like utf-8 or windows-1252. Received: '{encoding}'"):
        ingest_articles(None, settings, ["a.csv"], DAY, encoding=encoding)  # type: ignore[arg-type] - no session is needed


def test_a_file_without_a_crawl_date_needs_the_option(spark: SparkSession, settings: Settings, tmp_path: Path):
    (tmp_path / "a.jsonl").write_text('{"text": "One"}\n')
    with pytest.raises(DataError, match=r"expected one of 'crawl_date', .* \(or give --crawl-date\)"):
        ingest_articles(spark, settings, [str(tmp_path / "a.jsonl")], None)


@pytest.mark.parametrize("inputs", [[], ["a.xlsx", "b.csv"]])
def test_names_are_checked_before_anything_is_read(inputs: list[str], settings: Settings):
    with pytest.raises(DataError, match=r"at least one input|^2 of 2 inputs .*\n  a.xlsx: there is no such file"):
        ingest_articles(None, settings, inputs, DAY)  # type: ignore[arg-type] - no session is needed


def test_a_crawl_date_that_cannot_be_is_refused(settings: Settings):
    with pytest.raises(SettingsError, match=r"from 1990-01-01 to before 2100-01-01. Received: '0001-01-01'"):
        ingest_articles(None, settings, ["a.csv"], date(1, 1, 1))  # type: ignore[arg-type] - no session is needed


def test_an_ingest_killed_between_its_tables_and_repeated_gives_the_same_tables(
    spark: SparkSession, settings: Settings, write_csv, both_tables, contents, monkeypatch: pytest.MonkeyPatch
):
    file = write_csv("a.csv", "A", "B", EMPTY, SATIRE)
    with monkeypatch.context() as killed:
        killed.setattr(writing, "insert_new_rows", _killed_at(ARTICLES.name))
        with pytest.raises(KeyboardInterrupt):
            ingest_articles(spark, settings, [file], DAY)
    assert [len(rows) for rows in both_tables(settings)] == [0, 2]
    assert ingest_articles(spark, settings, [file], DAY) == IngestSummary(
        read=4, added=2, rejected=2, reasons={"empty_text": 1, "unknown_label": 1}, files=1
    )
    assert contents(settings, ARTICLES, "title", "position") == [("A", 1), ("B", 2)]
    assert contents(settings, REJECTED, "position", "reasons") == [(3, ["empty_text"]), (4, ["unknown_label"])]


def test_the_same_files_ingested_by_two_at_once_stand_once(
    spark: SparkSession, settings: Settings, write_csv, both_tables
):
    files = [write_csv("a.csv", "A", "B", EMPTY)]
    with ThreadPoolExecutor(2) as pool:
        summaries = list(pool.map(lambda _: ingest_articles(spark, settings, files, DAY), range(2)))
    assert sum(summary.added for summary in summaries) == 2
    assert sum(summary.seen_before for summary in summaries) == 2
    assert [len(rows) for rows in both_tables(settings)] == [2, 1]


def test_a_root_that_cannot_be_written_is_a_table_error(
    spark: SparkSession, settings: Settings, write_csv, tmp_path: Path
):
    (tmp_path / "file").touch()
    with pytest.raises(TableError):
        ingest_articles(spark, _with_root(settings, "file/tables"), [write_csv("a.csv", "A")], DAY)


def test_the_package_shows_these_names():
    assert newslabel.ingest.__all__ == [
        *("IngestPlan", "IngestSummary"),
        *("ingest_articles", "ingest_planned", "plan_ingest", "retry_rejected"),
    ]


def _session_time(*day: int) -> datetime:
    """A timestamp as PySpark collects it: of the machine's own zone, and naive."""
    return datetime(*day, tzinfo=UTC).astimezone().replace(tzinfo=None)


def _with_root(settings: Settings, name: str) -> Settings:
    root = str(Path(settings.tables.root).parent / name)
    return settings.model_copy(update={"tables": settings.tables.model_copy(update={"root": root})})


def _killed_at(table: str) -> Callable[..., int]:
    insert_new_rows = writing.insert_new_rows

    def insert(spark, rows, *, path, contract, match) -> int:
        if contract.name == table:
            raise KeyboardInterrupt
        return insert_new_rows(spark, rows, path=path, contract=contract, match=match)

    return insert
