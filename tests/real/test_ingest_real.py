"""Ingestion of real files, held against counting by another way; the crawl of test_night.py is counted there."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest
from counting import counted, rows_of
from pyspark.sql import SparkSession

from newslabel.configure import load_settings
from newslabel.ingest import ingest_articles
from newslabel.schemas import ARTICLES, REJECTED
from newslabel.settings import Settings
from newslabel.tables import read_table, table_path

CHECKOUT = Path(__file__).resolve().parents[2]
DAY = date(2026, 11, 20)

pytestmark = pytest.mark.real


@pytest.fixture
def sms_settings(settings: Settings) -> Settings:
    """Of the corpus of short messages."""
    own = [f"tables.root={settings.tables.root}"]
    return load_settings(CHECKOUT / "conf" / "sms.toml", overrides=own, environ={})


@pytest.mark.parametrize("name", ["news/isot.csv", "news/fakenewsnet.csv"])
def test_labelled_news_is_taken_in_as_python_counts_it(
    spark: SparkSession, settings: Settings, real_data: Path, name: str
):
    rows = rows_of(real_data / name)
    assert ingest_articles(spark, settings, [str(real_data / name)], DAY) == counted(spark, rows)


def test_a_real_crawl_is_taken_in_but_for_labels_of_other_classes(
    spark: SparkSession, settings: Settings, real_data: Path
):
    rows = rows_of(real_data / "crawl" / "fakenewscorpus_sample.csv")
    renamed = [{"text": row["content"], "title": row["title"], "label": row["type"], "url": row["url"]} for row in rows]
    summary = ingest_articles(spark, settings, [str(real_data / "crawl" / "fakenewscorpus_sample.csv")], DAY)
    assert summary == counted(spark, renamed)
    assert (summary.read, summary.reasons["unknown_label"]) == (250, 74)


def test_a_spreadsheet_of_141_columns_is_read_and_its_empty_rows_are_kept_aside(
    spark: SparkSession, settings: Settings, real_data: Path
):
    file = real_data / "dirty" / "wide_141_columns.csv"
    rows = rows_of(file)
    summary = ingest_articles(spark, settings, [str(file)], DAY)
    assert summary == counted(spark, rows)
    assert (summary.read, summary.rejected) == (7795, 7696)
    empty = {number for number, row in enumerate(rows, start=1) if not (row["text"] or "").strip()}
    rejected = read_table(spark, table_path(settings, REJECTED), REJECTED)
    assert {row.position for row in rejected.select("position").collect()} == empty


def test_a_table_without_labels_is_read(spark: SparkSession, settings: Settings, real_data: Path):
    rows = rows_of(real_data / "dirty" / "unlabelled_test.csv")
    summary = ingest_articles(spark, settings, [str(real_data / "dirty" / "unlabelled_test.csv")], DAY)
    assert summary == counted(spark, rows)
    assert (summary.read, summary.added, summary.reasons["empty_text"]) == (99, 98, 1)


def test_of_a_table_that_ends_within_a_quote_the_whole_records_are_read(
    spark: SparkSession, settings: Settings, real_data: Path
):
    file = real_data / "dirty" / "truncated_in_quote.csv"
    with pytest.raises(csv.Error, match="unexpected end of data"), file.open(newline="", encoding="utf-8") as lines:
        list(csv.reader(lines, strict=True))
    *whole, cut = rows_of(file)
    summary = ingest_articles(spark, settings, [str(file)], DAY)
    of_whole = counted(spark, whole)
    assert (summary.read, summary.added, summary.files_broken) == (30, of_whole.added, 1)
    assert summary.reasons == {**of_whole.reasons, "broken_file": 1}
    [broken] = read_table(spark, table_path(settings, REJECTED), REJECTED).where("position = 30").collect()
    assert broken.reasons == ["broken_file"]
    assert json.loads(broken.raw)[1] == cut["title"]


def test_tabs_are_found_and_mojibake_is_repaired(spark: SparkSession, settings: Settings, real_data: Path):
    file = real_data / "dirty" / "tab_separated_mojibake.csv"
    with file.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    assert "\u00e2\u20ac\u2122" in rows[0]["title"]
    summary = ingest_articles(spark, settings, [str(file)], DAY)
    assert summary == counted(spark, rows)
    assert (summary.read, summary.added) == (34, 34)
    found = read_table(spark, table_path(settings, ARTICLES), ARTICLES).where("position = 1").collect()
    assert [row.title for row in found] == ["You Can Smell Hillary\u2019s Fear"]


def test_short_messages_in_an_older_encoding_are_read_in_it(
    spark: SparkSession, sms_settings: Settings, real_data: Path
):
    file = real_data / "sms" / "spam.csv"
    with file.open(newline="", encoding="windows-1252") as lines:
        rows = [{"text": row["v2"], "label": row["v1"]} for row in csv.DictReader(lines)]
    summary = ingest_articles(spark, sms_settings, [str(file)], DAY)
    ours = {"min_words": 1, "mojibake": "keep", "rules": sms_settings.ingest.rules}
    assert summary == counted(spark, rows, known_labels=("ham", "spam"), **ours)
    assert (summary.read, summary.added, summary.repeated, summary.rejected) == (5572, 5166, 403, 3)
    kept = read_table(spark, table_path(sms_settings, ARTICLES), ARTICLES).select("text").collect()
    pounds = sum("\u00a3" in row["text"] for row in rows)
    assert pounds > 200
    assert sum("\u00a3" in row.text for row in kept) > 0.7 * pounds
    stories = read_table(spark, table_path(sms_settings, ARTICLES), ARTICLES).select("story_id").distinct().count()
    assert stories == 5166
