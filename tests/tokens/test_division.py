"""What only the whole set can tell, and texts that must stay on one side."""

from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession

from newslabel.settings import TokenizeSettings
from newslabel.tokens.division import Division, divided
from newslabel.tokens.splits import DateSplit, FilesSplit, FoldsSplit, HashSplit, Split

SCHEMA = (
    "article_id string, story_id string, label string, title string, text string, source string, file string, "
    "crawl_date date, published_at timestamp"
)
ALL_TRAIN = HashSplit(0, 0.999998, 0)
TEST_FILE = FilesSplit("test.csv", 0, 0)
LONG = " ".join(f"word{number}" for number in range(100))


def division_of(
    spark: SparkSession, rows: list[dict[str, Any]], split: Split, *, similarity: float = 1, max_repeats: int = 10
) -> tuple[Division, dict[str, str]]:
    """The division, and the part of each article; rows are named 00, 01, …, and are stories of their own."""
    names = [field.split()[0] for field in SCHEMA.split(", ")]
    usual: dict[str, Any] = {"label": "REAL", "title": "Title", "source": "paper", "file": "in/train.csv"}
    tuples = [
        tuple(({"article_id": f"{place:02}", "story_id": f"{place:02}"} | usual | row).get(name) for name in names)
        for place, row in enumerate(rows)
    ]
    settings = TokenizeSettings(near_duplicate_similarity=similarity, max_repeats=max_repeats)
    articles = spark.createDataFrame(tuples, SCHEMA).coalesce(1)
    with divided(articles, split, settings) as division:
        parts = [(row["article_id"], row["split"]) for row in division.articles.collect()]
    assert len(parts) == sum(division.counts.values())
    return division, dict(parts)


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
    division, parts = division_of(spark, rows, ALL_TRAIN)
    assert parts == {"03": "train", "04": "train"}
    assert division.kept_out == {"same_text_two_labels": 5}
    assert division.counts == {("train", "REAL"): 2}
    assert "event=kept_out" in (told := capsys.readouterr().err)
    assert "reason=same_text_two_labels articles=5 some=00,01,05,06" in told


def test_a_text_that_a_source_or_none_repeats_too_often_is_boilerplate(spark: SparkSession) -> None:
    rows: list[dict[str, Any]] = [{"text": "We use cookies."}] * 3 + [{"text": "We use cookies.", "source": "other"}]
    rows += [{"text": "News.", "source": source} for source in ("a", "a", "b", None, None)]
    rows += [{"text": "Notice.", "source": None}] * 3
    division, parts = division_of(spark, rows, ALL_TRAIN, max_repeats=2)
    assert (division.kept_out, sorted(parts)) == ({"repeated_text": 7}, ["04", "05", "06", "07", "08"])


@pytest.mark.parametrize("split", [HashSplit(0, 0.4, 0.3), FoldsSplit(3, 1, 0, 0.3)])
def test_near_duplicates_and_versions_of_a_story_are_drawn_together(spark: SparkSession, split: Split) -> None:
    # of three each, the second is nearly the first, and the third another version of the second's story
    rows = [
        {"text": text, "story_id": story}
        for group in range(40)
        for text, story in (
            (f"{LONG.replace('word', f'w{group}x')} one", f"{group} a"),
            (f"{LONG.replace('word', f'w{group}x')} two", f"{group} b"),
            (f"All is otherwise {group}", f"{group} b"),
        )
    ]
    division, parts = division_of(spark, rows, split, similarity=0.8)
    assert [len({parts[f"{3 * group + copy:02}"] for copy in range(3)}) for group in range(40)] == [1] * 40
    assert set(parts.values()) == {"train", "validation", "test"}
    assert (division.near_duplicate_pairs, division.kept_out) == (40, {})


def test_what_is_nearly_a_test_article_does_not_train(spark: SparkSession) -> None:
    rows = [
        {"text": f"{LONG} one"},
        {"text": f"{LONG} two", "file": "in/test.csv"},
        {"text": f"{LONG} three", "file": "in/test.csv", "label": "FAKE"},
        {"text": "Equal texts"},
        {"text": "Equal   texts", "file": "in/test.csv"},
        {"text": "A text of its own", "story_id": "corrected later"},
        {"text": "Another text of its own"},
        {"text": "UPDATE 2: quite another text", "story_id": "corrected later", "file": "in/test.csv"},
    ]
    tests = {"01": "test", "02": "test", "04": "test", "07": "test"}
    division, parts = division_of(spark, rows, TEST_FILE, similarity=0.8)
    assert parts == {**tests, "06": "train"}
    assert (division.kept_out, division.near_duplicate_pairs) == ({"near_test": 3}, 3)
    division, parts = division_of(spark, rows, TEST_FILE)
    assert parts == {**tests, "00": "train", "06": "train"}
    assert (division.kept_out, division.near_duplicate_pairs) == ({"near_test": 2}, 0)


def test_an_article_without_the_date_of_the_split_is_kept_out(spark: SparkSession) -> None:
    split = DateSplit("published_at", date(2026, 11, 20), "UTC", 0, 0)
    division, parts = division_of(spark, [{"text": "Undated."}], split)
    assert (parts, division.kept_out) == ({}, {"no_date": 1})


def test_an_article_that_stands_there_twice_is_not_multiplied(spark: SparkSession) -> None:
    division, _ = division_of(spark, [{"text": "News.", "article_id": "same"}] * 2, ALL_TRAIN)
    assert division.counts == {("train", "REAL"): 2}
