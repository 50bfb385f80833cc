"""The hot path of training on a CPU: an LSTM's steps and their gradients over packed texts, with no step of padding.

What it buys: on news a step of training goes nearly three times as fast as by Keras' own LSTM (bench/train_step.py).
Packed, the first tokens of all texts come first, those of the longest text first, then all second tokens, and so on:
what a step takes is one block, and texts that have ended are not in it.

All arrays are float32; gates are in Keras' order: input, forget, cell, output.
"""

from pathlib import Path
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from newslabel.models.machine_code import LOWEST, OPTIONS, compiled, sigmoid, tanh

Floats = npt.NDArray[np.float32]
NOWHERE = -1
ZERO, ONE = np.float32(0), np.float32(1)

_MATRIX = numba.float32[:, ::1]
_READ_MATRIX = numba.types.Array(numba.float32, 2, "C", readonly=True)
_READ_SIZES = numba.types.Array(numba.int64, 1, "C", readonly=True)
_PLACES = numba.int32[:, ::1]
FORWARD = numba.void(_READ_SIZES, _READ_MATRIX, _MATRIX, _MATRIX, _MATRIX, _MATRIX, _PLACES)
BACKWARD = numba.void(_READ_SIZES, _READ_MATRIX, _MATRIX, _MATRIX, _PLACES, _READ_MATRIX)


class LstmSteps:
    """An LSTM's largest outputs over each text, and the gradients of what was computed last.

    It keeps what the gradients need from one call to the next, so that one object serves one thread and one layer. The
    memory is 24 bytes a token and unit, 1.4 kB a token at 60 units, and is used again for the next.

    Args:
        cache_dir: where compiled code is kept.
        learns_inputs: whether the gradients of the inputs are wanted.
    """

    def __init__(self, cache_dir: Path, *, learns_inputs: bool) -> None:
        self.learns_inputs = learns_inputs
        self._forward = compiled(forward_steps, FORWARD, cache_dir)
        self._backward = compiled(backward_steps, BACKWARD, cache_dir)
        self._room = np.empty((0, 0), np.float32)
        self._calls = 0
        self._places = np.empty((0, 0), np.int32)

    def largest(
        self, inputs: Floats, sizes: npt.NDArray[np.int64], texts: int, kernel: Floats, recurrent: Floats, bias: Floats
    ) -> tuple[Floats, np.int64]:
        """The largest output of each unit over each text, zeros for a text of no tokens.

        Args:
            inputs: (P, width), packed.
            sizes: int64 (steps,), how many texts each step has; they do not grow.
            texts: N, at least sizes[0].
            kernel: (width, 4 units).
            recurrent: (units, 4 units).
            bias: (4 units,).

        Returns:
            (N, units), the longest text first, and the number of this call.
        """
        tokens, units = len(inputs), len(recurrent)
        gates, cells, before = self._arrays(tokens, units)
        np.dot(inputs, kernel, out=gates)
        gates += bias
        longest = sizes[0] if len(sizes) else 0
        before[:longest] = 0
        pooled = np.zeros((texts, units), np.float32)
        pooled[:longest] = LOWEST
        self._places = np.full((texts, units), NOWHERE, np.int32)
        self._forward(sizes, recurrent, gates, cells, before, pooled, self._places)
        self._calls += 1
        return pooled, np.int64(self._calls)

    def gradients(
        self,
        call: int,
        pooled_gradient: Floats,
        inputs: Floats,
        sizes: npt.NDArray[np.int64],
        kernel: Floats,
        recurrent: Floats,
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """The gradients of the last call of `largest`.

        Args:
            call: its number.
            pooled_gradient: (N, units).
            inputs: as they were given to it.
            sizes: as they were.
            kernel: as it was.
            recurrent: as it was.

        Returns:
            Of inputs (no rows, where they are not wanted), kernel, recurrent kernel and bias.

        Raises:
            RuntimeError: another call came between.
        """
        if call != self._calls:
            raise RuntimeError(f"these are the gradients of call {self._calls} alone. Received: {call}")
        gates, cells, before = self._arrays(len(inputs), len(recurrent))
        self._backward(sizes, np.ascontiguousarray(recurrent.T), gates, cells, self._places, pooled_gradient)
        wanted = gates if self.learns_inputs else gates[:0]
        return wanted @ kernel.T, inputs.T @ gates, before.T @ gates, gates.sum(axis=0)

    def _arrays(self, tokens: int, units: int) -> tuple[Floats, Floats, Floats]:
        """Of every token: the gates (tokens, 4 units), the cell after it, and the output before it (tokens, units)."""
        if self._room.shape[0] < tokens or self._room.shape[1] != 6 * units:
            self._room = np.empty((tokens, 6 * units), np.float32)
        flat = self._room.reshape(-1)
        ends = np.cumsum([4 * units * tokens, units * tokens, units * tokens])
        gates, cells, before, _ = np.split(flat, ends)
        return gates.reshape(tokens, 4 * units), cells.reshape(tokens, units), before.reshape(tokens, units)


def forward_steps(sizes: Any, recurrent: Any, gates: Any, cells: Any, before: Any, pooled: Any, places: Any) -> None:
    """Goes through the steps; to be compiled.

    Args:
        sizes: int64 (steps,).
        recurrent: (units, 4 units).
        gates: (P, 4 units), the input's share; written: what the gates let pass.
        cells: (P, units), written.
        before: (P, units), zeros at the first step; written: the output of the text's step before.
        pooled: (N, units), LOWEST; written: the largest outputs.
        places: int32 (N, units), written: at which step they were.
    """
    units = recurrent.shape[0]
    sums = np.zeros((pooled.shape[0], 4 * units), np.float32)
    output = np.zeros(units, np.float32)
    no_cell = np.zeros(units, np.float32)
    first, last = 0, 0
    for step in range(len(sizes)):
        size = sizes[step]
        if step > 0:
            np.dot(before[first : first + size], recurrent, sums[:size])
        following = sizes[step + 1] if step + 1 < len(sizes) else 0
        for text in range(size):
            cell = cells[last + text] if step > 0 else no_cell
            _pass_gates(gates[first + text], sums[text], cell, cells[first + text], output)
            _keep_largest(output, pooled[text], places[text], step)
            if text < following:
                before[first + size + text] = output
        last, first = first, first + size


def backward_steps(
    sizes: Any, recurrent_transposed: Any, gates: Any, cells: Any, places: Any, pooled_gradient: Any
) -> None:
    """Goes back through the steps; to be compiled.

    Args:
        sizes: int64 (steps,).
        recurrent_transposed: (4 units, units).
        gates: (P, 4 units), what they let pass; written: the gradients of what went into them.
        cells: (P, units).
        places: int32 (N, units), at which step the largest output was.
        pooled_gradient: (N, units).
    """
    texts, units = pooled_gradient.shape
    of_output = np.zeros((texts, units), np.float32)
    of_cell = np.zeros((texts, units), np.float32)
    no_cell = np.zeros(units, np.float32)
    first = len(gates)
    for step in range(len(sizes) - 1, -1, -1):
        size = sizes[step]
        first -= size
        last = first - sizes[step - 1] if step > 0 else 0
        for text in range(size):
            cell_before = cells[last + text] if step > 0 else no_cell
            _add_where(step, places[text], pooled_gradient[text], of_output[text])
            _pass_back(gates[first + text], cells[first + text], cell_before, of_output[text], of_cell[text])
        if step > 0:
            np.dot(gates[first : first + size], recurrent_transposed, of_output[:size])


@numba.njit(**OPTIONS)
def _pass_gates(gates: Any, sums: Any, cell_before: Any, cell: Any, output: Any) -> None:
    units = len(output)
    for unit in range(units):
        taken = sigmoid(gates[unit] + sums[unit])
        kept = sigmoid(gates[units + unit] + sums[units + unit])
        new = tanh(gates[2 * units + unit] + sums[2 * units + unit])
        shown = sigmoid(gates[3 * units + unit] + sums[3 * units + unit])
        value = kept * cell_before[unit] + taken * new
        cell[unit] = value
        output[unit] = shown * tanh(value)
        gates[unit], gates[units + unit] = taken, kept
        gates[2 * units + unit], gates[3 * units + unit] = new, shown


@numba.njit(**OPTIONS)
def _keep_largest(output: Any, pooled: Any, places: Any, step: int) -> None:
    for unit in range(len(output)):
        if not output[unit] <= pooled[unit]:  # what is no number is the largest: a training that diverged shall show it
            pooled[unit] = output[unit]
            places[unit] = step


@numba.njit(**OPTIONS)
def _add_where(step: int, places: Any, pooled_gradient: Any, of_output: Any) -> None:
    for unit in range(len(places)):
        of_output[unit] += pooled_gradient[unit] if places[unit] == step else ZERO


@numba.njit(**OPTIONS)
def _pass_back(gates: Any, cell: Any, cell_before: Any, of_output: Any, of_cell: Any) -> None:
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
