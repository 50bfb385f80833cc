"""What score_articles would do, and how long that would take, without doing it (--dry-run)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from pyspark.sql import SparkSession

from newslabel.models import Registry
from newslabel.recipes import TEXT_FIELDS
from newslabel.score.partition import tasks_of
from newslabel.score.request import ScoreRequest
from newslabel.score.scorer import load_scorer
from newslabel.score.versions import Versions, champion_of
from newslabel.score.why import check_explain
from newslabel.score.worklist import Worklist, worklist
from newslabel.settings import Settings
from newslabel.spark_errors import map_spark_errors

SAMPLE = 200  # articles that are scored to see how long one takes
# Spark's and Delta's own work: of a run that finds something due, drift included; of a date of a few articles; of an
# article that is read and written
SECONDS_A_RUN = 12.0
SECONDS_A_DATE = 1.2
SECONDS_AN_ARTICLE = 60e-6


@dataclass(frozen=True)
class ScorePlan:
    """What is due.

    Attributes:
        version: the number of the version that would label.
        partitions: of each date that would be labelled how many articles it has, and how many labels now.
        seconds: how long that would take, about.
    """

    version: str
    partitions: Sequence[tuple[date, int, int]]
    seconds: float

    @property
    def articles(self) -> int:
        """How many articles would be labelled."""
        return sum(articles for _, articles, _ in self.partitions)

    def facts(self) -> list[tuple[str, str | int | float]]:
        """What is to be shown, name and value."""
        return [
            ("model version", self.version),
            ("partitions", len(self.partitions)),
            ("articles", self.articles),
            ("seconds, about", self.seconds),
        ]


def plan_scoring(
    spark: SparkSession, settings: Settings, request: ScoreRequest, *, registry: Versions | None = None
) -> ScorePlan:
    """What `score_articles` would label now, and for how long; it writes nothing.

    The time is told by a few of the articles, which this process scores, and the number of cores.

    Args:
        spark: the session.
        settings: of the corpus.
        request: which partitions, by which version.
        registry: names the versions; default: the settings' MLflow.

    Raises:
        TableError: there is no articles table.
        BundleError: there is no champion, or its bundle cannot be used.
        SettingsError: no such version, or so many words are not told.
        NoArticlesOutcome: the one date asked for has no articles.
        TransientError: the registry does not answer.
    """
    check_explain(request.explain)
    versions = registry or Registry(settings)
    found = worklist(spark, settings, request, versions)
    version = found.tables.challenger or champion_of(versions, settings)
    seconds = (SECONDS_A_RUN + SECONDS_A_DATE * len(found.due)) if found.due else 0.0
    articles = sum(state.articles.count for state in found.due)
    if articles:
        an_article = _seconds_to_score(found, version.bundle_uri, request.explain) + SECONDS_AN_ARTICLE
        cores = spark.sparkContext.defaultParallelism
        seconds += sum(an_article * each.articles.count / tasks_of(each.articles.count, cores) for each in found.due)
    partitions = [(state.crawl_date, state.articles.count, state.labels.count) for state in found.due]
    return ScorePlan(version.number, partitions, seconds)


def _seconds_to_score(found: Worklist, bundle_uri: str, explain: int) -> float:
    """Of one of the due articles, by one core."""
    largest = max(found.due, key=lambda state: state.articles.count).crawl_date
    with map_spark_errors("articles"):
        sample = found.tables.articles(largest, largest).select(*TEXT_FIELDS).limit(SAMPLE).toArrow()
    pa.set_cpu_count(1)  # as in a worker
    scorer = load_scorer(bundle_uri, found.tables.settings.score.cache)
    fields = {name: sample[name] for name in TEXT_FIELDS}
    scorer.label(fields, explain)  # compiles
    began = time.perf_counter()
    scorer.label(fields, explain)
    return (time.perf_counter() - began) / len(sample)
