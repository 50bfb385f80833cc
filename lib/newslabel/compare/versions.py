"""Two versions of a model on the same articles: where they agree, where not, and who is right where a person knows."""

from datetime import date, datetime
from functools import reduce
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from scipy.stats import binomtest

from newslabel.compare.version_figures import Judged, VersionsCompared
from newslabel.errors import DataError, SettingsError
from newslabel.evaluate.uncertainty import Interval, mcnemar
from newslabel.models import Registry, Version
from newslabel.models.bundle import Bundle, load_bundle
from newslabel.schemas import ARTICLES, LABELS, SHADOW_LABELS
from newslabel.score.label_tables import of_dates
from newslabel.score.versions import Versions, champion_of
from newslabel.settings import Settings
from newslabel.spark_errors import map_spark_errors
from newslabel.table_making import exists
from newslabel.tables import read_table, table_path

CHAMPION = "champion"
SHOWN_CHARACTERS = 160  # of a text


def compare_models(  # noqa: PLR0913 - the options of a command line
    spark: SparkSession,
    settings: Settings,
    first_version: str,
    second_version: str,
    *,
    first: date | None = None,
    last: date | None = None,
    rows: int = 10,
    registry: Versions | None = None,
) -> VersionsCompared:
    """Holds two versions against each other on the articles that both labelled, into `labels` or `shadow_labels`.

    Args:
        spark: the session.
        settings: of the corpus.
        first_version: a version's number, "latest" or "champion".
        second_version: the same of the other.
        first: the first crawl date, None for all.
        last: the last crawl date, None for all.
        rows: of sources and of disagreements, at most.
        registry: names the versions; default: the settings' MLflow.

    Raises:
        SettingsError: no such version, or one and the same; or they tell different classes apart.
        BundleError: a bundle cannot be used, or there is no champion.
        TableError: there are no articles.
        DataError: there is no article that both labelled.
        TransientError: the registry does not answer.
    """
    versions = registry or Registry(settings)
    one, other = (_version(versions, settings, which) for which in (first_version, second_version))
    if one.number == other.number:
        raise SettingsError(f"a version agrees with itself; name two. Received: {one.number!r} twice")
    bundles = [load_bundle(version.bundle_uri, Path(settings.score.cache)) for version in (one, other)]
    positive = _positive_class(bundles)
    since = _made_last(bundles, settings.crawl.zone)
    with map_spark_errors("labels"):
        known_before = of_dates(_articles(spark, settings), None, since).select("article_id").distinct()
        both = _both(spark, settings, (one.number, other.number), first, last).persist()
        try:
            counted = both.groupBy("first_label", "second_label").count().collect()
            if not counted:
                raise _nothing_in_common(spark, settings, (one.number, other.number))
            return VersionsCompared(
                first=one.number,
                second=other.number,
                counts={(row[0], row[1]): row[2] for row in counted},
                sources=_sources(both, positive, rows),
                disagreements=_disagreements(both, rows),
                judged=_judged(both, known_before, since),
                positive=positive,
            )
        finally:
            both.unpersist()


def _version(versions: Versions, settings: Settings, which: str) -> Version:
    return champion_of(versions, settings) if which == CHAMPION else versions.version(which)


def _positive_class(bundles: list[Bundle]) -> str:
    one, other = (bundle.recipe.classes for bundle in bundles)
    if one != other:
        raise SettingsError(
            f"the versions tell different classes apart. Received: {', '.join(one.names)} and {', '.join(other.names)}"
        )
    return one.positive


def _both(
    spark: SparkSession, settings: Settings, numbers: tuple[str, str], first: date | None, last: date | None
) -> DataFrame:
    """The articles that both labelled, with what each said."""
    one, other = (
        of_dates(_labels_of(spark, settings, number), first, last)
        .dropDuplicates(["article_id", "crawl_date"])
        .select(
            "article_id",
            "crawl_date",
            f.col("label").alias(f"{name}_label"),
            f.col("probability").alias(f"{name}_probability"),
        )
        for number, name in zip(numbers, ("first", "second"), strict=True)
    )
    article = f.substring(f.concat_ws(". ", "title", "text"), 1, SHOWN_CHARACTERS).alias("article")
    articles = of_dates(_articles(spark, settings), first, last).select(
        "article_id", "crawl_date", "source", "label", article
    )
    return articles.join(one, ["article_id", "crawl_date"]).join(other, ["article_id", "crawl_date"])


def _articles(spark: SparkSession, settings: Settings) -> DataFrame:
    return read_table(spark, table_path(settings, ARTICLES), ARTICLES)


def _labels_of(spark: SparkSession, settings: Settings, number: str) -> DataFrame:
    """What a version labelled: as champion, or beside it, or both."""
    contracts = [each for each in (LABELS, SHADOW_LABELS) if exists(spark, table_path(settings, each))]
    tables = [read_table(spark, table_path(settings, each), each) for each in contracts]
    if not tables:
        raise DataError(f"no article is labelled yet: score_articles does it. Received: version {number}")
    return reduce(DataFrame.unionByName, tables).where(f.col("model_version") == number)


def _nothing_in_common(spark: SparkSession, settings: Settings, numbers: tuple[str, str]) -> DataError:
    idle = [number for number in numbers if _labels_of(spark, settings, number).isEmpty()]
    mend = f": score_articles --model {idle[0]} labels them into shadow_labels" if idle else ", of these dates"
    return DataError(f"there are no articles that both versions labelled{mend}. Received: {' and '.join(numbers)}")


def _sources(both: DataFrame, positive: str, rows: int) -> list[tuple[str, int, float, float]]:
    shares = [f.avg((f.col(f"{name}_label") == positive).cast("double")) for name in ("first", "second")]
    by_source = both.groupBy(f.coalesce("source", f.lit("unknown")).alias("source")).agg(
        f.count("*").alias("articles"), shares[0].alias("first"), shares[1].alias("second")
    )
    moved = f.abs(f.col("first") - f.col("second")) * f.col("articles")
    return [tuple(row) for row in by_source.orderBy(moved.desc(), "source").limit(rows).collect()]


def _disagreements(both: DataFrame, rows: int) -> list[tuple[Any, ...]]:
    """Those that lie farthest apart first."""
    said = [f"{name}_{what}" for name in ("first", "second") for what in ("label", "probability")]
    apart = f.abs(f.col("first_probability") - f.col("second_probability"))
    return [
        tuple(row)
        for row in both.where(f.col("first_label") != f.col("second_label"))
        .orderBy(apart.desc_nulls_last(), "crawl_date", "article_id")
        .select("crawl_date", f.coalesce("source", f.lit("unknown")), "article", *said)
        .limit(rows)
        .collect()
    ]


def _judged(both: DataFrame, known_before: DataFrame, since: date) -> Judged | None:
    """Of articles that are newer than both versions, and were not crawled before: else they may have trained one."""
    is_new = f.col("label").isNotNull() & (f.col("crawl_date") > f.lit(since))
    new = both.where(is_new).join(known_before, "article_id", "left_anti")
    right = [(f.col(f"{name}_label") == f.col("label")).alias(name) for name in ("first", "second")]
    counted = new.select(*right).groupBy("first", "second").count().collect()
    counts = {(row["first"], row["second"]): row["count"] for row in counted}
    articles = sum(counts.values())
    if not articles:
        return None
    # as many of each kind as there are: McNemar's test looks at counts alone
    first, second = (np.repeat([key[place] for key in counts], list(counts.values())) for place in range(2))
    return Judged(since, articles, _accuracy(first), _accuracy(second), mcnemar(first, second))


def _accuracy(is_right: np.ndarray) -> Interval:
    right = int(is_right.sum())
    bounds = binomtest(right, len(is_right)).proportion_ci(method="wilson")
    return Interval(right / len(is_right), float(bounds.low), float(bounds.high))


def _made_last(bundles: list[Bundle], zone: ZoneInfo) -> date:
    """The day, as crawl dates have it, on which the later of the bundles was made."""
    return max(datetime.fromisoformat(bundle.manifest.made_at).astimezone(zone).date() for bundle in bundles)
