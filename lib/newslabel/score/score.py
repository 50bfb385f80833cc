"""The nightly job: labels every partition that is due, whatever else runs beside it."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from newslabel.logs import progress
from newslabel.models import Registry
from newslabel.recipes import UNSURE
from newslabel.schemas import REJECTED
from newslabel.score.drift import watch_partitions
from newslabel.score.drift_tables import Alert
from newslabel.score.partition import Labelling
from newslabel.score.request import ScoreRequest
from newslabel.score.versions import Versions
from newslabel.score.why import check_explain
from newslabel.score.worklist import worklist
from newslabel.settings import Settings
from newslabel.spark_errors import map_spark_errors
from newslabel.table_making import exists
from newslabel.tables import read_table, table_path


@dataclass(frozen=True)
class ScoreSummary:
    """What was labelled.

    Attributes:
        version: the model version that labelled, or None where nothing was due.
        partitions: how many were labelled.
        cleared: how many of them have no articles any more.
        left_to_others: how many turned out to have been labelled by another run meanwhile.
        labels: articles by label, UNSURE among them.
        rejected: records of these dates that were not taken in as articles.
        alerts: what has drifted, see `watch_partitions`.
        cores: that it ran on.
        seconds: how long it all took.
    """

    version: str | None = None
    partitions: int = 0
    cleared: int = 0
    left_to_others: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)
    rejected: int = 0
    alerts: tuple[Alert, ...] = ()
    cores: int = 1
    seconds: float = 0.0

    @property
    def articles(self) -> int:
        """How many articles were labelled."""
        return sum(self.labels.values())

    @property
    def unsure(self) -> int:
        """How many of them are UNSURE."""
        return self.labels.get(UNSURE, 0)

    @property
    def articles_per_second(self) -> float:
        """Of the whole run."""
        return self.articles / self.seconds if self.seconds else 0.0

    def facts(self) -> list[tuple[str, str | int | float]]:
        """What is to be shown, name and value."""
        by_label = [(f"  {label}", count) for label, count in self.labels.items()]
        return [
            ("model version", self.version or "none: nothing was due"),
            ("partitions", self.partitions),
            ("  of them cleared", self.cleared),
            ("  labelled by another run", self.left_to_others),
            ("articles", self.articles),
            *by_label,
            ("rejected records", self.rejected),
            ("alerts of drift", len(self.alerts)),
            ("seconds", self.seconds),
            ("articles/s", self.articles_per_second),
            ("articles/s/core", self.articles_per_second / self.cores),
        ]


def score_articles(
    spark: SparkSession, settings: Settings, request: ScoreRequest | None = None, *, registry: Versions | None = None
) -> ScoreSummary:
    """Labels the due partitions with the champion, and computes how far their labels have drifted.

    Killed and started again, or started twice, it leaves the same labels: a partition is written whole, in one commit,
    which fails where another run wrote the same labels meanwhile; and where another version became champion meanwhile,
    it is labelled again.

    Args:
        spark: the session.
        settings: of the corpus.
        request: which partitions, by which version; default: those that are due, by the champion.
        registry: names the versions; default: the settings' MLflow.

    Raises:
        TableError: there is no articles table, or a table cannot be written.
        BundleError: there is no champion, or its bundle cannot be used.
        SettingsError: no such version, or so many words are not told.
        NoArticlesOutcome: the one date asked for has no articles.
        TransientError: the registry does not answer, or other jobs kept writing the same partition.
    """
    started = time.monotonic()
    wanted = request or ScoreRequest()
    check_explain(wanted.explain)
    versions = registry or Registry(settings)
    found = worklist(spark, settings, wanted, versions)
    labelling = Labelling(found.tables, versions, wanted, as_of=found.as_of)
    with progress("articles labelled", sum(state.articles.count for state in found.due)) as advance:
        done: dict[date, str | None] = {}
        for state in found.due:
            done[state.crawl_date] = labelling.label(state)
            advance(state.articles.count)
    labels_of = found.tables.label_counts([day for day, version in done.items() if version])
    alerts: tuple[Alert, ...] = ()
    if not found.tables.challenger:  # versions that are not champion are not watched
        alerts = watch_partitions(spark, settings, versions, first=wanted.first, last=wanted.last)
    return _summary(
        done,
        labels_of,
        alerts=alerts,
        rejected=_rejected(spark, settings, list(done)),
        cores=spark.sparkContext.defaultParallelism,
        seconds=time.monotonic() - started,
    )


def _rejected(spark: SparkSession, settings: Settings, days: Sequence[date]) -> int:
    """How many records of those dates were not taken in; where one has no date, the day of its ingestion counts."""
    path = table_path(settings, REJECTED)
    if not days or not exists(spark, path):
        return 0
    with map_spark_errors(path):
        rejected = read_table(spark, path, REJECTED)
        return rejected.where(f.coalesce("crawl_date", "ingest_date").isin(list(days))).count()


def _summary(
    done: Mapping[date, str | None],
    labels_of: Mapping[date, Mapping[str, int]],
    *,
    alerts: tuple[Alert, ...],
    rejected: int,
    cores: int,
    seconds: float,
) -> ScoreSummary:
    versions = [version for version in done.values() if version]
    labels: Counter[str] = Counter()
    for counts in labels_of.values():
        labels.update(counts)
    return ScoreSummary(
        version=versions[-1] if versions else None,
        partitions=len(versions),
        cleared=len(versions) - len(labels_of),
        left_to_others=len(done) - len(versions),
        labels=dict(sorted(labels.items())),
        rejected=rejected,
        alerts=alerts,
        cores=cores,
        seconds=seconds,
    )
