"""A recurrent network as a scorer's kernel: a cell in its directions, what is kept of it, dense layers, one output."""

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from newslabel.models.contracts import Features, Weights
from newslabel.models.machine_code import compiled
from newslabel.models.recurrent import BACKWARD, GATES, RecurrentNetwork
from newslabel.models.weights import check_ids, checked, dense_name, sigmoid
from newslabel.score.kernel import (
    DENSE_SIGNATURE,
    EVERY_STEP,
    POOL_SIGNATURE,
    dense_layer,
    padded_shape,
    pooled_steps,
)
from newslabel.score.step_shares import POOLINGS
from newslabel.tokens.encoded import places_of, shortest_first

RELU, NO_RELU = np.float32(0), np.float32(-np.inf)  # the lowest answer of a dense layer
TOKENS_AT_ONCE = 1 << 16  # whose outputs are held: some tens of MB, however many articles there are
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
        self._network = network
        self._cache_dir = cache_dir
        self._pool = self._compiled(network.pooling)
        self._dense = compiled(dense_layer, DENSE_SIGNATURE, cache_dir)
        suffixes = ("", BACKWARD) if network.bidirectional else ("",)
        self._directions = [_Direction(network, weights, suffix) for suffix in suffixes]
        self._words = len(weights("table"))
        self._poolings = len(POOLINGS[network.pooling])
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
        order = shortest_first(lengths)
        values = self._pooled(np.ascontiguousarray(token_ids, np.int32), offsets[:-1][order], lengths[order])
        for kernel, bias, lowest in self._layers:
            values = self._answers(values, kernel, bias, lowest)
        probabilities = np.full(len(lengths), np.nan)
        probabilities[order] = sigmoid(values[:, 0].astype(np.float64))
        return probabilities

    def contributions(
        self, token_ids: Ids, offsets: Numbers, _features: Features | None = None
    ) -> npt.NDArray[np.float64]:
        """What each token moved the log-odds by: what the step over it gave of that which is kept, times its gradient.

        A row's add up to gradient * kept output: its log-odds, less what the biases of the dense layers say. It takes
        the steps twice, and their outputs. Arguments and errors: see `probabilities`.

        Returns:
            float64 (tokens,).
        """
        check_ids(token_ids, self._words)
        lengths, contributions = np.diff(offsets), np.zeros(len(token_ids))
        for rows in _some_at_once(lengths):
            # copied, so that the rows' tokens stand side by side, and their outputs too
            places = places_of(offsets[:-1][rows], lengths[rows])
            contributions[places] = self._shares(np.asarray(token_ids[places], np.int32), lengths[rows])
        return contributions

    def _pooled(self, token_ids: Ids, starts: Numbers, lengths: Numbers) -> Floats:
        """What is kept of each row, (N, depth): each pooling of both directions, as `_pooled` of the layers has it."""
        pooled = np.empty((len(self._directions), len(starts), self._poolings, self._units), np.float32)
        for direction, kept in zip(self._directions, pooled, strict=True):
            direction.run(self._pool, token_ids, starts, lengths, kept)
        return np.ascontiguousarray(pooled.transpose(1, 2, 0, 3)).reshape(len(starts), self._depth)

    def _answers(self, values: Floats, kernel: Floats, bias: Floats, lowest: np.float32) -> Floats:
        """Of a dense layer: (N, width)."""
        answers = np.empty((len(values), len(bias)), np.float32)
        self._dense(values, kernel, bias, lowest, answers)
        return answers

    def _shares(self, token_ids: Ids, lengths: Numbers) -> npt.NDArray[np.float64]:
        """Of the log-odds each token's, of rows that lie one after the other, the shortest first: (tokens,)."""
        starts = np.cumsum(lengths) - lengths
        gradients = self._gradients(self._pooled(token_ids, starts, lengths))
        outputs = np.empty((len(token_ids), 1, self._units), np.float32)
        shares = np.zeros(len(token_ids))
        for number, direction in enumerate(self._directions):
            direction.run(self._every_step, token_ids, starts, lengths, outputs)
            as_read = direction.as_read(starts, lengths)
            for pooling, shares_of in enumerate(POOLINGS[self._network.pooling]):
                shares[as_read] += shares_of(outputs[as_read, 0], lengths, gradients[:, pooling, number])
        return shares

    def _gradients(self, pooled: Floats) -> Floats:
        """Of the log-odds by what is kept of each row: (N, poolings, directions, units)."""
        given = [pooled]
        for kernel, bias, lowest in self._layers[:-1]:
            given.append(self._answers(given[-1], kernel, bias, lowest))
        gradients = np.ones((len(pooled), 1), np.float32)
        for values, (kernel, _, _) in zip(reversed(given), reversed(self._layers), strict=True):
            backwards = np.ascontiguousarray(kernel.T)
            gradients = self._answers(gradients, backwards, np.zeros(len(kernel), np.float32), NO_RELU)
            if values is not pooled:  # the answers of a layer with relu
                gradients *= values > RELU
        return gradients.reshape(len(pooled), self._poolings, len(self._directions), self._units)

    @cached_property
    def _every_step(self) -> Callable[..., None]:
        return self._compiled(EVERY_STEP)  # by whoever asks why, and by nobody else

    def _compiled(self, pooling: str) -> Callable[..., None]:
        steps = pooled_steps(self._network.cell, self._network.units, pooling)
        return compiled(steps, POOL_SIGNATURE, self._cache_dir)


class _Direction:
    """The weights of a cell that reads forwards, or backwards."""

    def __init__(self, network: RecurrentNetwork, weights: Weights, suffix: str) -> None:
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

    def run(
        self, steps: Callable[..., None], token_ids: Ids, starts: Numbers, lengths: Numbers, pooled: Floats
    ) -> None:
        """Writes what `steps` keep of each row, of which each has at least one token, the shortest first."""
        firsts, stride = (starts + lengths - 1, -1) if self._is_backward else (starts, 1)
        spans = np.stack([firsts, lengths], axis=1).astype(np.int64)
        steps(self._table, self._recurrent, self._candidate_bias, token_ids, spans, stride, pooled)

    def as_read(self, starts: Numbers, lengths: Numbers) -> Numbers:
        """The places of the rows' tokens, each row's in the order in which the cell reads them: (tokens,)."""
        if not self._is_backward:
            return places_of(starts, lengths)
        backwards = places_of(-(starts + lengths - 1), lengths)
        return -backwards


def _some_at_once(lengths: Numbers) -> Iterator[Numbers]:
    """The rows that have a token, the shortest first, so many at once that their tokens are not many more than that."""
    order = shortest_first(lengths)
    groups = np.cumsum(lengths[order]) // TOKENS_AT_ONCE
    yield from np.split(order, np.flatnonzero(np.diff(groups)) + 1) if len(order) else ()


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
