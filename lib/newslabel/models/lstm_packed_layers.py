"""The GloVe-LSTM as it is trained on a CPU: the same weights, with no step of padding (`lstm_steps`)."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from newslabel.models.lstm_steps import LstmSteps


def packed_lstm(model: keras.Model, cache_dir: Path) -> keras.Model:
    """A network of the same layers and weights whose LSTM and maximum run packed.

    Args:
        model: what `build_recurrent` made; what trains one trains both.
        cache_dir: where compiled code is kept.
    """
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    values = PackedLSTM(model.get_layer("embedding"), model.get_layer("lstm"), cache_dir, name="packed")(token_ids)
    for name in ("pooled_dropout", "dense", "dense_dropout", "classes"):
        values = model.get_layer(name)(values)
    return keras.Model(token_ids, values, name=model.name)


class PackedLSTM(keras.layers.Layer):
    """Embedding, LSTM and maximum over each text: (N, steps) -> (N, units); what is padding, 0, takes no time.

    Args:
        embedding: whose weights are looked up.
        lstm: whose weights are used, its activations Keras' defaults.
        cache_dir: where compiled code is kept.
    """

    def __init__(
        self, embedding: keras.layers.Embedding, lstm: keras.layers.LSTM, cache_dir: Path, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.embedding = embedding
        self.lstm = lstm
        self._steps = LstmSteps(cache_dir, learns_inputs=embedding.trainable)

    def call(self, token_ids: Any) -> Any:
        """The largest outputs; `token_ids` is int32, padded anywhere with 0."""
        words, sizes, order = packed(token_ids)
        vectors = tf.gather(self.embedding.embeddings, words)
        cell = self.lstm.cell
        largest = self._largest(vectors, sizes, tf.size(order), cell.kernel, cell.recurrent_kernel, cell.bias)
        pooled = tf.gather(largest, tf.math.invert_permutation(order))
        return tf.ensure_shape(pooled, (None, self.lstm.units))

    def compute_output_shape(self, token_ids_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        """The shape of the maxima."""
        return token_ids_shape[0], self.lstm.units

    def _largest(self, vectors: Any, sizes: Any, texts: Any, *weights: Any) -> Any:
        """`LstmSteps.largest` in the graph, with its gradients; the vectors' only where the embedding is trained."""

        @tf.custom_gradient
        def largest(vectors: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
            arguments = (vectors, sizes, texts, kernel, recurrent, bias)
            pooled, call = tf.numpy_function(self._steps.largest, arguments, (tf.float32, tf.int64))

            def gradients(pooled_gradient: Any) -> tuple[Any, ...]:
                dense = tf.convert_to_tensor(pooled_gradient)  # it comes by way of gather, as slices
                arguments = (call, dense, vectors, sizes, kernel, recurrent)
                of_vectors, *of_weights = tf.numpy_function(self._steps.gradients, arguments, [tf.float32] * 4)
                weights = (kernel, recurrent, bias)
                shaped = (tf.ensure_shape(of, each.shape) for of, each in zip(of_weights, weights, strict=True))
                return tf.ensure_shape(of_vectors, vectors.shape) if self._steps.learns_inputs else None, *shaped

            return pooled, gradients

        return largest(vectors, *map(tf.convert_to_tensor, weights))


def packed(token_ids: Any) -> tuple[Any, Any, Any]:
    """Padded texts in the order of steps.

    Args:
        token_ids: int32 (N, steps), padded anywhere with 0.

    Returns:
        The ids, int32 (P,), step by step, of the longest text first; int64 (longest,), how many texts each step has;
        int32 (N,), which row each text was.
    """
    texts = tf.ragged.boolean_mask(token_ids, token_ids != 0)
    lengths = texts.row_lengths()
    order = tf.argsort(lengths, direction="DESCENDING", stable=True)
    is_word = tf.transpose(tf.sequence_mask(tf.gather(lengths, order)))
    words = tf.boolean_mask(tf.transpose(tf.gather(texts.to_tensor(), order)), is_word)
    return words, tf.reduce_sum(tf.cast(is_word, tf.int64), axis=1), order
