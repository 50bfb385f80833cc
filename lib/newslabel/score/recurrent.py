"""A recurrent network as a scorer's kernel: a cell in its directions, what is kept of it, dense layers, one output."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from newslabel.models.contracts import Features, Weights
from newslabel.models.machine_code import compiled
from newslabel.models.recurrent import BACKWARD, GATES, RecurrentNetwork
from newslabel.models.weights import check_ids, checked, dense_name, sigmoid
from newslabel.score.kernel import DENSE_SIGNATURE, POOL_SIGNATURE, dense_layer, padded_shape, pooled_steps

RELU, NO_RELU = np.float32(0), np.float32(-np.inf)  # the lowest answer of a dense layer
Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]


class RecurrentKernel:
    """A recurrent network's weights and the code that runs them.

    Args:
        network: of the recipe.
        weights: reads one of the bundle's arrays by its name, as `newslabel.models.recurrent_layers.kernel_weights` has
            them.
        cache_dir: where compiled code is kept.

    Raises:
        BundleError: an array is missing or of another shape.
    """

    def __init__(self, network: RecurrentNetwork, weights: Weights, cache_dir: Path) -> None:
        pool = compiled(pooled_steps(network.cell, network.units, network.pooling), POOL_SIGNATURE, cache_dir)
        self._dense = compiled(dense_layer, DENSE_SIGNATURE, cache_dir)
        suffixes = ("", BACKWARD) if network.bidirectional else ("",)
        self._directions = [_Direction(network, weights, pool, suffix) for suffix in suffixes]
        self._words = len(weights("table"))
        self._poolings = 2 if network.pooling == "max_and_mean" else 1
        self._units = network.units
        self._depth = self._poolings * len(self._directions) * self._units
        self._layers = _dense_layers(network, weights, self._depth)

    @property
    def vocabulary_size(self) -> int:
        """Of so many ids the table has a row."""
        return self._words

    def probabilities(
        self, token_ids: Ids, offsets: Numbers, _features: Features | None = None
    ) -> npt.NDArray[np.float64]:
        """The probability of the positive class of each row, NaN for a row with no tokens.

        Args:
            token_ids: int32, all rows' tokens one after another, each a row of the table.
            offsets: int64 (N + 1,), where each row begins, and the end of the last.
            _features: not read.

        Returns:
            float64 (N,); a row's value does not depend on the other rows or their order.
        """
        check_ids(token_ids, self._words)
        lengths = np.diff(offsets)
        order = np.argsort(lengths, kind="stable")
        order = order[np.searchsorted(lengths[order], 1) :]
        values = self._pooled(np.ascontiguousarray(token_ids, np.int32), offsets[:-1][order], lengths[order])
        for kernel, bias, lowest in self._layers:
            answers = np.empty((len(values), len(bias)), np.float32)
            self._dense(values, kernel, bias, lowest, answers)
            values = answers
        probabilities = np.full(len(lengths), np.nan)
        probabilities[order] = sigmoid(values[:, 0].astype(np.float64))
        return probabilities

    def _pooled(self, token_ids: Ids, starts: Numbers, lengths: Numbers) -> Floats:
        """What is kept of each row, (N, depth): each pooling of both directions, as `_pooled` of the layers has it."""
        pooled = np.empty((len(self._directions), len(starts), self._poolings, self._units), np.float32)
        for direction, kept in zip(self._directions, pooled, strict=True):
            direction.pool(token_ids, starts, lengths, kept)
        return np.ascontiguousarray(pooled.transpose(1, 2, 0, 3)).reshape(len(starts), self._depth)


class _Direction:
    """A cell's weights that reads forwards, or backwards, and the code that runs it."""

    def __init__(self, network: RecurrentNetwork, weights: Weights, run: Callable[..., None], suffix: str) -> None:
        units, gates = network.units, GATES[network.cell] * network.units

        def checked_array(name: str, *shape: int) -> np.ndarray:
            return checked(name + suffix, weights(name + suffix), shape)

        # both directions' tables have as many words: it is the first that ids are checked by
        self._table = _float32(checked_array("table", len(weights("table")), gates))
        self._recurrent = np.zeros(padded_shape(network.cell, units), np.float32)
        self._recurrent[:units, :gates] = checked_array("recurrent", units, gates)
        is_gru = network.cell == "gru"
        self._candidate_bias = _float32(checked_array("candidate_bias", units) if is_gru else np.empty(0))
        self._is_backward = suffix == BACKWARD
        self._run = run

    def pool(self, token_ids: Ids, starts: Numbers, lengths: Numbers, pooled: Floats) -> None:
        """Writes what is kept of each row, of which each has at least one token, the shortest first."""
        firsts, stride = (starts + lengths - 1, -1) if self._is_backward else (starts, 1)
        spans = np.stack([firsts, lengths], axis=1).astype(np.int64)
        self._run(self._table, self._recurrent, self._candidate_bias, token_ids, spans, stride, pooled)


def _dense_layers(network: RecurrentNetwork, weights: Weights, depth: int) -> list[tuple[Floats, Floats, np.float32]]:
    """Each layer's kernel, bias and lowest answer; of the outputs, that of the positive class alone, which is last."""
    layers = []
    for number, width in enumerate(network.dense, start=1):
        layers.append((*_kernel_and_bias(weights, dense_name(number), depth, width), RELU))
        depth = width
    kernel, bias = _kernel_and_bias(weights, "output", depth, network.outputs)
    return [*layers, (np.ascontiguousarray(kernel[:, -1:]), bias[-1:], NO_RELU)]


def _kernel_and_bias(weights: Weights, name: str, depth: int, width: int) -> tuple[Floats, Floats]:
    kernel, bias = f"{name}_kernel", f"{name}_bias"
    return (
        _float32(checked(kernel, weights(kernel), (depth, width))),
        _float32(checked(bias, weights(bias), (width,))),
    )


def _float32(array: np.ndarray) -> Floats:
    # a memory-mapped array stays on disk, shared by all processes of the host: no copy is made of float32 in C order
    return np.ascontiguousarray(np.asarray(array), np.float32)
