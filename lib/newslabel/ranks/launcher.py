"""Starts ranks on Horovod in Spark's tasks."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession

from newslabel.errors import SettingsError, TransientError
from newslabel.ranks.barrier_stage import SECONDS_BETWEEN_LOOKS, is_local, launch
from newslabel.ranks.rank_process import RankFailure, RankLostError
from newslabel.spark_errors import map_spark_errors

SECONDS_FOR_ROOM = 10.0
# what ranks tell, or end by, that lost another one
CONSEQUENCES = ("Horovod has been shut down", "SIGABRT")


def run_on_horovod(
    spark: SparkSession,
    function: Callable[..., Any],
    arguments: Sequence[Any],
    *,
    workers: int,
    start_timeout_s: int,
    while_waiting: Callable[[], None],
) -> list[Any]:
    """Calls a function in so many ranks, each a process in a Spark task.

    Args:
        spark: the session on whose cores the ranks run.
        function: a top-level function that initializes Horovod; its package must be installed on the executors.
        arguments: plain values.
        workers: how many ranks.
        start_timeout_s: how long Spark may take to start them all.
        while_waiting: called twice a second meanwhile.

    Returns:
        What each rank returned, in the order of the ranks.

    Raises:
        SettingsError: Spark has fewer free cores.
        NewslabelError: what a rank raised.
        RankLostError: a rank was killed.
        TransientError: they could not be started in time.
        RuntimeError: a rank failed in any other way; its traceback is the message.
    """
    check_room(spark, workers)
    before = cores_of(spark).free
    try:
        results = launch(spark, function, arguments, workers, start_timeout_s, while_waiting)
    except (TransientError, KeyboardInterrupt):
        # were Spark stopped while the ranks' tasks still end, they would say so with a page of Java
        with suppress(TransientError):  # there may be no Spark any more
            _wait_for(lambda: cores_of(spark).free >= before)
        raise
    _raise_first([result for result in results if isinstance(result, RankFailure)])
    return results


@dataclass(frozen=True)
class Cores:
    """How many tasks Spark can run at a time, and how many more it could start now."""

    total: int
    free: int


def cores_of(spark: SparkSession) -> Cores:
    """The cores of the executors that have come so far, counted in tasks.

    Raises:
        TransientError: Spark's JVM is gone.
    """
    with map_spark_errors("the executors"):
        executors = spark.sparkContext._jsc.sc().statusStore().executorList(True)  # noqa: SLF001 - no public way
        listed = [executors.apply(index) for index in range(executors.size())]
        cores_per_task = int(spark.conf.get("spark.task.cpus", "1") or 1)
        # the driver is listed too, on a cluster with no cores
        total = sum(each.totalCores() // cores_per_task for each in listed)
        return Cores(total=total, free=total - sum(each.activeTasks() for each in listed))


def check_room(spark: SparkSession, workers: int) -> None:
    """Makes sure that every worker finds a core.

    A local master never has more cores than at its start; a cluster's executors may still be on their way, and tasks
    of a job before may be about to end.

    Raises:
        SettingsError: Spark has fewer free cores.
        TransientError: Spark's JVM is gone.
    """
    with map_spark_errors("the executors"):
        is_elastic = str(spark.conf.get("spark.dynamicAllocation.enabled", "false")).lower() == "true"
    if is_elastic:
        raise SettingsError(
            "Spark starts no ranks where executors come and go: give --conf spark.dynamicAllocation.enabled=false and "
            "--num-executors. Received: spark.dynamicAllocation.enabled = true"
        )
    free = free_cores(spark, wanted=workers)
    if free < workers:
        raise SettingsError(
            f"every worker needs a core of its own, and Spark ({spark.sparkContext.master}) has {free} free: "
            f"give fewer --workers, or Spark more cores (--master, --num-executors). Received: {workers}"
        )


def free_cores(spark: SparkSession, *, wanted: int) -> int:
    """How many cores are free, once they are as many as wanted, or were not in time."""
    _wait_for(lambda: cores_of(spark).free >= wanted or (is_local(spark) and cores_of(spark).total < wanted))
    return cores_of(spark).free


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_FOR_ROOM
    while not condition() and time.monotonic() < deadline:
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _raise_first(failures: Sequence[RankFailure]) -> None:
    """Raises the failure that the others followed: once one rank ends, Horovod tells the rest that it is shut down."""
    if not failures:
        return
    causes = [each for each in failures if not any(end in each.text for end in CONSEQUENCES)]
    first = next((each for each in causes if each.error is not None), causes[0] if causes else None)
    if first is None:
        raise RankLostError(f"the ranks lost each other. Received: {failures[0].text.splitlines()[-1]}")
    if first.error is not None:
        raise first.error
    raise RuntimeError(f"a rank failed:\n{first.text}")
