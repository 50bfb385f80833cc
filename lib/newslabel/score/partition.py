"""One partition's labels, made and written in one commit, if nobody was faster."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

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

    def label(self, state: PartitionState) -> str | None:
        """Labels one partition, again from the start where another run changed it, or the champion changed, meanwhile.

        Args:
            state: as it was found.

        Returns:
            The number of the version that labelled, or None where another run did.

        Raises:
            ConflictError: others changed it each time.
            TransientError: Spark's JVM is gone.
        """
        for _ in range(TRIES):
            began = time.monotonic()
            with map_spark_errors(f"the labels of {state.crawl_date}"):
                version = self._attempt(state)
            if version:
                return version.number
            state = self._tables.state(state.crawl_date)
            lost_s = round(time.monotonic() - began, 1)
            log_event("partition_changed_meanwhile", crawl_date=state.crawl_date, still_due=state.is_due, lost_s=lost_s)
            if not self._request.wants(state, self._version().number):
                return None
        raise ConflictError(f"other jobs kept writing the labels of {state.crawl_date}; try again when they are done")

    def _attempt(self, state: PartitionState) -> Version | None:
        """None where nothing was written, or no more than what is gone again: it is to be looked at anew.

        Delta's transaction begins before the first article is labelled, and fails where one that wrote the same date
        ended meanwhile. So there is no need to hold the labels back for a last look, in a second pass over them.
        """
        version, day = self._version(), state.crawl_date
        labels = self._rows(state, version)  # first, as a bundle that is damaged leaves not even a table behind
        commits = self._tables.version()
        if self._as_of == NO_TABLE and self._tables.is_own:
            self._as_of = 0
        if not self._has_same_labels(state, commits):
            return None
        try:
            with _worker_errors(version):
                self._tables.replace(day, labels)
        except ConflictError:
            return None
        after = self._tables.version()
        if self._version() != version:
            # at once, not when it is labelled again: killed amid that, the date must be as due as it was
            self._tables.put_back(day, commits)
            return None
        if after > commits + 1 and self._tables.state(day).is_due:
            return None
        if state.articles.count and (self._as_of, after) == (commits, commits + 1):  # to clear may be no commit
            self._as_of = after
        log_event("partition_labelled", crawl_date=day, version=version.number, articles_due=state.articles.count)
        return version

    def _has_same_labels(self, state: PartitionState, commits: int) -> bool:
        """Whether nobody wrote the date's labels since it was found so; to look costs half of a small date's time."""
        return commits == self._as_of or self._tables.state(state.crawl_date).has_same_labels(state)

    def _rows(self, state: PartitionState, version: Version) -> DataFrame:
        udf = label_udf(version.bundle_uri, self._tables.settings.score.cache, self._request.explain)
        articles = self._tables.articles(state.crawl_date, state.crawl_date)
        scored = _spread(articles, state.articles.count).withColumn("scored", udf("title", "text", "author"))
        labels = scored.select(
            *("article_id", "story_id", "crawl_date"),
            *(f"scored.{name}" for name in ("label", "probability", "reason", "n_tokens", "unknown_share", "why")),
            f.lit(version.recipe).alias("recipe"),
            f.lit(version.number).alias("model_version"),
            f.lit(datetime.now(UTC)).alias("scored_at"),
            f.lit(run_id()).alias("run_id"),
        )
        return _gathered(labels, state.articles.count)

    def _version(self) -> Version:
        return self._tables.challenger or champion_of(self._versions, self._tables.settings)


def tasks_of(count: int, cores: int) -> int:
    """In how many tasks so many articles are labelled."""
    return min(cores, max(count // ARTICLES_PER_TASK, 1))


def _spread(articles: DataFrame, count: int) -> DataFrame:
    """The articles in as many tasks as there are cores: a file, however many articles it holds, may be read by one."""
    tasks = tasks_of(count, _cores(articles))
    with map_spark_errors("articles"):
        if tasks == 1 or len(articles.inputFiles()) >= tasks:
            return articles
        return articles.repartition(tasks, "article_id")


def _gathered(labels: DataFrame, count: int) -> DataFrame:
    """The labels, from however many tasks, in few files."""
    files = 1 + count // ROWS_PER_FILE
    # to coalesce makes tasks fewer, those that label among them: with one core alone that costs nothing
    return labels.coalesce(files) if _cores(labels) == 1 else labels.repartition(files, "article_id")


def _cores(rows: DataFrame) -> int:
    return rows.sparkSession.sparkContext.defaultParallelism


@contextmanager
def _worker_errors(version: Version) -> Iterator[None]:
    """What a worker says that cannot label is the bundle's fault."""
    try:
        yield
    except TableError as error:
        failure = error.__cause__
        while failure is not None and not isinstance(failure, PythonException):
            failure = getattr(failure, "_cause", None)  # of Spark's errors: what stood behind it in the JVM
        if failure is None:
            raise
        # of a worker's traceback the last line says what happened
        reason = str(failure).strip().splitlines()[-1].strip()
        raise BundleError(f"a worker could not label: {reason}. Received: {version.bundle_uri!r}") from error
