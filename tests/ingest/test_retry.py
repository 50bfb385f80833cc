"""Rejected records taken in after a rule was changed."""

import json
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from newslabel.ingest import IngestSummary, ingest_articles, retry, retry_rejected
from newslabel.schemas import ARTICLES, REJECTED
from newslabel.settings import Settings

DAY = date(2026, 11, 20)
SATIRE = ("Satire", "This is the story that was told to all of us.", "satire", "2026-11-19")


def with_ingest(settings: Settings, **changes: object) -> Settings:
    return settings.model_copy(update={"ingest": settings.ingest.model_copy(update=changes)})


def with_satire(settings: Settings) -> Settings:
    labels = {"FAKE": ("fake", "satire"), "REAL": ("real",)}
    return settings.model_copy(update={"corpus": settings.corpus.model_copy(update={"labels": labels})})


def test_what_a_changed_rule_admits_moves_to_articles_and_the_rest_keeps_its_place(
    spark: SparkSession, settings: Settings, write_csv, contents
):
    short = ("Short", "Too short.", "fake", "2026-11-20")
    file = write_csv("a.csv", "A", SATIRE, short, ("Short satire", "Too short.", "satire", "2026-11-20"))
    assert ingest_articles(spark, settings, [file], None).rejected == 3
    summary = retry_rejected(spark, with_satire(settings))
    assert summary == IngestSummary(read=3, added=1, rejected=2, reasons={"too_short": 2})
    assert contents(settings, ARTICLES, "crawl_date", "title", "label", "file", "position") == [
        (date(2026, 11, 19), "Satire", "FAKE", file, 2),
        (DAY, "A", "FAKE", file, 1),
    ]
    assert contents(settings, REJECTED, "position", "reasons") == [(3, ["too_short"]), (4, ["too_short"])]
    assert retry_rejected(spark, with_ingest(with_satire(settings), min_words=1)).added == 2
    assert contents(settings, REJECTED, "position") == []


def test_the_day_that_was_given_for_a_file_is_kept(spark: SparkSession, settings: Settings, tmp_path: Path, contents):
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": SATIRE[1], "label": "satire"}) + "\n")
    ingest_articles(spark, settings, [str(tmp_path / "a.jsonl")], DAY)
    assert retry_rejected(spark, with_satire(settings)).added == 1
    assert contents(settings, ARTICLES, "crawl_date", "text") == [(DAY, SATIRE[1])]


def test_what_was_not_kept_whole_is_left_alone_until_its_file_is_read_again(
    spark: SparkSession, settings: Settings, tmp_path: Path, contents
):
    lines = ['{"text": "' + "It is too large. " * 100 + '"}', "{broken", '[1, "list"]']
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    (tmp_path / "b.csv").write_text('title,text\nA\nB,"cut')
    small = with_ingest(settings, max_record_bytes=1024)
    ingest_articles(spark, small, [str(tmp_path / "a.jsonl"), str(tmp_path / "b.csv")], DAY)
    kept = contents(settings, REJECTED, "file", "position", "raw", "reasons")
    assert [reasons for *_, reasons in kept] == [
        ["too_large"], ["malformed_json"], ["malformed_json"], ["malformed_csv"], ["broken_file"],
    ]  # fmt: skip
    assert retry_rejected(spark, settings).read == 3
    assert contents(settings, REJECTED, "file", "position", "raw", "reasons") == kept
    assert ingest_articles(spark, settings, [str(tmp_path / "a.jsonl")], DAY).added == 1
    assert contents(settings, REJECTED, "file", "position", "raw", "reasons") == kept[1:]


def test_a_retry_killed_between_the_tables_and_repeated_takes_each_in_once(
    spark: SparkSession, settings: Settings, write_csv, contents, monkeypatch: pytest.MonkeyPatch
):
    ingest_articles(spark, settings, [write_csv("a.csv", SATIRE)], None)
    with monkeypatch.context() as killed:
        killed.setattr(retry, "settle_records", _killed)
        with pytest.raises(KeyboardInterrupt):
            retry_rejected(spark, with_satire(settings))
    assert (len(contents(settings, ARTICLES)), len(contents(settings, REJECTED))) == (1, 1)
    assert retry_rejected(spark, with_satire(settings)) == IngestSummary(read=1, seen_before=1)
    assert (len(contents(settings, ARTICLES)), len(contents(settings, REJECTED))) == (1, 0)


def _killed(*_: object) -> None:
    raise KeyboardInterrupt
