"""What only the whole set can tell, and texts that must stay on one side."""

from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession

from newslabel.settings import TokenizeSettings
from newslabel.tokens.division import Division, divided
from newslabel.tokens.splits import DateSplit, FilesSplit, FoldsSplit, HashSplit, Split

SCHEMA = (
    "article_id string, label string, title string, text string, source string, file string, crawl_date date, "
    "published_at timestamp"
)
ALL_TRAIN = HashSplit(0, 0.999998, 0)
LONG = " ".join(f"word{number}" for number in range(100))


def division_of(spark: SparkSession, rows: list[dict[str, Any]], split: Split, **settings: Any) -> Division:
    names = [field.split()[0] for field in SCHEMA.split(", ")]
    usual: dict[str, Any] = {"label": "REAL", "title": "Title", "source": "paper", "file": "in/train.csv"}
    tuples = [
        tuple(({"article_id": f"{place:02}"} | usual | row).get(name) for name in names)
        for place, row in enumerate(rows)
    ]
    return divided(spark.createDataFrame(tuples, SCHEMA), split, TokenizeSettings(**settings))


def parts_of(division: Division) -> dict[str, str]:
    return {row["article_id"]: row["split"] for row in division.articles.collect()}


def test_a_text_under_two_labels_is_kept_out_and_counted(
    spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    rows: list[dict[str, Any]] = [
        {"text": "The same  text.", "label": "FAKE"},
        {"text": " the SAME\u00a0text. ", "label": "REAL", "source": "other"},
        {"text": "The same text.", "label": "REAL"},
        {"text": "Another text."},
        {"text": "Another text.", "title": "Another title"},
        {"text": None, "title": "A title"},
        {"text": "  ", "title": "A  TITLE", "label": "FAKE"},
    ]
    division = division_of(spark, rows, ALL_TRAIN)
    assert parts_of(division) == {"03": "train", "04": "train"}
    assert division.kept_out == {"same_text_two_labels": 5}
    assert division.counts == {("train", "REAL"): 2}
    assert "event=kept_out" in (told := capsys.readouterr().err)
    assert "reason=same_text_two_labels articles=5 some=00,01,05,06" in told


def test_a_text_that_a_source_repeats_too_often_is_boilerplate(spark: SparkSession) -> None:
    rows: list[dict[str, Any]] = [{"text": "We use cookies."}] * 3 + [{"text": "We use cookies.", "source": "other"}]
    rows += [{"text": "News.", "source": source} for source in ("a", "a", "b", None, None)]
    division = division_of(spark, rows, ALL_TRAIN, max_repeats=2)
    assert (division.kept_out, len(parts_of(division))) == ({"repeated_text": 4}, 5)


def test_articles_without_a_source_count_as_one_source(spark: SparkSession) -> None:
    division = division_of(spark, [{"text": "News.", "source": None}] * 3, ALL_TRAIN, max_repeats=2)
    assert division.kept_out == {"repeated_text": 3}


def test_near_duplicates_are_drawn_together(spark: SparkSession) -> None:
    rows = [{"text": f"{text}ly {LONG.replace('word', f'w{text}x')} {copy}"} for text in range(40) for copy in range(3)]
    for split in (HashSplit(0, 0.4, 0.3), FoldsSplit(3, 1, 0, 0.3)):
        division = division_of(spark, rows, split)
        parts = parts_of(division)
        assert [len({parts[f"{3 * text + copy:02}"] for copy in range(3)}) for text in range(40)] == [1] * 40
        assert set(parts.values()) == {"train", "validation", "test"}
        assert (division.near_duplicate_pairs, division.kept_out) == (120, {})


def test_what_is_nearly_a_test_article_does_not_train(spark: SparkSession) -> None:
    rows = [
        {"text": f"{LONG} one"},
        {"text": f"{LONG} two", "file": "in/test.csv"},
        {"text": f"{LONG} three", "file": "in/test.csv", "label": "FAKE"},
        {"text": "Equal texts"},
        {"text": "Equal   texts", "file": "in/test.csv"},
        {"text": "A text of its own"},
    ]
    division = division_of(spark, rows, FilesSplit("test.csv", 0, 0))
    assert parts_of(division) == {"01": "test", "02": "test", "04": "test", "05": "train"}
    assert (division.kept_out, division.near_duplicate_pairs) == ({"near_test": 2}, 3)
    apart = division_of(spark, rows, FilesSplit("test.csv", 0, 0), near_duplicate_similarity=1)
    assert (apart.kept_out, apart.near_duplicate_pairs) == ({"near_test": 1}, 0)


def test_an_article_without_the_date_of_the_split_is_kept_out(spark: SparkSession) -> None:
    split = DateSplit("published_at", date(2026, 11, 20), "UTC", 0, 0)
    division = division_of(spark, [{"text": "Undated."}], split)
    assert (parts_of(division), division.kept_out) == ({}, {"no_date": 1})


def test_an_article_that_stands_there_twice_is_not_multiplied(spark: SparkSession) -> None:
    division = division_of(spark, [{"text": "News.", "article_id": "same"}] * 2, ALL_TRAIN)
    assert division.counts == {("train", "REAL"): 2}
    assert division.articles.count() == 2
