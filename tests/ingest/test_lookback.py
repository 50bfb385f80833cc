import random
from datetime import date, timedelta

import pyarrow as pa
from pyspark.sql import DataFrame, Row, SparkSession

from newslabel.ingest.lookback import NEW, REPEATED, SEEN_BEFORE, match, with_fate, within

DAY = date(2026, 11, 1)
KEYS = pa.schema(
    [("article_id", pa.string()), ("crawl_date", pa.date32()), ("file", pa.string()), ("position", pa.int64())]
)
THERE = pa.schema([KEYS.field("article_id"), KEYS.field("crawl_date")])


def test_of_equal_articles_the_first_of_each_spaced_day_is_new(spark: SparkSession):
    days = [0, 0, 3, 7, 8, 9, 15, 16]
    keys = [("a", _day(day), "f", position) for position, day in enumerate(days)]
    assert _fates(spark, keys, []) == [NEW, REPEATED, REPEATED, REPEATED, NEW, REPEATED, REPEATED, NEW]


def test_one_of_the_table_stands_for_all_within_the_window_before_and_after(spark: SparkSession):
    days = [0, 1, 8, 15, 16]
    keys = [("a", _day(day), "f", position) for position, day in enumerate(days)]
    assert _fates(spark, keys, [("a", _day(8))]) == [NEW, SEEN_BEFORE, SEEN_BEFORE, SEEN_BEFORE, NEW]


def test_an_article_that_only_a_seen_one_is_near_to_is_new(spark: SparkSession):
    # day 14 is near to day 7, but day 7 does not go in, as day 0 stands for it
    keys = [("a", _day(7), "f", 1), ("a", _day(14), "f", 2)]
    assert _fates(spark, keys, [("a", _day(0))]) == [SEEN_BEFORE, NEW]


def test_on_one_day_the_first_by_file_and_position_is_new(spark: SparkSession):
    keys = [("a", DAY, "g", 1), ("a", DAY, "f", 2), ("a", DAY, "f", 10)]
    assert _fates(spark, keys, []) == [REPEATED, NEW, REPEATED]


def test_fates_equal_those_of_a_plain_loop(spark: SparkSession):
    seeded = random.Random(0)
    articles = [str(number) for number in range(150)]
    days = {name: [seeded.randrange(40) for _ in range(seeded.randrange(1, 9))] for name in articles}
    keys = [
        (name, _day(day), seeded.choice("fg"), position) for name in articles for position, day in enumerate(days[name])
    ]
    there = [(name, _day(seeded.randrange(40))) for name in articles for _ in range(seeded.randrange(3))]
    assert _fates(spark, keys, there) == _plain_fates(keys, there)


def test_an_article_stands_once_within_the_window_whatever_the_order_of_ingestion(spark: SparkSession):
    seeded = random.Random(1)
    crawled = [(str(number % 60), _day(seeded.randrange(40)), "f", number) for number in range(300)]
    batches = [crawled[:100], crawled[100:200], crawled[200:]]
    for order in (batches, batches[::-1]):
        table: list[tuple] = []
        for batch in order:
            fates = _fates(spark, batch, table)
            table += [key[:2] for key, fate in zip(batch, fates, strict=True) if fate == NEW]
        assert len(table) == sum(1 for name, day in table if [(name, day)] == _within(table, name, day))
        assert all(_within(table, name, day) for name, day, _, _ in crawled)


def test_the_match_looks_at_no_day_beyond_the_windows_of_the_days_there_are():
    days = [date(2026, 11, 20), date(1990, 1, 1), date(2026, 11, 5)]
    assert within(days, 7) == (
        "(crawl_date BETWEEN DATE'1989-12-25' AND DATE'1990-01-08'"
        " OR crawl_date BETWEEN DATE'2026-10-29' AND DATE'2026-11-27')"
    )
    assert match(days[:1], 7) == (
        "(table.crawl_date BETWEEN DATE'2026-11-13' AND DATE'2026-11-27') AND table.article_id = new.article_id "
        "AND table.crawl_date BETWEEN date_sub(new.crawl_date, 7) AND date_add(new.crawl_date, 7)"
    )


def _day(number: int) -> date:
    return DAY + timedelta(days=number)


def _fates(spark: SparkSession, keys: list[tuple], there: list[tuple]) -> list[str]:
    """The fates in the order of the keys."""
    found = with_fate(_frame(spark, keys, KEYS), _frame(spark, there, THERE), 7)
    fates = {_key(row): row.fate for row in found.collect()}
    assert len(fates) == len(keys)
    return [fates[key] for key in keys]


def _frame(spark: SparkSession, rows: list[tuple], schema: pa.Schema) -> DataFrame:
    return spark.createDataFrame(
        pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema)
    )


def _key(row: Row) -> tuple:
    return (row.article_id, row.crawl_date, row.file, row.position)


def _within(table: list[tuple], name: str, day: date) -> list[tuple]:
    return [(other, stands) for other, stands in table if other == name and abs((day - stands).days) <= 7]


def _plain_fates(keys: list[tuple], there: list[tuple]) -> list[str]:
    fates = {}
    kept: dict[str, list[date]] = {}
    for key in sorted(keys):
        name, day = key[0], key[1]
        if any(name == other and abs((day - stands).days) <= 7 for other, stands in there):
            fates[key] = SEEN_BEFORE
        elif any(abs((day - stands).days) <= 7 for stands in kept.get(name, [])):
            fates[key] = REPEATED
        else:
            kept.setdefault(name, []).append(day)
            fates[key] = NEW
    return [fates[key] for key in keys]
