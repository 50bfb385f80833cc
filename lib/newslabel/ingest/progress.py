"""How far Spark is with a piece of work, shown while it works."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pyspark import StatusTracker
from pyspark.sql import SparkSession

from newslabel.logs import progress

LOOK_EVERY_S = 1.0


@contextmanager
def tasks_shown(spark: SparkSession, description: str, n_tasks: int) -> Iterator[None]:
    """Shows how many of a stage's tasks are done, while the block has Spark work at it.

    Args:
        spark: the session.
        description: what is being done, a few words; Spark's UI shows it too.
        n_tasks: the tasks of the longest stage that the block starts.
    """
    group = uuid.uuid4().hex
    ended = threading.Event()
    context = spark.sparkContext
    context.setJobGroup(group, description)
    with progress(description, n_tasks) as advance:
        watcher = threading.Thread(target=_watch, args=(context.statusTracker(), group, advance, ended), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()
            context._jsc.clearJobGroup()  # noqa: SLF001 - PySpark can set a group, and not clear it


def _watch(tracker: StatusTracker, group: str, advance: Callable[[int], None], ended: threading.Event) -> None:
    shown = 0
    over = False
    while not over:
        over = ended.wait(LOOK_EVERY_S)  # after the end one more look, for what was done last
        done = _done(tracker, group)
        if done > shown:
            advance(done - shown)
            shown = done


def _done(tracker: StatusTracker, group: str) -> int:
    jobs = [job for number in tracker.getJobIdsForGroup(group) if (job := tracker.getJobInfo(number))]
    stages = [stage for job in jobs for number in job.stageIds if (stage := tracker.getStageInfo(number))]
    return max((stage.numCompletedTasks for stage in stages), default=0)
