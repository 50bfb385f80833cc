"""What the networks of several families are made of: one vector for a text's steps, and the two classes at the end."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from newslabel.models.weights import dense_name

CLASSES = 2


class MaskedPooling(keras.layers.Layer):
    """One vector for a text's steps, padding left out: (N, steps, units) -> (N, units); all padding gives zeros.

    Keras' own pooling takes the padding's steps too, so that a score would depend on the longest text beside it.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, steps: Any, mask: Any = None) -> Any:
        """The vectors; `mask` is true where a step is of the text."""
        if mask is None:
            mask = keras.ops.ones_like(steps[:, :, 0], dtype="bool")
        is_text = keras.ops.expand_dims(mask, -1)
        pooled = self.pooled(steps, is_text)
        return keras.ops.where(keras.ops.any(is_text, axis=1), pooled, keras.ops.zeros_like(pooled))

    def pooled(self, steps: Any, is_text: Any) -> Any:
        """The vectors of texts that have steps: of float32 (N, steps, units) and bool (N, steps, 1)."""
        raise NotImplementedError

    def compute_mask(self, *_: Any) -> None:
        """No mask goes on: there are no steps left."""

    def compute_output_shape(self, steps_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape without the steps."""
        return steps_shape[0], steps_shape[2]


@keras.saving.register_keras_serializable(package="newslabel")
class MaskedMaxPooling(MaskedPooling):
    """The maximum over a text's steps."""

    def pooled(self, steps: Any, is_text: Any) -> Any:
        """See MaskedPooling."""
        lowest = keras.ops.full_like(steps, -np.inf)
        return keras.ops.max(keras.ops.where(is_text, steps, lowest), axis=1)


@keras.saving.register_keras_serializable(package="newslabel")
class MaskedMeanPooling(MaskedPooling):
    """The mean over a text's steps."""

    def pooled(self, steps: Any, is_text: Any) -> Any:
        """See MaskedPooling."""
        # a float16 sum of a thousand steps would have lost digits
        total = keras.ops.sum(_as_float(_of_text(steps, is_text)), axis=1)
        return keras.ops.cast(total / keras.ops.sum(_as_float(is_text), axis=1), steps.dtype)


@keras.saving.register_keras_serializable(package="newslabel")
class LastStep(MaskedPooling):
    """A text's last step."""

    def pooled(self, steps: Any, is_text: Any) -> Any:
        """See MaskedPooling."""
        number = keras.ops.cumsum(_as_float(is_text), axis=1)
        is_last = keras.ops.logical_and(is_text, number == keras.ops.max(number, axis=1, keepdims=True))
        return keras.ops.sum(_of_text(steps, is_last), axis=1)


@keras.saving.register_keras_serializable(package="newslabel")
class PaddedAtEnd(keras.layers.Layer):
    """Token ids padded anywhere with 0, int32 (N, steps), as the same texts padded at their end.

    No step before a text is then run through, so that a cell needs no mask, of which cuDNN takes few.
    """

    def call(self, token_ids: Any) -> Any:
        """The moved ids."""
        order = tf.argsort(tf.cast(tf.equal(token_ids, 0), tf.int32), axis=1, stable=True)
        return tf.gather(token_ids, order, batch_dims=1)

    def compute_output_shape(self, token_ids_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The same shape."""
        return token_ids_shape


@keras.saving.register_keras_serializable(package="newslabel")
class Reversed(keras.layers.Layer):
    """Each text's steps from its last to its first, (N, steps, width) -> the same; the padding stays at the end."""

    def call(self, steps: Any, is_text: Any) -> Any:
        """The reversed steps; `is_text` is bool (N, steps)."""
        return tf.reverse_sequence(steps, tf.reduce_sum(tf.cast(is_text, tf.int32), axis=1), seq_axis=1, batch_axis=0)

    def compute_output_shape(
        self,
        steps_shape: tuple[int | None, ...],
        is_text_shape: tuple[int | None, ...],  # noqa: ARG002 - Keras asks for it by name
    ) -> tuple[int | None, ...]:
        """The same shape as the steps'."""
        return steps_shape


LAYERS = (MaskedMaxPooling, MaskedMeanPooling, LastStep, PaddedAtEnd, Reversed)


def with_dense_layers(values: Any, widths: tuple[int, ...], dropout: float) -> Any:
    """The values behind dense layers with relu, of which each is followed by dropout.

    Args:
        values: (N, any width).
        widths: of the layers, named dense, dense_2 and so on.
        dropout: share of each layer's values that is left out in training.
    """
    for number, width in enumerate(widths, start=1):
        name = dense_name(number)
        values = keras.layers.Dense(width, "relu", name=name)(values)
        values = keras.layers.Dropout(dropout, name=f"{name}_dropout")(values)
    return values


def both_classes(values: Any, outputs: int, l2: float = 0.0) -> Any:
    """The probabilities of both classes, (N, 2): negative, positive.

    Args:
        values: (N, any width).
        outputs: two sigmoids, or one, of the positive class: cross-entropy over both columns is then as over that one.
        l2: the loss grows by so many times the sum of the weights' squares.
    """
    regularizer = keras.regularizers.L2(l2) if l2 else None
    # of float16, a sigmoid would have no more than a thousand answers
    answers = keras.layers.Dense(outputs, "sigmoid", kernel_regularizer=regularizer, dtype="float32", name="classes")(
        values
    )
    return answers if outputs == CLASSES else keras.ops.concatenate([1 - answers, answers], axis=1)


def _of_text(steps: Any, is_text: Any) -> Any:
    return keras.ops.where(is_text, steps, keras.ops.zeros_like(steps))


def _as_float(values: Any) -> Any:
    return keras.ops.cast(values, "float32")
