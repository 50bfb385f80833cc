"""The published classifier as a scorer's kernel: LSTM, largest outputs, a dense layer, the positive class' output."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from newslabel.models.families import POSITIVE
from newslabel.models.machine_code import compiled
from newslabel.models.weights import check_ids, checked, sigmoid
from newslabel.score.kernel import HEAD_SIGNATURE, POOL_SIGNATURE, head, padded_shape, pooled_lstm

Floats = npt.NDArray[np.float32]


class LstmKernel:
    """An LSTM classifier's weights and the code that runs them.

    Args:
        weights: reads one of the bundle's arrays by its name: table (words, 4 * units), the embedding times the input
            kernel plus the bias; recurrent (units, 4 * units); dense_kernel (units, width); dense_bias (width,);
            output_kernel (width, 2); output_bias (2,). All float32, gates in the order i, f, c, o.
        cache_dir: where compiled code is kept.

    Raises:
        BundleError: an array is missing or of another shape.
    """

    def __init__(self, weights: Callable[[str], np.ndarray], cache_dir: Path) -> None:
        self._table = _float32(weights("table"))
        units = self._table.shape[-1] // 4
        recurrent = _float32(checked("recurrent", weights("recurrent"), (units, 4 * units)))
        self._dense_bias = _float32(weights("dense_bias"))
        width = len(self._dense_bias)
        self._dense_kernel = _float32(checked("dense_kernel", weights("dense_kernel"), (units, width)))
        output_kernel = _float32(checked("output_kernel", weights("output_kernel"), (width, 2)))
        self._output_kernel = np.ascontiguousarray(output_kernel[:, POSITIVE])
        self._output_bias = _float32(checked("output_bias", weights("output_bias"), (2,)))[POSITIVE]
        self._recurrent = np.zeros(padded_shape(units), np.float32)
        self._recurrent[:units, : 4 * units] = recurrent
        self._units = units
        self._pool = compiled(pooled_lstm(units), POOL_SIGNATURE, cache_dir)
        self._head = compiled(head, HEAD_SIGNATURE, cache_dir)

    @property
    def vocabulary_size(self) -> int:
        """Of so many ids the table has a row."""
        return len(self._table)

    def probabilities(
        self, token_ids: npt.NDArray[np.int32], offsets: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float64]:
        """The probability of the positive class of each row, NaN for a row with no tokens.

        Args:
            token_ids: int32, all rows' tokens one after another, each a row of the table.
            offsets: int64 (N + 1,), where each row begins, and the end of the last.

        Returns:
            float64 (N,); a row's value does not depend on the other rows or their order.
        """
        check_ids(token_ids, len(self._table))
        lengths = np.diff(offsets)
        order = np.argsort(lengths, kind="stable")
        order = order[np.searchsorted(lengths[order], 1) :]
        spans = np.stack([offsets[:-1][order], lengths[order]], axis=1).astype(np.int64)
        pooled = np.empty((len(order), self._units), np.float32)
        logits = np.empty(len(order), np.float32)
        self._pool(self._table, self._recurrent, np.ascontiguousarray(token_ids, np.int32), spans, pooled)
        self._head(pooled, self._dense_kernel, self._dense_bias, self._output_kernel, self._output_bias, logits)
        probabilities = np.full(len(lengths), np.nan)
        probabilities[order] = sigmoid(logits.astype(np.float64))
        return probabilities


def _float32(array: np.ndarray) -> Floats:
    # a memory-mapped array stays on disk, shared by all processes of the host: no copy is made of float32 in C order
    return np.ascontiguousarray(np.asarray(array), np.float32)
