"""The hot path of scoring: the steps of an LSTM or a GRU over rows of tokens, as machine code, with no TensorFlow.

What it buys: articles go fourteen times as fast as by Keras' predict, padded, and four times as fast as by Keras
compiled, over batches of similar length. The recurrent product alone is 44 % of the time, the rest are the gates and
the gather of words, most of which lie in no cache (bench/score_kernel.py); of real news, whose words are fewer, it is
59 %, and a token takes 0.20 in place of 0.25 us. What it takes:
- the embedding and the input product come folded into one table, a row a word, so that a step begins with a copy;
- rows are sorted by length and run in groups of eight: what is loaded of the recurrent kernel serves all of them, and
  the shorter ones wait little for the longest; the product's sums stay in registers (newslabel.models.tiles);
- of each row the next word is asked for while the step before runs;
- cell, widths and pooling are known when it is compiled (widths as arguments cost an eighth more), and no code is
  made for what a recipe does not ask for;
- sums have one order (of fast-math only fused multiply-add): a row's result depends on no other row, not by a bit.
"""

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from newslabel.models.machine_code import FLOAT, LOWEST, ONE, OPTIONS, sigmoid, tanh
from newslabel.models.recurrent import GATES
from newslabel.models.tiles import LANES, TILE_ROWS, TILE_VECTORS, add_product_to_tile, fetch_row

ROWS = 8  # run together
TILE = TILE_VECTORS * LANES
EVERY_STEP = "every_step"  # in place of a pooling: what a cell put out after each token


def _readonly(kind: Any, dimensions: int) -> Any:
    return numba.types.Array(kind, dimensions, "C", readonly=True)


POOL_SIGNATURE = numba.void(
    _readonly(numba.float32, 2),  # table
    _readonly(numba.float32, 2),  # recurrent
    _readonly(numba.float32, 1),  # candidate_bias
    _readonly(numba.int32, 1),  # token_ids
    _readonly(numba.int64, 2),  # spans
    numba.int64,  # stride
    numba.float32[:, :, ::1],  # pooled
)
DENSE_SIGNATURE = numba.void(
    _readonly(numba.float32, 2),  # values
    _readonly(numba.float32, 2),  # kernel
    _readonly(numba.float32, 1),  # bias
    numba.float32,  # lowest
    numba.float32[:, ::1],  # answers
)


def pooled_steps(cell: str, units: int, pooling: str) -> Callable[..., None]:
    """A function, to be compiled, that writes what is kept of a cell's outputs over each row's tokens.

    Its arguments: table float32 (words, gates * units), each word's share of the gates, biases included, in the order
    i, f, c, o of an LSTM, and z, r, candidate of a GRU; recurrent float32 (`padded_shape(cell, units)`), zeros beyond
    the kernel; candidate_bias float32 (units,) of a GRU, which the reset gate scales with the candidate's product, any
    of an LSTM; token_ids int32, of all rows; spans int64 (N, 2), at which token a row begins and how many it has (at
    least 1), ascending by that number; stride int64, 1, or -1 where rows are read from their last token to their first;
    pooled float32 (N, poolings, units), written: the maximum, the mean, both, or the last; of EVERY_STEP (tokens, 1,
    units), where each token stands.

    Args:
        cell: lstm or gru.
        units: of the cell.
        pooling: max, mean, max_and_mean or last; or EVERY_STEP.
    """
    is_gru, gates = cell == "gru", GATES[cell] * units
    keeps_max, keeps_mean = pooling in {"max", "max_and_mean"}, pooling in {"mean", "max_and_mean"}
    keeps_all = pooling == EVERY_STEP
    depth, width = padded_shape(cell, units)
    lanes = _rounded_up(units, LANES)
    # gates are read in whole registers: the last runs over into zeros. Behind them stands a word's share of a candidate
    given = max(width, gates - units + lanes)
    sums_width = given + lanes

    def pool(
        table: Any, recurrent: Any, candidate_bias: Any, token_ids: Any, spans: Any, stride: int, pooled: Any
    ) -> None:
        hidden = np.zeros((ROWS, lanes), np.float32)
        state = np.zeros((ROWS, lanes), np.float32)
        largest = np.zeros((ROWS, lanes), np.float32)
        total = np.zeros((ROWS, lanes), np.float32)
        sums = np.zeros((ROWS, sums_width), np.float32)
        for first in range(0, len(spans), ROWS):
            rows = min(ROWS, len(spans) - first)
            hidden[:] = 0
            state[:] = 0
            largest[:] = LOWEST
            total[:] = 0
            ended = 0
            for step in range(spans[first + rows - 1, 1]):
                while step == spans[first + ended, 1]:
                    ended += 1
                for row in range(ended, rows):
                    place, is_last = spans[first + row, 0] + stride * step, step + 1 == spans[first + row, 1]
                    _take_word(table, token_ids, place, place if is_last else place + stride, sums[row], gates)
                    if is_gru:
                        _set_candidate_apart(sums[row], candidate_bias, units, given)
                _add_product(sums, hidden, recurrent, depth, width)
                for row in range(ended, rows):
                    if is_gru:
                        _pass_gru(sums[row], hidden[row], units, given, lanes)
                    else:
                        _pass_lstm(sums[row], hidden[row], state[row], units, lanes)
                    _keep(hidden[row], largest[row], total[row], lanes, keeps_max, keeps_mean)
                    _write_step(hidden[row], pooled, spans[first + row, 0] + stride * step, units, keeps_all)
            for row in range(0 if keeps_all else rows):
                _divide(total[row], FLOAT(spans[first + row, 1]), lanes)
                kept = largest[row] if keeps_max else total[row] if keeps_mean else hidden[row]
                _copy(total[row], pooled[first + row, -1], units)  # where one is kept, in the place of that
                _copy(kept, pooled[first + row, 0], units)

    return pool


def dense_layer(values: Any, kernel: Any, bias: Any, lowest: Any, answers: Any) -> None:
    """Writes the answers of a dense layer, row by row, with no BLAS and its threads; to be compiled.

    Args:
        values: float32 (N, depth).
        kernel: float32 (depth, width).
        bias: float32 (width,).
        lowest: float32, 0 of a layer with relu, -inf of one without.
        answers: float32 (N, width), written.
    """
    for row in range(len(values)):
        answer = answers[row]
        _copy(bias, answer, len(bias))
        for unit in range(len(kernel)):
            value, factors = values[row, unit], kernel[unit]
            for column in range(len(bias)):
                answer[column] += value * factors[column]
        for column in range(len(bias)):
            answer[column] = max(answer[column], lowest)


def padded_shape(cell: str, units: int) -> tuple[int, int]:
    """The shape of the recurrent kernel with columns of zeros added, so that they fill whole registers."""
    return units, _rounded_up(GATES[cell] * units, LANES)


def _rounded_up(number: int, multiple: int) -> int:
    return math.ceil(number / multiple) * multiple


@numba.njit(**OPTIONS)
def _copy(source: Any, target: Any, count: int) -> None:
    for place in range(count):
        target[place] = source[place]


@numba.njit(**OPTIONS)
def _take_word(table: Any, token_ids: Any, place: int, following: int, sums: Any, gates: int) -> None:
    """Sets the sums to the word's row of the table, and asks for that of the word which follows."""
    _copy(table[token_ids[place]], sums, gates)
    fetch_row(table, token_ids[following], gates)


@numba.njit(**OPTIONS)
def _set_candidate_apart(sums: Any, candidate_bias: Any, units: int, given: int) -> None:
    """Moves a word's share of the candidate to `given`: the reset gate scales the rest alone, which begins as bias."""
    for unit in range(units):
        sums[given + unit] = sums[2 * units + unit]
        sums[2 * units + unit] = candidate_bias[unit]


@numba.njit(**OPTIONS)
def _add_product(sums: Any, hidden: Any, recurrent: Any, depth: int, width: int) -> None:
    """Adds hidden · recurrent to the sums, tile by tile."""
    for row in range(0, ROWS, TILE_ROWS):
        for gate in range(0, width - TILE + 1, TILE):
            add_product_to_tile(sums, hidden, recurrent, row, gate, depth, TILE_VECTORS)
        for gate in range(width // TILE * TILE, width, LANES):
            add_product_to_tile(sums, hidden, recurrent, row, gate, depth, 1)


@numba.njit(**OPTIONS)
def _pass_lstm(sums: Any, hidden: Any, cell: Any, units: int, lanes: int) -> None:
    """One row's next cell and output; lanes beyond the units are computed and never read."""
    for lane in range(lanes):
        kept = sigmoid(sums[units + lane]) * cell[lane]
        cell[lane] = kept + sigmoid(sums[lane]) * tanh(sums[2 * units + lane])
        hidden[lane] = sigmoid(sums[3 * units + lane]) * tanh(cell[lane])


@numba.njit(**OPTIONS)
def _pass_gru(sums: Any, hidden: Any, units: int, given: int, lanes: int) -> None:
    """One row's next output; the word's share of the candidate stands at `given`."""
    for lane in range(lanes):
        kept, reset = sigmoid(sums[lane]), sigmoid(sums[units + lane])
        candidate = tanh(sums[given + lane] + reset * sums[2 * units + lane])
        hidden[lane] = kept * hidden[lane] + (ONE - kept) * candidate


@numba.njit(**OPTIONS)
def _keep(hidden: Any, largest: Any, total: Any, lanes: int, keeps_max: Any, keeps_mean: Any) -> None:
    if keeps_max:
        for lane in range(lanes):
            largest[lane] = max(largest[lane], hidden[lane])
    if keeps_mean:
        for lane in range(lanes):
            total[lane] += hidden[lane]


@numba.njit(**OPTIONS)
def _write_step(hidden: Any, steps: Any, place: int, units: int, keeps_all: Any) -> None:
    if keeps_all:
        _copy(hidden, steps[place, 0], units)


@numba.njit(**OPTIONS)
def _divide(total: Any, steps: Any, lanes: int) -> None:
    for lane in range(lanes):
        total[lane] /= steps
