"""horovod.spark.run, made to behave: quiet, stopped by Ctrl-C, and telling what went wrong in a rank."""

import socket
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

from newslabel.errors import NewslabelError, TransientError
from newslabel.train.environment import RANK_ENVIRONMENT, prepare_tensorflow

SECONDS_BETWEEN_LOOKS = 0.5
SHUT_DOWN = "Horovod has been shut down"


@dataclass(frozen=True)
class RankFailure:
    """What a rank raised, as a value: of an exception Horovod itself would tell no more than an exit code.

    Attributes:
        error: the exception where it is one of ours, else None.
        text: its traceback.
        is_consequence: whether the rank only failed because another one was gone.
    """

    error: NewslabelError | None
    text: str
    is_consequence: bool


def launch(
    spark: SparkSession,
    function: Callable[..., Any],
    arguments: Sequence[Any],
    workers: int,
    start_timeout_s: int,
    while_waiting: Callable[[], None],
) -> list[Any]:
    """What each rank returned, or its RankFailure; arguments and errors as `launcher.run_on_horovod` has them."""
    prepare_tensorflow()
    import horovod.spark

    stop = threading.Event()
    # Horovod works in a thread of its own, so that this one can report, and hear Ctrl-C
    with _tamed(stop), ThreadPoolExecutor(1) as pool:
        running = pool.submit(
            horovod.spark.run,
            _guarded,
            (function, *arguments),
            num_proc=workers,
            start_timeout=start_timeout_s,
            use_gloo=True,
            verbose=0,
            env=RANK_ENVIRONMENT,
            executable=spark.sparkContext.pythonExec,
            nics=_loopback() if is_local(spark) else None,
        )
        try:
            while not wait([running], SECONDS_BETWEEN_LOOKS).done:
                while_waiting()
            while_waiting()
        except KeyboardInterrupt:
            # Horovod would wait for tasks that have not come yet, as long as they may take; its job may be yet to start
            while not running.done():
                with suppress(Py4JError, ConnectionError):
                    spark.sparkContext.cancelAllJobs()
                wait([running], SECONDS_BETWEEN_LOOKS)
            raise
        finally:
            stop.set()
    if (error := running.exception()) is not None:
        raise TransientError(
            f"the ranks did not come to their end. Received: {' '.join(str(error).split())}"
        ) from error
    results: list[Any] = running.result()
    return results


def is_local(spark: SparkSession) -> bool:
    """Whether all of Spark is on this host."""
    return str(spark.sparkContext.master).startswith("local")


def _guarded(function: Callable[..., Any], *arguments: Any) -> Any:
    """Runs in a rank: its result, or its failure as a value."""
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, the driver shall read it
        text = traceback.format_exc()
        known = error if isinstance(error, NewslabelError) else None
        return RankFailure(error=known, text=text, is_consequence=SHUT_DOWN in text)


def _loopback() -> set[str]:
    """The network interface of ranks that are all on this host, which needs no network and offers nothing to it."""
    return {name for _, name in socket.if_nameindex() if name.startswith("lo")}


@contextmanager
def _tamed(stop: threading.Event) -> Iterator[None]:
    """Horovod's launcher without its bad manners."""
    from horovod.runner import gloo_run
    from horovod.runner import launch as horovods_launch

    shows = threading.excepthook

    def show(details: threading.ExceptHookArgs) -> None:
        if details.thread is None or "run_spark" not in details.thread.name:
            shows(details)

    with (
        # it would take Ctrl-C away from this process for good
        _replaced(gloo_run, "register_shutdown_event", lambda: stop),
        # it would start TensorFlow, Torch and MXNet, one after the other, to ask what `make setup` has seen to
        _replaced(horovods_launch, "gloo_built", lambda **_: True),
        # its thread leaves a page of Java on the terminal when ranks are ended
        _replaced(threading, "excepthook", show),
    ):
        yield


@contextmanager
def _replaced(module: Any, name: str, value: Any) -> Iterator[None]:
    kept = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, kept)
