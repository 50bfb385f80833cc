"""Failures of Spark, Delta and the file systems below, as newslabel's own errors; work tried again on conflict."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from newslabel.errors import TableError, TransientError
from newslabel.logs import log_event

T = TypeVar("T")

CONFLICT_TRIES = 8
CONFLICT_WAIT_S = 0.5
# in the class or the text of Delta's error; the last two come when two jobs make one table
SIGNS_OF_CONFLICT = ("Concurrent", "DELTA_CONCURRENT", "ConcurrentModification", "ProtocolChanged", "MetadataChanged")
# … and of Spark's, where a process is gone: killed, as a rule for its memory, or with its host
SIGNS_OF_LOSS = (
    "Python worker exited unexpectedly",
    "PythonWorkerFactory.createWorker",  # the process that starts the workers does not answer any more
    "ExecutorLostFailure",
    "SparkContext was shut down",
)


class ConflictError(TransientError):
    """Another job changed the same rows at the same time; nothing was written."""


class LostProcessError(TransientError):
    """A process of Spark's is gone, or its host; Spark itself lives."""


@contextmanager
def map_spark_errors(place: str) -> Iterator[None]:
    """Failures of Spark, Delta and the file system as TableError, or TransientError where a retry helps.

    Args:
        place: what was worked at, for the message.

    Raises:
        ConflictError: another job changed the same rows; nothing was written.
        LostProcessError: a process of Spark's is gone.
        TransientError: Spark's JVM is gone.
        TableError: any other failure.
    """
    import delta.exceptions  # noqa: F401 - makes a conflict an exception of its own class
    from py4j.protocol import Py4JError, Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        text = _message(error)
        if any(sign in f"{type(error).__name__} {text}" for sign in SIGNS_OF_CONFLICT):
            raise ConflictError(f"another job changed {place!r} at the same time; nothing was written") from error
        if any(sign in str(error) for sign in SIGNS_OF_LOSS):
            raise LostProcessError(f"a process of Spark's was lost, while at work on {place!r}: {text}") from error
        raise TableError(f"{text}. Received: {place!r}") from error
    except (Py4JError, ConnectionError) as error:  # no answer at all: killed for its memory, as a rule
        raise TransientError(f"Spark's JVM is gone, while at work on {place!r}: {_message(error)}") from error
    except OSError as error:
        raise TableError(f"{_message(error)}. Received: {place!r}") from error


def retried_on_conflict(work: Callable[[], T], place: str) -> T:
    """What `work` returns, tried again while other jobs change the same rows.

    Raises:
        ConflictError: they did each time.
    """
    for attempt in range(1, CONFLICT_TRIES):
        try:
            with map_spark_errors(place):
                return work()
        except ConflictError:
            log_event("commit_conflict", table=place, attempt=attempt)
            time.sleep(CONFLICT_WAIT_S * attempt)
    with map_spark_errors(place):
        return work()


def _message(error: BaseException) -> str:
    java = getattr(error, "java_exception", None)
    text = str(java.toString()) if java is not None else str(error)
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
