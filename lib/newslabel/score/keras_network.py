"""A network that has no kernel, as Keras itself computes it: one compiled call, on one core.

Texts go in batches of similar length. A batch has always as many rows, empty ones at its end, so that the products have
the same shapes and sums the same order: a row's answer depends on no other row, not by a bit. More rows at once, or
fewer, are slower; Keras' own predict has a large fixed cost a call, and holds on to memory. A family may say otherwise:
a BERT reads text by text, whose products are large enough, as in larger batches it was seen to differ by a bit.
"""

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from newslabel.errors import BundleError, SettingsError
from newslabel.models.bundle import MODEL_FILE, Bundle
from newslabel.models.contracts import POSITIVE, Features
from newslabel.models.families import load_keras_family
from newslabel.ranks.environment import import_tensorflow_on_one_core
from newslabel.score.keras_gradients import gradients_times_input, word_embeddings
from newslabel.tokens.encoded import places_of, shortest_first

if TYPE_CHECKING:
    import keras

WIDTH_MULTIPLE = 16  # widths are rounded up to it: TensorFlow sums fewer steps in another order, which a mean shows
Ids = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]


class KerasNetwork:
    """A bundle's network in place of a kernel; read when it is first asked, so that a driver imports no TensorFlow.

    Args:
        bundle: a loaded model.

    Raises:
        BundleError: it has no network, or there is no such family.
    """

    def __init__(self, bundle: Bundle) -> None:
        try:
            self._rows = load_keras_family(bundle.recipe.family).rows_scored_at_once
        except SettingsError as error:
            raise BundleError(str(error)) from error
        if MODEL_FILE not in bundle.manifest.files:
            raise BundleError(f"the bundle has no network that could score. Received: {str(bundle.path)!r}")
        self._bundle = bundle
        self._one_at_a_time = threading.Lock()
        self._network: tuple[keras.Model, Callable[[Ids], Any]] | None = None
        self._explain: Callable[[Ids], Any] | None = None

    @property
    def vocabulary_size(self) -> int:
        """Of so many ids the bundle knows; whether its network does, too, is seen when that is read."""
        return self._bundle.vocabulary.size

    def probabilities(
        self, token_ids: Ids, offsets: Numbers, _features: Features | None = None
    ) -> npt.NDArray[np.float64]:
        """The probability of the positive class of each row, NaN for a row with no tokens.

        Args:
            token_ids: int32, all rows' tokens one after another.
            offsets: int64 (N + 1,), where each row begins, and the end of the last.
            _features: not read.

        Returns:
            float64 (N,); a row's value does not depend on the other rows or their order.

        Raises:
            BundleError: the network cannot be read, or is of another vocabulary.
        """
        _, infer = self._loaded()
        probabilities = np.full(len(offsets) - 1, np.nan)
        for rows, padded, _ in self._batches(token_ids, offsets):
            probabilities[rows] = infer(padded).numpy()[: len(rows), POSITIVE]
        return probabilities

    def contributions(
        self, token_ids: Ids, offsets: Numbers, _features: Features | None = None
    ) -> npt.NDArray[np.float64]:
        """What each token moved the log-odds by: the gradient by its word's vector, times that vector.

        Arguments and errors: see `probabilities`.

        Returns:
            float64 (tokens,); a token's value does not depend on the other rows or their order.
        """
        explain = self._explaining()
        contributions = np.zeros(len(token_ids))
        for rows, padded, lengths in self._batches(token_ids, offsets):
            is_word = np.arange(padded.shape[1]) < lengths[:, np.newaxis]
            contributions[places_of(offsets[rows], lengths)] = explain(padded).numpy()[: len(rows)][is_word]
        return contributions

    def _batches(self, token_ids: Ids, offsets: Numbers) -> Iterator[tuple[Numbers, Ids, Numbers]]:
        """Which rows, of those that have a token, the shortest first; they, padded; and their lengths."""
        lengths = np.diff(offsets)
        order = shortest_first(lengths)
        for first in range(0, len(order), self._rows):
            rows = order[first : first + self._rows]
            yield rows, _padded(token_ids, offsets[rows], lengths[rows], self._rows), lengths[rows]

    def _loaded(self) -> tuple["keras.Model", Callable[[Ids], Any]]:
        with self._one_at_a_time:
            if self._network is None:
                self._network = _compiled(self._bundle)
            return self._network

    def _explaining(self) -> Callable[[Ids], Any]:
        model, _ = self._loaded()
        with self._one_at_a_time:
            if self._explain is None:
                self._explain = gradients_times_input(model)
            return self._explain


def _compiled(bundle: Bundle) -> tuple["keras.Model", Callable[[Ids], Any]]:
    """The bundle's network, and as a function of int32 (N, width), compiled once for batches of every width."""
    import_tensorflow_on_one_core()
    import tensorflow as tf

    try:
        model = bundle.keras_model()
    except (ValueError, TypeError, OSError) as error:
        raise BundleError(f"the network cannot be read: {error}. Received: {str(bundle.path)!r}") from error
    _check_vocabulary(model, bundle)
    compiled: Callable[[Ids], Any] = tf.function(model, input_signature=[tf.TensorSpec((None, None), tf.int32)])
    return model, compiled


def _check_vocabulary(model: "keras.Model", bundle: Bundle) -> None:
    """An id beyond the embedding would be an error of TensorFlow's in the middle of a job."""
    words = bundle.vocabulary.size
    for layer in word_embeddings(model):
        if layer.input_dim != words:
            raise BundleError(
                f"the network has vectors of {layer.input_dim} ids, its vocabulary has {words}. "
                f"Received: {str(bundle.path)!r}"
            )


def _padded(token_ids: Ids, starts: Numbers, lengths: Numbers, rows: int) -> Ids:
    """The rows as int32 (rows, width), filled up with 0."""
    width = -(-int(lengths.max()) // WIDTH_MULTIPLE) * WIDTH_MULTIPLE
    places = np.arange(width)
    is_word = places < lengths[:, None]
    padded = np.zeros((rows, width), np.int32)
    padded[: len(lengths)][is_word] = token_ids[(starts[:, None] + places)[is_word]]
    return padded
