"""The hot path of scoring: an LSTM's steps over rows of tokens, as machine code of the host, with no TensorFlow.

What it buys: news articles go fifteen times as fast as by Keras' predict, padded, and nearly five times as fast as by
Keras compiled, over batches of similar length. The recurrent product alone is three quarters of the time, the rest are
the gates and the gather (bench/score_kernel.py). What it takes:
- the embedding and the input product come folded into one table, a row a word, so that a step begins with a copy;
- rows are sorted by length and run in groups of four: what is loaded of the recurrent kernel serves four texts, and the
  shorter ones wait little for the longest;
- widths are known when it is compiled (as arguments they cost half as much again);
- sums have one order (of fast-math only fused multiply-add): a row's result depends on no other row, not by a bit.
"""

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from newslabel.models.machine_code import FLOAT, LOWEST, OPTIONS, sigmoid, tanh

ROWS = 8  # run together: two groups of four, whose sums and factors fill the vector registers
LANES = 16  # floats in the widest vector register


def _readonly(kind: Any, dimensions: int) -> Any:
    return numba.types.Array(kind, dimensions, "C", readonly=True)


POOL_SIGNATURE = numba.void(
    _readonly(numba.float32, 2),  # table
    _readonly(numba.float32, 2),  # recurrent
    _readonly(numba.int32, 1),  # token_ids
    _readonly(numba.int64, 2),  # spans
    numba.float32[:, ::1],  # pooled
)
HEAD_SIGNATURE = numba.void(
    _readonly(numba.float32, 2),  # pooled
    _readonly(numba.float32, 2),  # dense_kernel
    _readonly(numba.float32, 1),  # dense_bias
    _readonly(numba.float32, 1),  # output_kernel
    numba.float32,  # output_bias
    numba.float32[::1],  # logits
)


def pooled_lstm(units: int) -> Callable[..., None]:
    """A function, to be compiled, that writes the largest outputs of an LSTM of that width over each row's tokens.

    Its arguments: table float32 (words, 4 * units), each word's share of the gates i, f, c, o, bias included;
    recurrent float32 (`padded_shape(units)`), zeros beyond the kernel; token_ids int32, of all rows;
    spans int64 (N, 2), where a row starts and how many tokens it has (at least 1), ascending by that number;
    pooled float32 (N, units), written.
    """
    gates = 4 * units
    depth, width = padded_shape(units)
    lanes = _rounded_up(units, LANES)
    sums_width = max(width, 3 * units + lanes)  # gates are read in whole registers: the last runs over into zeros

    def pool(table: Any, recurrent: Any, token_ids: Any, spans: Any, pooled: Any) -> None:
        hidden = np.zeros((ROWS, lanes), np.float32)
        cell = np.zeros((ROWS, lanes), np.float32)
        largest = np.zeros((ROWS, lanes), np.float32)
        sums = np.zeros((ROWS, sums_width), np.float32)
        for first in range(0, len(spans), ROWS):
            rows = min(ROWS, len(spans) - first)
            hidden[:] = 0
            cell[:] = 0
            largest[:] = LOWEST
            for step in range(spans[first + rows - 1, 1]):
                for row in range(rows):
                    if step < spans[first + row, 1]:
                        _copy(table[token_ids[spans[first + row, 0] + step]], sums[row], gates)
                _add_product(sums, hidden, recurrent, depth, width)
                for row in range(rows):
                    if step < spans[first + row, 1]:
                        _pass_gates(sums[row], hidden[row], cell[row], largest[row], units, lanes)
            for row in range(rows):
                _copy(largest[row], pooled[first + row], units)

    return pool


def head(pooled: Any, dense_kernel: Any, dense_bias: Any, output_kernel: Any, output_bias: Any, logits: Any) -> None:
    """Writes the logits of one output behind a dense layer with relu, row by row, with no BLAS and its threads.

    Args:
        pooled: float32 (N, units).
        dense_kernel: float32 (units, width).
        dense_bias: float32 (width,).
        output_kernel: float32 (width,).
        output_bias: float32.
        logits: float32 (N,), written.
    """
    hidden = np.empty_like(dense_bias)
    for row in range(len(pooled)):
        hidden[:] = dense_bias
        for unit in range(pooled.shape[1]):
            for column in range(len(hidden)):
                hidden[column] += pooled[row, unit] * dense_kernel[unit, column]
        logit = output_bias
        for column in range(len(hidden)):
            logit += max(hidden[column], FLOAT(0)) * output_kernel[column]
        logits[row] = logit


def padded_shape(units: int) -> tuple[int, int]:
    """The shape of the recurrent kernel with zeros added: loops of four rows and of whole registers then come out."""
    return _rounded_up(units, 4), _rounded_up(4 * units, LANES)


def _rounded_up(number: int, multiple: int) -> int:
    return math.ceil(number / multiple) * multiple


@numba.njit(**OPTIONS)
def _copy(source: Any, target: Any, count: int) -> None:
    for place in range(count):
        target[place] = source[place]


@numba.njit(**OPTIONS)
def _add_product(sums: Any, hidden: Any, recurrent: Any, depth: int, width: int) -> None:
    """Adds hidden · recurrent to the sums, four units of four rows at a time."""
    for unit in range(0, depth, 4):
        u0, u1, u2, u3 = recurrent[unit], recurrent[unit + 1], recurrent[unit + 2], recurrent[unit + 3]
        for row in range(0, ROWS, 4):
            a, b, c, d = hidden[row], hidden[row + 1], hidden[row + 2], hidden[row + 3]
            a0, a1, a2, a3 = a[unit], a[unit + 1], a[unit + 2], a[unit + 3]
            b0, b1, b2, b3 = b[unit], b[unit + 1], b[unit + 2], b[unit + 3]
            c0, c1, c2, c3 = c[unit], c[unit + 1], c[unit + 2], c[unit + 3]
            d0, d1, d2, d3 = d[unit], d[unit + 1], d[unit + 2], d[unit + 3]
            sum_a, sum_b, sum_c, sum_d = sums[row], sums[row + 1], sums[row + 2], sums[row + 3]
            for gate in range(width):
                v0, v1, v2, v3 = u0[gate], u1[gate], u2[gate], u3[gate]
                sum_a[gate] += a0 * v0 + a1 * v1 + a2 * v2 + a3 * v3
                sum_b[gate] += b0 * v0 + b1 * v1 + b2 * v2 + b3 * v3
                sum_c[gate] += c0 * v0 + c1 * v1 + c2 * v2 + c3 * v3
                sum_d[gate] += d0 * v0 + d1 * v1 + d2 * v2 + d3 * v3


@numba.njit(**OPTIONS)
def _pass_gates(sums: Any, hidden: Any, cell: Any, largest: Any, units: int, lanes: int) -> None:
    """One row's next cell, output and largest output; lanes beyond the units are computed and never read."""
    for lane in range(lanes):
        kept = sigmoid(sums[units + lane]) * cell[lane]
        cell[lane] = kept + sigmoid(sums[lane]) * tanh(sums[2 * units + lane])
        hidden[lane] = sigmoid(sums[3 * units + lane]) * tanh(cell[lane])
        largest[lane] = max(largest[lane], hidden[lane])
