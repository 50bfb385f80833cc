"""The recurrent networks as they are trained on a CPU: the same weights, with no step of padding (`packed_steps`)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from newslabel.models.packed_steps import PackedSteps
from newslabel.models.recurrent_layers import cells_of, pooling_of


def packed_network(model: keras.Model, cache_dir: Path) -> keras.Model:
    """A network of the same layers and weights whose cells run packed, and what is kept of their outputs with them.

    Args:
        model: what `build_recurrent` made; what trains one trains both.
        cache_dir: where compiled code is kept.
    """
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    pooled = PackedCells(model, cache_dir, name="packed")(token_ids)
    classify = keras.Model(model.get_layer("pooled").output, model.output, name="classify")
    return keras.Model(token_ids, classify(pooled), name=model.name)


class PackedCells(keras.layers.Layer):
    """From token ids to what is kept of the cells' outputs, (N, steps) -> (N, any); what is padding, 0, takes no time.

    Args:
        model: whose embedding, dropout before the cells, and cells are used, activations being Keras' defaults.
        cache_dir: where compiled code is kept.
    """

    def __init__(self, model: keras.Model, cache_dir: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        layers = {layer.name: layer for layer in model.layers}
        self.embedding = layers["embedding"]
        self.spatial_dropout = layers.get("spatial_dropout")
        self.embedding_dropout = layers.get("embedding_dropout")
        self.cells = cells_of(model)
        # as Keras' cells have it: what is left out of a text's vectors is the same at all steps
        self.cell_dropouts = [keras.layers.SpatialDropout1D(cell.dropout) for cell in self.cells]
        self._width = model.get_layer("pooled").output.shape[-1]
        kind = "gru" if isinstance(self.cells[0], keras.layers.GRU) else "lstm"
        self._steps = [
            PackedSteps(kind, pooling_of(model), cache_dir, learns_inputs=self.embedding.trainable) for _ in self.cells
        ]

    def call(self, token_ids: Any) -> Any:
        """What is kept; `token_ids` is int32, padded anywhere with 0."""
        texts = packed(token_ids)
        vectors = _less(tf.gather(self.embedding.embeddings, texts.words), texts, self.spatial_dropout)
        if self.embedding_dropout is not None:
            vectors = self.embedding_dropout(vectors)
        both = (vectors, tf.gather(vectors, texts.backwards)) if len(self.cells) > 1 else (vectors,)
        kept = [
            _pooled(steps, cell.cell, _less(inputs, texts, dropout), texts)
            for steps, cell, inputs, dropout in zip(self._steps, self.cells, both, self.cell_dropouts, strict=True)
        ]
        in_order = tf.gather(tf.stack(kept, axis=2), tf.math.invert_permutation(texts.order))
        return tf.reshape(in_order, (-1, self._width))  # each pooling of both directions

    def compute_output_shape(self, token_ids_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        """The shape of what is kept."""
        return token_ids_shape[0], self._width


@dataclass(frozen=True)
class PackedTexts:
    """Padded texts in the order of steps, as tensors.

    Attributes:
        words: int32 (P,), the ids, step by step, of the longest text first.
        texts: int64 (P,), of which text each is, the longest being 0.
        backwards: int64 (P,), where the words stand that come in their places when each text is read backwards.
        sizes: int64 (longest,), how many texts each step has.
        order: int32 (N,), which row each text was.
    """

    words: Any
    texts: Any
    backwards: Any
    sizes: Any
    order: Any


def packed(token_ids: Any) -> PackedTexts:
    """Texts of int32 (N, steps), padded anywhere with 0, in the order of steps."""
    texts = tf.ragged.boolean_mask(token_ids, token_ids != 0)
    order = tf.argsort(texts.row_lengths(), direction="DESCENDING", stable=True)
    lengths = tf.gather(texts.row_lengths(), order)
    is_word = tf.transpose(tf.sequence_mask(lengths))
    words = tf.boolean_mask(tf.transpose(tf.gather(texts.to_tensor(), order)), is_word)
    sizes = tf.reduce_sum(tf.cast(is_word, tf.int64), axis=1)
    step, text = tf.unstack(tf.where(is_word), axis=1)
    firsts = tf.cumsum(sizes, exclusive=True)
    backwards = tf.gather(firsts, tf.gather(lengths, text) - 1 - step) + text
    return PackedTexts(words, text, backwards, sizes, order)


def _less(vectors: Any, texts: PackedTexts, dropout: keras.layers.SpatialDropout1D | None) -> Any:
    """The packed vectors, in training less what is left out of all of a text's."""
    if dropout is None or not dropout.rate:
        return vectors
    ones = tf.ones((tf.size(texts.order), 1, vectors.shape[1]))
    return vectors * tf.gather(dropout(ones)[:, 0], texts.texts)


def _pooled(steps: PackedSteps, cell: Any, vectors: Any, texts: PackedTexts) -> Any:
    """`PackedSteps.pooled` in the graph, with its gradients; the vectors' only where the embedding is trained."""

    @tf.custom_gradient
    def pooled(vectors: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        arguments = (vectors, texts.sizes, tf.size(texts.order), kernel, recurrent, bias)
        kept, call = tf.numpy_function(steps.pooled, arguments, (tf.float32, tf.int64))

        def gradients(of_kept: Any) -> tuple[Any, ...]:
            dense = tf.convert_to_tensor(of_kept)  # it comes by way of gather, as slices
            arguments = (call, dense, vectors, texts.sizes, kernel, recurrent)
            of_vectors, *of_weights = tf.numpy_function(steps.gradients, arguments, [tf.float32] * 4)
            weights = (kernel, recurrent, bias)
            shaped = (tf.ensure_shape(of, each.shape) for of, each in zip(of_weights, weights, strict=True))
            return tf.ensure_shape(of_vectors, vectors.shape) if steps.learns_inputs else None, *shaped

        return kept, gradients

    kept = pooled(vectors, *map(tf.convert_to_tensor, (cell.kernel, cell.recurrent_kernel, cell.bias)))
    return tf.ensure_shape(kept, (None, None, cell.units))
