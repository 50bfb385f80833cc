"""One partition's labels: computed once, then written in one commit if nobody was faster."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from py4j.protocol import Py4JError
from pyspark.errors import PythonException
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from newslabel.errors import BundleError, TableError
from newslabel.logs import log_event, run_id
from newslabel.models import Version
from newslabel.score.due import PartitionState
from newslabel.score.label_tables import NO_TABLE, LabelTables
from newslabel.score.request import ScoreRequest
from newslabel.score.udf import label_udf
from newslabel.score.versions import Versions, champion_of
from newslabel.spark_errors import ConflictError, map_spark_errors

TRIES = 5  # of a partition at which other jobs write at the same time
ROWS_PER_FILE = 1_000_000
ARTICLES_PER_TASK = 1_000  # at least: below that, handing out tasks costs more than it gains


@dataclass(frozen=True)
class Labelled:
    """What became of one partition; `version` is None where another run labelled it."""

    version: str | None = None
    labels: Mapping[str, int] = field(default_factory=dict)


class Labelling:
    """Labels partitions, one after the other.

    Args:
        tables: articles and labels.
        versions: names the champion.
        request: what is to be labelled.
        as_of: the newest commit to the labels when their states were found.
    """

    def __init__(self, tables: LabelTables, versions: Versions, request: ScoreRequest, *, as_of: int) -> None:
        self._tables = tables
        self._versions = versions
        self._request = request
        # up to here all commits were ours, since the states were found
        self._as_of = as_of

    def label(self, state: PartitionState) -> Labelled:
        """Labels one partition, again from the start where another run changed it, or the champion changed, meanwhile.

        Args:
            state: as it was found.

        Raises:
            ConflictError: others changed it each time.
            TransientError: Spark's JVM is gone.
        """
        for _ in range(TRIES):
            with map_spark_errors(f"the labels of {state.crawl_date}"):
                done = self._attempt(state)
            if done:
                return done
            state = self._tables.state(state.crawl_date)
            log_event("partition_changed_meanwhile", crawl_date=state.crawl_date, still_due=state.is_due)
            if not self._request.wants(state, self._version().number):
                return Labelled()
        raise ConflictError(f"other jobs kept writing the labels of {state.crawl_date}; try again when they are done")

    def _attempt(self, state: PartitionState) -> Labelled | None:
        """None where what was labelled may not be written any more."""
        version = self._version()
        day = state.crawl_date
        with _kept(self._rows(state, version)) as rows:
            labels = _counts(rows, version)
            commits = self._tables.version()
            if self._as_of == NO_TABLE and self._tables.is_own:
                self._as_of = 0
            # labelling took its time: a run that was faster, or a promotion, must not be undone
            if not self._has_same_labels(state, commits) or self._version() != version:
                return None
            try:
                self._tables.replace(day, rows.coalesce(1 + sum(labels.values()) // ROWS_PER_FILE))
            except ConflictError:
                return None
        after = self._tables.version()
        if after > commits + 1 and self._is_outdated(day, version):
            return self._attempt(self._tables.state(day))
        if labels and (self._as_of, after) == (commits, commits + 1):  # to clear what is empty may be no commit
            self._as_of = after
        log_event("partition_labelled", crawl_date=day, version=version.number, labels=labels)
        return Labelled(version.number, labels)

    def _has_same_labels(self, state: PartitionState, commits: int) -> bool:
        """Whether nobody wrote the date's labels since it was found so; to look costs half of a small date's time."""
        return commits == self._as_of or self._tables.state(state.crawl_date).has_same_labels(state)

    def _is_outdated(self, day: date, version: Version) -> bool:
        """Whether what was written may have taken the place of what another run wrote after the last look at it."""
        return self._tables.state(day).is_due or self._version() != version

    def _rows(self, state: PartitionState, version: Version) -> DataFrame:
        udf = label_udf(version.bundle_uri, self._tables.settings.score.cache, self._request.explain)
        articles = self._tables.articles(state.crawl_date, state.crawl_date)
        scored = _spread(articles, state.articles.count).withColumn("scored", udf("title", "text", "author"))
        return scored.select(
            *("article_id", "story_id", "crawl_date"),
            *(f"scored.{name}" for name in ("label", "probability", "reason", "n_tokens", "unknown_share", "why")),
            f.lit(version.recipe).alias("recipe"),
            f.lit(version.number).alias("model_version"),
            f.lit(datetime.now(UTC)).alias("scored_at"),
            f.lit(run_id()).alias("run_id"),
        )

    def _version(self) -> Version:
        return self._tables.challenger or champion_of(self._versions, self._tables.settings)


def tasks_of(count: int, cores: int) -> int:
    """In how many tasks so many articles are labelled."""
    return min(cores, max(count // ARTICLES_PER_TASK, 1))


def _spread(articles: DataFrame, count: int) -> DataFrame:
    """The articles in as many tasks as there are cores: a file, however many articles it holds, may be read by one."""
    tasks = tasks_of(count, articles.sparkSession.sparkContext.defaultParallelism)
    with map_spark_errors("articles"):
        if tasks == 1 or len(articles.inputFiles()) >= tasks:
            return articles
        return articles.repartition(tasks, "article_id")


@contextmanager
def _kept(rows: DataFrame) -> Iterator[DataFrame]:
    """The rows, computed once: what is counted and what is written are the same."""
    kept = rows.persist()
    try:
        yield kept
    finally:
        with suppress(Py4JError, ConnectionError):  # where Spark is gone, that is what has to be said
            kept.unpersist()


def _counts(rows: DataFrame, version: Version) -> dict[str, int]:
    try:
        with map_spark_errors("labels"):
            return dict(sorted((row["label"], row["count"]) for row in rows.groupBy("label").count().collect()))
    except TableError as error:
        if not isinstance(error.__cause__, PythonException):
            raise
        # of a worker's traceback the last line says what happened
        reason = str(error.__cause__).strip().splitlines()[-1].strip()
        raise BundleError(f"a worker could not label: {reason}. Received: {version.bundle_uri!r}") from error
