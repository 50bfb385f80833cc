"""Which articles are new: an article stands once within the days that are looked back on, and ahead."""

from collections.abc import Iterable
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f

NEW = "new"
REPEATED = "repeated"
SEEN_BEFORE = "seen_before"


def with_fate(keys: DataFrame, there: DataFrame, lookback_days: int) -> DataFrame:
    """The articles with `fate`: NEW, REPEATED (another of the batch stands for it) or SEEN_BEFORE (one of the table).

    Whatever is not NEW has an article within `lookback_days` that stands for it, in the table or among the NEW ones,
    and no two NEW ones are as near. Of equal articles the earliest stays; on one day, the first by file and position.

    Args:
        keys: the batch: article_id, crawl_date, file, position.
        there: the table: article_id, crawl_date.
        lookback_days: how far apart equal articles may be crawled and still be one.
    """
    dates_there = there.groupBy("article_id").agg(f.collect_set("crawl_date").alias("dates_there"))
    article = Window.partitionBy("article_id")
    first_of_day = f.row_number().over(Window.partitionBy("article_id", "crawl_date").orderBy("file", "position")) == 1
    kept = f.array_contains(_spaced("dates", lookback_days), f.col("crawl_date"))
    seen = f.coalesce(f.exists("dates_there", lambda day: _near(day, f.col("crawl_date"), lookback_days)), f.lit(False))
    return (
        keys.join(dates_there, "article_id", "left")
        .withColumn("seen", seen)
        .withColumn("dates", f.sort_array(f.collect_set(f.when(~f.col("seen"), f.col("crawl_date"))).over(article)))
        .withColumn("first_of_day", first_of_day)
        .withColumn(
            "fate", f.when(f.col("seen"), SEEN_BEFORE).when(f.col("first_of_day") & kept, NEW).otherwise(REPEATED)
        )
        .select(*keys.columns, "fate")
    )


def within(days: Iterable[date], lookback_days: int, *, of: str = "") -> str:
    """The days on which an equal article may stand, as SQL over `crawl_date`; it spares the table's other partitions.

    Args:
        days: the batch's crawl dates, one at least.
        lookback_days: as in the settings.
        of: what stands before `crawl_date`, such as "table.".
    """
    around = timedelta(days=lookback_days)
    spans: list[tuple[date, date]] = []
    for first, last in ((day - around, day + around) for day in sorted(days)):
        if spans and first <= spans[-1][1] + timedelta(days=1):
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return "(" + " OR ".join(f"{of}crawl_date BETWEEN DATE'{first}' AND DATE'{last}'" for first, last in spans) + ")"


def match(days: Iterable[date], lookback_days: int) -> str:
    """When an article of the batch (`new`) is in the table (`table`) already, as SQL.

    Args:
        days: the batch's crawl dates, one at least.
        lookback_days: as in the settings.
    """
    return (
        f"{within(days, lookback_days, of='table.')} "
        "AND table.article_id = new.article_id AND table.crawl_date BETWEEN "
        f"date_sub(new.crawl_date, {lookback_days}) AND date_add(new.crawl_date, {lookback_days})"
    )


def _spaced(dates: str, lookback_days: int) -> Column:
    """Of sorted dates the first, and each that is further than `lookback_days` from the one kept before it."""

    def keep(kept: Column, day: Column) -> Column:
        near = f.coalesce(_near(f.try_element_at(kept, f.lit(-1)), day, lookback_days), f.lit(False))
        return f.when(near, kept).otherwise(f.concat(kept, f.array(day)))

    return f.aggregate(dates, f.array().cast("array<date>"), keep)


def _near(day: Column, other: Column, lookback_days: int) -> Column:
    return f.abs(f.datediff(day, other)) <= lookback_days
