"""The process that a rank is: it reads its work, does it, and ends with the task that started it.

A process of its own, as TensorFlow listens to its environment once, and Spark's Python workers live on.
"""

import atexit
import os
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyspark import cloudpickle

from newslabel.errors import NewslabelError, TransientError

BYTES_OF_LENGTH = 8


class RankLostError(TransientError):
    """A rank was killed, or its host is gone."""


@dataclass(frozen=True)
class RankFailure:
    """What became of a rank that failed, as a value: of an exception Spark would print a page, and tell its text alone.

    Attributes:
        error: the exception where it is one of ours, else None.
        text: its traceback, or what is known of it.
    """

    error: NewslabelError | None
    text: str


def guarded(function: Callable[..., Any], *arguments: Any) -> Any:
    """The function's result, or its failure as a value."""
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, the driver shall read it
        return RankFailure(error if isinstance(error, NewslabelError) else None, traceback.format_exc())


def main() -> None:
    """Reads a function and its arguments from standard input, and writes what came of it to standard output."""
    atexit.register(_leave)  # first in, last out: after Horovod's
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what is printed is no answer
    work = sys.stdin.buffer
    pickled = work.read(int.from_bytes(work.read(BYTES_OF_LENGTH)))
    threading.Thread(target=_end_with, args=[work.fileno()], daemon=True).start()
    result = guarded(_pickled_result, pickled)
    with answer:
        answer.write(result if isinstance(result, bytes) else cloudpickle.dumps(result))  # type: ignore[no-untyped-call]


def _pickled_result(work: bytes) -> bytes:
    function, arguments = cloudpickle.loads(work)
    result: bytes = cloudpickle.dumps(function(*arguments))  # type: ignore[no-untyped-call]
    return result


def _leave() -> None:
    sys.stdout.flush()
    os._exit(0)  # TensorFlow would take another second to tidy up


def _end_with(pipe: int) -> None:
    os.read(pipe, 1)
    os._exit(1)  # the task is gone; whatever this process is at, nobody will take it
