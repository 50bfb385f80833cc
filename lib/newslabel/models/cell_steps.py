"""The hot path of training on a CPU: the steps of an LSTM or a GRU and their gradients over packed texts.

What it buys: on news a step of training goes nearly three times as fast as by Keras' own LSTM (bench/train_step.py).
Packed, the first tokens of all texts come first, those of the longest text first, then all second tokens, and so on:
what a step takes is one block, and texts that have ended are not in it. There is no step of padding.

All arrays are float32; gates are in Keras' order: input, forget, cell, output of an LSTM, update, reset, candidate of a
GRU. A state is an LSTM's cell; of a GRU what the reset gate scales, the recurrent share of the candidate.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from newslabel.models.machine_code import ONE, OPTIONS, sigmoid, tanh

ZERO = np.float32(0)

_MATRIX = numba.float32[:, ::1]
_READ_MATRIX = numba.types.Array(numba.float32, 2, "C", readonly=True)
_READ_VECTOR = numba.types.Array(numba.float32, 1, "C", readonly=True)
_READ_SIZES = numba.types.Array(numba.int64, 1, "C", readonly=True)
_PLACES = numba.int32[:, ::1]
FORWARD = numba.void(
    *(_READ_SIZES, _READ_MATRIX, _READ_VECTOR),
    *(_MATRIX, _MATRIX, _MATRIX, _MATRIX, _MATRIX, _PLACES, _MATRIX),
)
BACKWARD = numba.void(
    *(_READ_SIZES, _READ_MATRIX, _MATRIX, _MATRIX, _READ_MATRIX, _MATRIX, _PLACES, _READ_MATRIX, _READ_MATRIX)
)


def forward_steps(cell: str) -> Callable[..., None]:
    """A function, to be compiled, that goes through the steps of a cell, lstm or gru.

    Its arguments: sizes int64 (steps,), how many texts each step has; recurrent (units, gates); bias (gates,), added to
    the recurrent product; gates (P, gates), the input's share, written: what the gates let pass; states (P, units),
    written; before (P, units), zeros at the first step, written: the output of the text's step before; outputs (N,
    units), zeros, written: the last outputs; largest (N, units), LOWEST, written: the largest outputs; places int32 (N,
    units), written: at which step they were; total (N, units), zeros, written: the sums of the outputs. Where the
    largest outputs or their sums are not wanted, these have no rows.
    """
    is_gru = cell == "gru"

    def forward(  # noqa: PLR0913, PLR0917 - compiled code takes arrays alone
        sizes: Any,
        recurrent: Any,
        bias: Any,
        gates: Any,
        states: Any,
        before: Any,
        outputs: Any,
        largest: Any,
        places: Any,
        total: Any,
    ) -> None:
        sums = np.zeros((outputs.shape[0], recurrent.shape[1]), np.float32)
        no_state = np.zeros(recurrent.shape[0], np.float32)
        first, last = 0, 0
        for step in range(len(sizes)):
            size = sizes[step]
            if step > 0:
                np.dot(before[first : first + size], recurrent, sums[:size])
            following = sizes[step + 1] if step + 1 < len(sizes) else 0
            for text in range(size):
                output = outputs[text]
                if is_gru:
                    _pass_gru(gates[first + text], sums[text], bias, states[first + text], output)
                else:
                    state = states[last + text] if step > 0 else no_state
                    _pass_lstm(gates[first + text], sums[text], bias, state, states[first + text], output)
                _keep(step, text, output, largest, places, total)
                if text < following:
                    before[first + size + text] = output
            last, first = first, first + size

    return forward


def backward_steps(cell: str) -> Callable[..., None]:
    """A function, to be compiled, that goes back through the steps of a cell, lstm or gru.

    Its arguments: sizes int64 (steps,); recurrent_transposed (gates, units); gates (P, gates), what they let pass,
    written: the gradients of the recurrent products; states (P, units), written of a GRU: the gradients of the inputs'
    shares of the candidate, the others' being those of the products; before (P, units); of_output (N, units), the
    gradients of the last outputs, overwritten; places int32 (N, units), at which step the largest output was;
    of_largest (N, units), the gradients of the largest outputs; of_each (N, units), those that every output has of the
    mean. Where a text's largest outputs or their mean are not wanted, these have no rows.
    """
    is_gru = cell == "gru"

    def backward(  # noqa: PLR0913, PLR0917 - compiled code takes arrays alone
        sizes: Any,
        recurrent_transposed: Any,
        gates: Any,
        states: Any,
        before: Any,
        of_output: Any,
        places: Any,
        of_largest: Any,
        of_each: Any,
    ) -> None:
        carried = np.zeros(of_output.shape, np.float32)  # what goes to the step before by way of the cell alone
        no_state = np.zeros(of_output.shape[1], np.float32)
        first = len(gates)
        for step in range(len(sizes) - 1, -1, -1):
            size = sizes[step]
            first -= size
            last = first - sizes[step - 1] if step > 0 else 0
            for text in range(size):
                row = first + text
                _add_of_pooled(step, text, places, of_largest, of_each, of_output[text])
                if is_gru:
                    _pass_back_gru(gates[row], states[row], before[row], of_output[text], carried[text])
                else:
                    state = states[last + text] if step > 0 else no_state
                    _pass_back_lstm(gates[row], states[row], state, of_output[text], carried[text])
            if step > 0:
                np.dot(gates[first : first + size], recurrent_transposed, of_output[:size])

    return backward


@numba.njit(**OPTIONS)
def _pass_lstm(gates: Any, sums: Any, bias: Any, cell_before: Any, cell: Any, output: Any) -> None:
    units = len(output)
    for unit in range(units):
        taken = sigmoid(gates[unit] + sums[unit] + bias[unit])
        kept = sigmoid(gates[units + unit] + sums[units + unit] + bias[units + unit])
        new = tanh(gates[2 * units + unit] + sums[2 * units + unit] + bias[2 * units + unit])
        shown = sigmoid(gates[3 * units + unit] + sums[3 * units + unit] + bias[3 * units + unit])
        value = kept * cell_before[unit] + taken * new
        cell[unit] = value
        output[unit] = shown * tanh(value)
        gates[unit], gates[units + unit] = taken, kept
        gates[2 * units + unit], gates[3 * units + unit] = new, shown


@numba.njit(**OPTIONS)
def _pass_gru(gates: Any, sums: Any, bias: Any, scaled: Any, output: Any) -> None:
    """Takes the output of the step before, and leaves that of this one."""
    units = len(output)
    for unit in range(units):
        kept = sigmoid(gates[unit] + sums[unit] + bias[unit])
        reset = sigmoid(gates[units + unit] + sums[units + unit] + bias[units + unit])
        value = sums[2 * units + unit] + bias[2 * units + unit]
        new = tanh(gates[2 * units + unit] + reset * value)
        scaled[unit] = value
        output[unit] = kept * output[unit] + (ONE - kept) * new
        gates[unit], gates[units + unit], gates[2 * units + unit] = kept, reset, new


@numba.njit(**OPTIONS)
def _keep(step: int, text: int, output: Any, largest: Any, places: Any, total: Any) -> None:
    if len(largest):
        for unit in range(len(output)):
            # what is no number is the largest: a training that diverged shall show it
            if not output[unit] <= largest[text, unit]:
                largest[text, unit] = output[unit]
                places[text, unit] = step
    if len(total):
        for unit in range(len(output)):
            total[text, unit] += output[unit]


@numba.njit(**OPTIONS)
def _add_of_pooled(step: int, text: int, places: Any, of_largest: Any, of_each: Any, of_output: Any) -> None:
    if len(of_largest):
        for unit in range(len(of_output)):
            of_output[unit] += of_largest[text, unit] if places[text, unit] == step else ZERO
    if len(of_each):
        for unit in range(len(of_output)):
            of_output[unit] += of_each[text, unit]


@numba.njit(**OPTIONS)
def _pass_back_lstm(gates: Any, cell: Any, cell_before: Any, of_output: Any, of_cell: Any) -> None:
    units = len(cell)
    for unit in range(units):
        taken, kept = gates[unit], gates[units + unit]
        new, shown = gates[2 * units + unit], gates[3 * units + unit]
        seen = tanh(cell[unit])
        through = of_output[unit] * shown * (ONE - seen * seen) + of_cell[unit]
        gates[unit] = through * new * taken * (ONE - taken)
        gates[units + unit] = through * cell_before[unit] * kept * (ONE - kept)
        gates[2 * units + unit] = through * taken * (ONE - new * new)
        gates[3 * units + unit] = of_output[unit] * seen * shown * (ONE - shown)
        of_cell[unit] = through * kept


@numba.njit(**OPTIONS)
def _pass_back_gru(gates: Any, scaled: Any, before: Any, of_output: Any, of_kept: Any) -> None:
    units = len(scaled)
    for unit in range(units):
        kept, reset, new = gates[unit], gates[units + unit], gates[2 * units + unit]
        through = of_output[unit] + of_kept[unit]
        of_candidate = through * (ONE - kept) * (ONE - new * new)
        gates[unit] = through * (before[unit] - new) * kept * (ONE - kept)
        gates[units + unit] = of_candidate * scaled[unit] * reset * (ONE - reset)
        gates[2 * units + unit] = of_candidate * reset
        scaled[unit] = of_candidate
        of_kept[unit] = through * kept
