"""What drift is computed of: articles by bin and by source, each counted by Spark in one pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

NAMES_TOLD = 20  # of sources
LONGEST_NAME = 100
Histograms = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Sources:
    """What became of the regular sources on a date.

    Attributes:
        vanished: how many have no article.
        expected: how many of them would have none by chance, each missing as often as it did before.
        spread: the standard deviation of that number.
        some: names of those that have none, the first twenty of them.
    """

    vanished: int
    expected: float
    spread: float
    some: tuple[str, ...]


def histograms(labels: DataFrame, edges: Mapping[str, Sequence[float]]) -> dict[date, Histograms]:
    """How many articles of each crawl date lie in each bin, as `newslabel.evaluate.metrics.histogram` has it.

    Args:
        labels: the labels of some dates.
        edges: of the bins of a column, rising, by its name.

    Returns:
        By date and column int64 (bins,); articles where the column is null are in none.
    """
    bins = (f.struct(f.lit(name).alias("column"), _bin(name, its).alias("bin")) for name, its in edges.items())
    counted = (
        labels.select("crawl_date", f.inline(f.array(*bins)))
        .where(f.col("bin").isNotNull())
        .groupBy("crawl_date", "column", "bin")
        .count()
        .collect()
    )
    found: dict[date, Histograms] = {
        row.crawl_date: {name: np.zeros(len(its) - 1, np.int64) for name, its in edges.items()} for row in counted
    }
    for row in counted:
        found[row.crawl_date][row.column][row.bin] = row["count"]
    return found


def missing_sources(articles: DataFrame, day: date, window: Sequence[date], regular_share: float) -> Sources:
    """Which sources had articles on most dates before, and have none now.

    Args:
        articles: of the day and the window, at least.
        day: the crawl date.
        window: the dates before it, one at least.
        regular_share: on so large a share of them a regular source had articles.
    """
    is_now = f.col("crawl_date") == f.lit(day)
    dates_before = f.count_distinct(f.when(~is_now, f.col("crawl_date")))
    missed = 1 - f.col("dates_before") / len(window)
    name = f.when(~f.col("is_there"), f.left("source", f.lit(LONGEST_NAME)))
    (row,) = (
        articles.where(f.col("source").isNotNull() & f.col("crawl_date").isin([*window, day]))
        .groupBy("source")
        .agg(f.max(is_now).alias("is_there"), dates_before.alias("dates_before"))
        .where(f.col("dates_before") >= regular_share * len(window))
        .agg(
            f.count_if(~f.col("is_there")).alias("vanished"),
            f.coalesce(f.sum(missed), f.lit(0.0)).alias("expected"),
            f.coalesce(f.sum(missed * (1 - missed)), f.lit(0.0)).alias("variance"),
            f.slice(f.sort_array(f.collect_list(name)), 1, NAMES_TOLD).alias("some"),
        )
        .collect()
    )
    return Sources(row.vanished, row.expected, float(np.sqrt(row.variance)), tuple(row.some))


def _bin(name: str, edges: Sequence[float]) -> Column:
    """The number of a value's bin, from 0; what lies beyond the outer edges is in the outer bins."""
    # shares are float32 in the examples of which references are made: 3 of 10 is then on the other side of an edge
    value = f.col(name).cast("float").cast("double") if name == "unknown_share" else f.col(name).cast("double")
    return f.when(value.isNotNull(), _bin_between(value, edges, 0, len(edges) - 2))


def _bin_between(value: Column, edges: Sequence[float], lowest: int, highest: int) -> Column:
    """The bin from the lowest to the highest by halving: three times as fast as to compare with all edges."""
    if lowest == highest:
        return f.lit(lowest)
    middle = (lowest + highest + 1) // 2
    below, above = (lowest, middle - 1), (middle, highest)
    return f.when(value < edges[middle], _bin_between(value, edges, *below)).otherwise(
        _bin_between(value, edges, *above)
    )
