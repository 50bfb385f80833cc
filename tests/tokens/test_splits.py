from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql import Row, SparkSession

from newslabel.tokens.splits import DateSplit, FilesSplit, FoldsSplit, HashSplit, SourceSplit, Split

SCHEMA = "text_group bigint, file string, source string, crawl_date date, published_at timestamp"


def parts_of(spark: SparkSession, split: Split, rows: list[dict[str, Any]]) -> list[Row]:
    """The rows, each with its split; whatever a row leaves out is null."""
    names = [field.split()[0] for field in SCHEMA.split(", ")]
    articles = spark.createDataFrame([tuple(row.get(name) for name in names) for row in rows], SCHEMA)
    return articles.withColumn("split", split.part()).collect()


def groups(count: int, **columns: Any) -> list[dict[str, Any]]:
    return [{"text_group": group, **columns} for group in range(count)]


def test_a_hash_split_has_about_the_shares_asked_for(spark: SparkSession) -> None:
    parts = Counter(row["split"] for row in parts_of(spark, HashSplit(0, 0.67, 0.13), groups(4000)))
    assert set(parts) == {"train", "validation", "test"}
    assert 2580 < parts["train"] < 2780
    assert 440 < parts["validation"] < 600
    assert 710 < parts["test"] < 890


def test_a_share_of_nothing_is_nothing(spark: SparkSession) -> None:
    parts = Counter(row["split"] for row in parts_of(spark, HashSplit(0, 0.8, 0), groups(2000)))
    assert set(parts) == {"train", "test"}


def test_a_group_comes_to_one_side_whatever_else_differs(spark: SparkSession) -> None:
    rows = [row for copy in range(3) for row in groups(60, file=f"{copy}.csv", source=f"source {copy}")]
    for split in (HashSplit(0, 0.5, 0.25), FoldsSplit(3, 1, seed=0, validation_share=0.3)):
        found = parts_of(spark, split, rows)
        sides = {group: {row["split"] for row in found if row["text_group"] == group} for group in range(60)}
        assert {len(side) for side in sides.values()} == {1}
        assert len(set().union(*sides.values())) == 3


def test_a_split_depends_on_the_seed_and_on_nothing_else(spark: SparkSession) -> None:
    def parts(seed: int, rows: list[dict[str, Any]]) -> dict[int, str]:
        return {row["text_group"]: row["split"] for row in parts_of(spark, HashSplit(seed, 0.5, 0.25), rows)}

    assert parts(7, groups(100)) == parts(7, groups(100)[::-1])
    assert parts(7, groups(100)) != parts(8, groups(100))


def test_what_came_from_the_named_files_is_the_test_part_and_a_tenth_of_the_rest_validates(spark: SparkSession) -> None:
    rows = groups(2000, file="in/train.csv") + groups(50, file="file:///in/test.csv")
    found = parts_of(spark, FilesSplit("test.csv", seed=0), rows)
    assert {row["split"] for row in found if row["file"] == "file:///in/test.csv"} == {"test"}
    of_train = Counter(row["split"] for row in found if row["file"] == "in/train.csv")
    assert set(of_train) == {"train", "validation"}
    assert 150 < of_train["validation"] < 250


def test_patterns_match_as_a_shell_has_it(spark: SparkSession) -> None:
    expected = {
        "test.csv": ["a/test.csv", "test.csv"],
        "test*": ["a/test.csv", "test.csv", "test_2.csv", "test_3.csv.gz"],
        "test_?.csv": ["test_2.csv"],
        "test_[!2]*": ["test_3.csv.gz"],
        "[st]est.csv": ["a/test.csv", "test.csv"],
        "a/*.csv": ["a/test.csv"],
        "*.gz": ["test_3.csv.gz"],
        "tes[t.csv": [],
        "testxcsv": [],
    }
    files = ["test.csv", "a/test.csv", "test_2.csv", "test_3.csv.gz", "mytest.csvx", "b/train.csv"]
    rows = spark.createDataFrame([(1, file) for file in files], "text_group bigint, file string")
    parts = [FilesSplit(pattern, seed=0).part().alias(f"pattern {place}") for place, pattern in enumerate(expected)]
    collected = rows.select("file", *parts).collect()
    for place, (pattern, tested) in enumerate(expected.items()):
        found = sorted(row["file"] for row in collected if row[f"pattern {place}"] == "test")
        assert (pattern, found) == (pattern, tested)


def test_what_was_crawled_from_a_day_on_tests_and_a_share_of_the_older_validates(spark: SparkSession) -> None:
    rows = groups(500, crawl_date=date(2026, 11, 19)) + groups(20, crawl_date=date(2026, 11, 20))
    found = parts_of(spark, DateSplit("crawl_date", date(2026, 11, 20), "UTC", 0, 0.2), rows)
    assert {row["split"] for row in found if row["crawl_date"] == date(2026, 11, 20)} == {"test"}
    older = Counter(row["split"] for row in found if row["crawl_date"] == date(2026, 11, 19))
    assert set(older) == {"train", "validation"}
    assert 70 < older["validation"] < 130


def test_a_day_of_publication_begins_in_the_crawls_time_zone_and_none_comes_to_no_part(spark: SparkSession) -> None:
    evening = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
    rows = [{"text_group": 1, "published_at": moment} for moment in (evening, None)]
    in_utc = parts_of(spark, DateSplit("published_at", date(2026, 11, 20), "UTC", 0, 0), rows)
    in_berlin = parts_of(spark, DateSplit("published_at", date(2026, 11, 20), "Europe/Berlin", 0, 0), rows)
    assert [row["split"] for row in in_utc] == ["train", None]
    assert [row["split"] for row in in_berlin] == ["test", None]


def test_no_source_is_on_both_sides_and_articles_without_one_stay_together(spark: SparkSession) -> None:
    sources = [*(f"source {number}" for number in range(300)), None]
    rows = [
        {"text_group": 40 * place + copy, "source": source}
        for place, source in enumerate(sources)
        for copy in range(40)
    ]
    found = parts_of(spark, SourceSplit(0, 0.6, 0.1), rows)
    sides = {source: {row["split"] == "test" for row in found if row["source"] == source} for source in sources}
    assert {len(side) for side in sides.values()} == {1}
    assert 60 < sum(True in side for side in sides.values()) < 120
    training = Counter(row["split"] for row in found if row["split"] != "test")
    assert 0.12 < training["validation"] / training.total() < 0.17
    assert parts_of(spark, SourceSplit(1, 0.6, 0.1), rows) != found


def test_each_text_tests_in_one_fold_and_validates_among_the_others(spark: SparkSession) -> None:
    tested: Counter[int] = Counter()
    for fold in range(1, 6):
        found = parts_of(spark, FoldsSplit(5, fold, seed=0, validation_share=0.25), groups(1000))
        parts = Counter(row["split"] for row in found)
        assert 150 < parts["test"] < 250
        assert 0.2 < parts["validation"] / (parts["validation"] + parts["train"]) < 0.3
        tested.update(row["text_group"] for row in found if row["split"] == "test")
    assert tested == Counter(range(1000))
