"""A cell over packed texts (`cell_steps`): what is kept of its outputs, and the gradients of that."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from newslabel.models.cell_steps import BACKWARD, FORWARD, backward_steps, forward_steps
from newslabel.models.machine_code import LOWEST, compiled
from newslabel.models.recurrent import GATES

Floats = npt.NDArray[np.float32]
Sizes = npt.NDArray[np.int64]
NOWHERE = -1


class PackedSteps:
    """What is kept of a cell's outputs over each text, and the gradients of what was computed last.

    It keeps what the gradients need from one call to the next, so that one object serves one thread and one layer. The
    memory is 24 bytes a token and unit of an LSTM, 20 of a GRU, 1.4 kB a token at 60 units, and is used again for the
    next.

    Args:
        cell: lstm or gru.
        pooling: what is kept: max, mean, max_and_mean or last.
        cache_dir: where compiled code is kept.
        learns_inputs: whether the gradients of the inputs are wanted.
    """

    def __init__(self, cell: str, pooling: str, cache_dir: Path, *, learns_inputs: bool) -> None:
        self.learns_inputs = learns_inputs
        self._is_gru = cell == "gru"
        self._gates = GATES[cell]
        self._keeps_max = pooling in {"max", "max_and_mean"}
        self._keeps_mean = pooling in {"mean", "max_and_mean"}
        self._forward = compiled(forward_steps(cell), FORWARD, cache_dir)
        self._backward = compiled(backward_steps(cell), BACKWARD, cache_dir)
        self._room = np.empty((0, 0), np.float32)
        self._calls = 0
        self._places = np.empty((0, 0), np.int32)

    def pooled(
        self, inputs: Floats, sizes: Sizes, texts: int, kernel: Floats, recurrent: Floats, bias: Floats
    ) -> tuple[Floats, np.int64]:
        """What is kept of each text, zeros of a text of no tokens.

        Args:
            inputs: (P, width), packed.
            sizes: int64 (steps,), how many texts each step has; they do not grow.
            texts: N, at least sizes[0].
            kernel: (width, gates), of an LSTM 4 units wide, of a GRU 3.
            recurrent: (units, gates).
            bias: (gates,) of an LSTM; (2, gates) of a GRU, the inputs' and that of the recurrent product.

        Returns:
            (N, poolings, units), the longest text first, and the number of this call.
        """
        units = len(recurrent)
        gates, states, before = self._arrays(len(inputs), units)
        np.dot(inputs, kernel, out=gates)
        if self._is_gru:
            gates += bias[0]
        with_tokens = sizes[0] if len(sizes) else 0
        before[:with_tokens] = 0
        outputs = np.zeros((texts, units), np.float32)
        largest, total = (np.zeros((texts * keeps, units), np.float32) for keeps in (self._keeps_max, self._keeps_mean))
        largest[:with_tokens] = LOWEST
        self._places = np.full(largest.shape, NOWHERE, np.int32)
        of_product = bias[1] if self._is_gru else bias
        self._forward(sizes, recurrent, of_product, gates, states, before, outputs, largest, self._places, total)
        self._calls += 1
        kept = ([largest] if self._keeps_max else []) + ([total / _steps(sizes, texts)] if self._keeps_mean else [])
        return np.stack(kept or [outputs], axis=1), np.int64(self._calls)

    def gradients(
        self, call: int, of_pooled: Floats, inputs: Floats, sizes: Sizes, kernel: Floats, recurrent: Floats
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """The gradients of the last call of `pooled`.

        Args:
            call: its number.
            of_pooled: (N, poolings, units).
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
        gates, states, before = self._arrays(len(inputs), len(recurrent))
        nothing = np.empty((0, len(recurrent)), np.float32)
        of_largest = np.ascontiguousarray(of_pooled[:, 0]) if self._keeps_max else nothing
        of_each = of_pooled[:, -1] / _steps(sizes, len(of_pooled)) if self._keeps_mean else nothing
        is_last = not (self._keeps_max or self._keeps_mean)
        of_output = np.array(of_pooled[:, 0]) if is_last else np.zeros_like(of_pooled[:, 0])
        transposed = np.ascontiguousarray(recurrent.T)
        self._backward(sizes, transposed, gates, states, before, of_output, self._places, of_largest, of_each)
        of_recurrent, of_bias = before.T @ gates, gates.sum(axis=0)
        if self._is_gru:
            gates[:, 2 * len(recurrent) :] = states
            of_bias = np.stack([gates.sum(axis=0), of_bias])
        wanted = gates if self.learns_inputs else gates[:0]
        return wanted @ kernel.T, inputs.T @ gates, of_recurrent, of_bias

    def _arrays(self, tokens: int, units: int) -> tuple[Floats, Floats, Floats]:
        """Of every token: the gates (tokens, gates), the state after it, and the output before it (tokens, units)."""
        width = self._gates * units
        if self._room.shape[0] < tokens or self._room.shape[1] != width + 2 * units:
            self._room = np.empty((tokens, width + 2 * units), np.float32)
        flat = self._room.reshape(-1)
        gates, states, before, _ = np.split(flat, np.cumsum([width * tokens, units * tokens, units * tokens]))
        return gates.reshape(tokens, width), states.reshape(tokens, units), before.reshape(tokens, units)


def _steps(sizes: Sizes, texts: int) -> Floats:
    """How many tokens each text has, (N, 1), at least 1 to divide by."""
    counts = np.searchsorted(-sizes, -np.arange(texts))
    return np.maximum(counts, 1).astype(np.float32)[:, None]
