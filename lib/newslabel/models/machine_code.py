"""Kernels as machine code: compiled once a host, and what the gates of all of them are made of.

What numba makes is kept in a folder and read back by every later process.
"""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np

from newslabel.logs import log_event
from newslabel.models.tiles import LANES

FLOAT = np.float32
HALF, ONE = np.float32(0.5), np.float32(1)
LOWEST = np.float32(-2)  # below every output of an LSTM or a GRU
OPTIONS: dict[str, Any] = {"fastmath": {"contract"}, "error_model": "numpy", "boundscheck": False, "nogil": True}
# numba looks whether the file of a function has changed, not whether these have, of which it is made
_PARTS = (Path(__file__), Path(__file__).with_name("tiles.py"))
_OWN_CODE = hashlib.sha256(b"".join(file.read_bytes() for file in _PARTS)).hexdigest()[:12]
# … nor how wide the registers are for which it is made, where NUMBA_CPU_NAME names another processor than this
_FOLDER = f"{_OWN_CODE}-{LANES}"
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
        return _cached(function, signature, cache_dir / _FOLDER)
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


@numba.njit(**OPTIONS)
def sigmoid(x: Any) -> Any:
    """The logistic function, by `tanh`."""
    return tanh(x * HALF) * HALF + HALF


@numba.njit(**OPTIONS)
def tanh(x: Any) -> Any:
    """The hyperbolic tangent to 3e-7, of sums, products and one division, which run in vector registers.

    Source: Eigen, generic_fast_tanh_float (MathFunctionsImpl.h): a fraction of polynomials, clamped where it meets 1.
    """
    x = min(max(x, FLOAT(-7.90531110763549805)), FLOAT(7.90531110763549805))
    square = x * x
    top = square * FLOAT(-2.76076847742355e-16) + FLOAT(2.00018790482477e-13)
    top = square * top + FLOAT(-8.60467152213735e-11)
    top = square * top + FLOAT(5.12229709037114e-08)
    top = square * top + FLOAT(1.48572235717979e-05)
    top = square * top + FLOAT(6.37261928875436e-04)
    top = square * top + FLOAT(4.89352455891786e-03)
    bottom = square * FLOAT(1.19825839466702e-06) + FLOAT(1.18534705686654e-04)
    bottom = square * bottom + FLOAT(2.26843463243900e-03)
    bottom = square * bottom + FLOAT(4.89352518554385e-03)
    return x * top / bottom
