import re
from collections import Counter

import pytest
from pyspark.sql import Row, SparkSession

from newslabel.errors import SettingsError
from newslabel.settings import TokenizeSettings
from newslabel.tokens.splits import FilesSplit, HashSplit, Split, split_by, with_split

SCHEMA = "title string, text string, file string"


def rows_with_split(spark: SparkSession, rows: list[tuple[str | None, str | None, str]], split: Split) -> list[Row]:
    return with_split(spark.createDataFrame(rows, SCHEMA), split).collect()


def test_a_hash_split_has_about_the_shares_asked_for(spark: SparkSession) -> None:
    rows = [("title", f"text {number}", "a.csv") for number in range(4000)]
    parts = Counter(row["split"] for row in rows_with_split(spark, rows, HashSplit(0, 0.8, 0.1)))
    assert set(parts) == {"train", "validation", "test"}
    assert 3100 < parts["train"] < 3300
    assert 340 < parts["validation"] < 460
    assert 340 < parts["test"] < 460


def test_equal_texts_come_to_one_side_whatever_else_differs(spark: SparkSession) -> None:
    rows = [
        (f"title {copy}", f" text {number}" + " " * copy, f"{copy}.csv") for number in range(60) for copy in range(3)
    ]
    found = rows_with_split(spark, rows, HashSplit(0, 0.5, 0.25))
    sides = {number: {row["split"] for row in found if row["text"].strip() == f"text {number}"} for number in range(60)}
    assert {len(side) for side in sides.values()} == {1}
    assert len(set().union(*sides.values())) == 3


def test_articles_without_a_text_are_drawn_by_their_titles(spark: SparkSession) -> None:
    rows = [(f"title {number}", text, "a.csv") for number in range(60) for text in (None, "", " ")]
    found = rows_with_split(spark, rows, HashSplit(0, 0.5, 0.25))
    sides = {number: {row["split"] for row in found if row["title"] == f"title {number}"} for number in range(60)}
    assert {len(side) for side in sides.values()} == {1}
    assert len(set().union(*sides.values())) == 3


def test_a_split_depends_on_the_seed_and_on_nothing_else(spark: SparkSession) -> None:
    rows = [("title", f"text {number}", "a.csv") for number in range(100)]

    def parts(seed: int, partitions: int) -> dict[str, str]:
        articles = spark.createDataFrame(rows, SCHEMA).repartition(partitions)
        return {row["text"]: row["split"] for row in with_split(articles, HashSplit(seed, 0.5, 0.25)).collect()}

    assert parts(7, 1) == parts(7, 3)
    assert parts(7, 1) != parts(8, 1)


def test_what_came_from_the_named_files_is_the_test_part_and_a_tenth_of_the_rest_validates(spark: SparkSession) -> None:
    rows = [("title", f"text {number}", "in/train.csv") for number in range(2000)]
    rows += [("title", f"text {number}", "file:///in/test.csv") for number in range(50)]
    found = rows_with_split(spark, rows, FilesSplit("test.csv", seed=0))
    assert {row["split"] for row in found if row["file"] == "file:///in/test.csv"} == {"test"}
    of_train = Counter(row["split"] for row in found if row["file"] == "in/train.csv")
    assert set(of_train) == {"train", "validation"}
    assert 150 < of_train["validation"] < 250


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("test.csv", ["a/test.csv", "test.csv"]),
        ("test*", ["a/test.csv", "test.csv", "test_2.csv", "test_3.csv.gz"]),
        ("test_?.csv", ["test_2.csv"]),
        ("test_[!2]*", ["test_3.csv.gz"]),
        ("[st]est.csv", ["a/test.csv", "test.csv"]),
        ("a/*.csv", ["a/test.csv"]),
        ("*.gz", ["test_3.csv.gz"]),
        ("tes[t.csv", []),
        ("testxcsv", []),
    ],
)
def test_patterns_match_as_a_shell_has_it(spark: SparkSession, pattern: str, expected: list[str]) -> None:
    files = ["test.csv", "a/test.csv", "test_2.csv", "test_3.csv.gz", "mytest.csvx", "b/train.csv"]
    found = rows_with_split(spark, [(None, None, file) for file in files], FilesSplit(pattern, seed=0))
    assert sorted(row["file"] for row in found if row["split"] == "test") == expected


def test_the_command_line_asks_for_a_split(spark: SparkSession) -> None:
    settings = TokenizeSettings(seed=3, train_share=0.7, validation_share=0.2)
    assert split_by("hash", test_files=None, settings=settings) == HashSplit(3, 0.7, 0.2)
    assert split_by("files", test_files="test*", settings=settings) == FilesSplit("test*", 3, 0.1)
    for name, pattern in (("hash", "test*"), ("files", None)):
        with pytest.raises(
            SettingsError, match=re.escape(f"goes with --split files. Received: --split {name}, {pattern!r}")
        ):
            split_by(name, test_files=pattern, settings=settings)
