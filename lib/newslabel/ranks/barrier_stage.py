"""Ranks in a barrier stage of Spark, all of them at once or none: each task starts a process, and those join Horovod.

In place of horovod.spark.run, which takes longer to start and end, and takes Ctrl-C from its caller.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import partial
from threading import Thread
from typing import Any
from uuid import uuid4

from py4j.protocol import Py4JError
from pyspark import cloudpickle
from pyspark.sql import SparkSession

from newslabel.errors import SettingsError, TableError, TransientError, os_errors_as
from newslabel.ranks.rank_process import RankLostError
from newslabel.ranks.rank_task import STARTED, run_rank
from newslabel.spark_errors import LostProcessError, map_spark_errors

SECONDS_BETWEEN_LOOKS = 0.5


def launch(
    spark: SparkSession,
    function: Callable[..., Any],
    arguments: Sequence[Any],
    workers: int,
    start_timeout_s: int,
    while_waiting: Callable[[], None],
) -> list[Any]:
    """What each rank returned, or its RankFailure; arguments and errors as `run_on_horovod` has them."""
    work = cloudpickle.dumps((function, tuple(arguments)))  # type: ignore[no-untyped-call]
    # a thread of its own for Spark's job, so that this one can report, and hear Ctrl-C
    with _meeting_place(spark) as place, ThreadPoolExecutor(1) as pool:
        group = f"ranks-{uuid4().hex}"
        known = "127.0.0.1" if is_local(spark) else str(spark.conf.get("spark.driver.host"))
        rank = partial(run_rank, known, place.server_address[1], work, start_timeout_s)
        running = pool.submit(_collected, spark, group, workers, rank)
        deadline = time.monotonic() + start_timeout_s
        try:
            while not wait([running], SECONDS_BETWEEN_LOOKS).done:
                while_waiting()
                if STARTED not in place.cache:
                    _check_time(deadline, start_timeout_s, workers)
            while_waiting()
        except BaseException:
            _cancel(spark, group, running)
            raise
    try:
        with map_spark_errors("the ranks"):
            return running.result()
    except (TableError, LostProcessError) as error:  # Spark itself lives, and lost a task or its host
        raise RankLostError(f"Spark lost the task of a rank: {error}") from error


def _check_time(deadline: float, start_timeout_s: int, workers: int) -> None:
    if time.monotonic() > deadline:
        raise TransientError(f"Spark did not start all ranks within {start_timeout_s} s. Received: {workers} ranks")


def is_local(spark: SparkSession) -> bool:
    """Whether all of Spark is on this host."""
    return str(spark.sparkContext.master).startswith("local")


@contextmanager
def _meeting_place(spark: SparkSession) -> Iterator[Any]:
    """The server where ranks tell each other their addresses; where all are on this host, nobody else reaches it."""
    from horovod.runner.http.http_server import RendezvousHandler, RendezvousHTTPServer

    bound = "127.0.0.1" if is_local(spark) else spark.conf.get("spark.driver.bindAddress", "")
    with os_errors_as(SettingsError, "spark.driver.bindAddress must be an address of this host", str(bound)):
        server = RendezvousHTTPServer((bound, 0), RendezvousHandler, verbose=0)
    serving = Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield server
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def _collected(spark: SparkSession, group: str, workers: int, rank: Callable[[], Any]) -> list[Any]:
    context = spark.sparkContext
    context.setJobGroup(group, "the ranks of a training", interruptOnCancel=True)
    tasks = context.parallelize(range(workers), workers).barrier()
    found: list[Any] = tasks.mapPartitions(lambda _: [rank()]).collect()
    return found


def _cancel(spark: SparkSession, group: str, running: "Future[list[Any]]") -> None:
    """Ends the ranks' job, which may be yet to start."""
    while not running.done():
        with suppress(Py4JError, ConnectionError):
            spark.sparkContext.setLogLevel("ERROR")  # Spark would warn of every task that ends as it is asked to
            spark.sparkContext._jsc.sc().cancelJobGroupAndFutureJobs(group)  # noqa: SLF001 - no public way to the latter
        wait([running], SECONDS_BETWEEN_LOOKS)
