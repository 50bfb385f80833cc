"""Kernels compiled once a host: what numba makes is kept in a folder and read back by every later process."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

from newslabel.logs import log_event
from newslabel.score.kernel import OPTIONS

_ONE_AT_A_TIME = threading.Lock()  # the folder is a setting of the whole process


def compiled(function: Callable[..., None], signature: Any, cache_dir: Path) -> Callable[..., None]:
    """The function as machine code, from the folder where it is there for this processor, else made.

    Making it takes more than ten times as long (bench/kernel_start.py).

    Args:
        function: plain Python of the kind that numba takes.
        signature: numba's types of its arguments.
        cache_dir: where code is kept; where it cannot be written, the code is made for this process alone.
    """
    try:
        return _cached(function, signature, cache_dir)
    except (OSError, RuntimeError) as error:
        log_event("kernel_not_cached", function=function.__name__, folder=cache_dir, problem=error)
        return _made(function, signature)


def _cached(function: Callable[..., None], signature: Any, cache_dir: Path) -> Callable[..., None]:
    cache_dir.mkdir(parents=True, exist_ok=True)
    with _ONE_AT_A_TIME:
        before = numba.config.CACHE_DIR
        # numba reads it when a function is decorated, and takes it in no other way
        numba.config.CACHE_DIR = str(cache_dir)
        try:
            return _made(function, signature, cache=True)
        finally:
            numba.config.CACHE_DIR = before


def _made(function: Callable[..., None], signature: Any, *, cache: bool = False) -> Callable[..., None]:
    made: Callable[..., None] = numba.njit(signature, cache=cache, **OPTIONS)(function)
    return made
