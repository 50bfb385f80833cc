"""The GloVe-LSTM: embedding, one LSTM with all steps out, maximum over the text, two dense layers, two sigmoids."""

from typing import Any

import keras
import numpy as np

from newslabel.models.lstm import LstmNetwork

CLASSES = 2


@keras.saving.register_keras_serializable(package="newslabel")
class MaskedMaxPooling(keras.layers.Layer):
    """The maximum over a text's steps, padding left out: (N, steps, units) -> (N, units); all padding gives zeros.

    Keras' GlobalMaxPooling1D takes the padding's steps too, so that a score would depend on the longest text beside it.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, steps: Any, mask: Any = None) -> Any:
        """The maxima; `mask` is true where a step is of the text."""
        if mask is None:
            return keras.ops.max(steps, axis=1)
        is_text = keras.ops.expand_dims(mask, -1)
        lowest = keras.ops.full_like(steps, -np.inf)
        maxima = keras.ops.max(keras.ops.where(is_text, steps, lowest), axis=1)
        return keras.ops.where(keras.ops.any(is_text, axis=1), maxima, keras.ops.zeros_like(maxima))

    def compute_mask(self, *_: Any) -> None:
        """No mask goes on: there are no steps left."""

    def compute_output_shape(self, steps_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape without the steps."""
        return steps_shape[0], steps_shape[2]


@keras.saving.register_keras_serializable(package="newslabel")
class FrontPaddedLSTM(keras.layers.LSTM):
    """An LSTM that never runs by cuDNN, which takes texts padded at their end alone.

    A class of its own, since Keras does not save which way an LSTM was told to run.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(units, **kwargs | {"use_cudnn": False})


def build_lstm(
    network: LstmNetwork, vocabulary_size: int, vectors: np.ndarray | None, *, pads_front: bool = False
) -> keras.Model:
    """The uncompiled network.

    Args:
        network: its sizes.
        vocabulary_size: ids are 0 (padding) to vocabulary_size - 1.
        vectors: float32 (vocabulary_size, any width) to start the embedding with, or None for random ones.
        pads_front: whether texts are padded in front, else at their end.

    Returns:
        A model from int32 (N, steps), padded with 0, to float32 (N, 2): negative, positive.
    """
    layers = keras.layers
    width = network.embedding_width if vectors is None else vectors.shape[1]
    embedding = layers.Embedding(vocabulary_size, width, trainable=network.embedding == "trained", name="embedding")
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    is_text = keras.ops.not_equal(token_ids, 0)
    # the steps behind a text change none before them and are not pooled: a mask would only cost time, and cuDNN
    # takes none of which a row is empty
    lstm, mask = (FrontPaddedLSTM, is_text) if pads_front else (layers.LSTM, None)
    steps = lstm(network.units, return_sequences=True, name="lstm")(embedding(token_ids), mask=mask)
    maxima = MaskedMaxPooling(name="pooled")(steps, mask=is_text)
    pooled = layers.Dropout(network.dropout, name="pooled_dropout")(maxima)
    dense = layers.Dense(network.dense_units, "relu", name="dense")(pooled)
    kept = layers.Dropout(network.dropout, name="dense_dropout")(dense)
    model = keras.Model(token_ids, layers.Dense(CLASSES, "sigmoid", dtype="float32", name="classes")(kept), name="lstm")
    if vectors is not None:
        embedding.set_weights([vectors])
    return model


def kernel_weights(model: keras.Model) -> dict[str, np.ndarray]:
    """The arrays of the scoring kernel, all float32; gates are in Keras' order: input, forget, cell, output.

    The embedding is folded into the input kernel: a step then takes a row of `table` instead of a product.

    Returns:
        table (vocabulary_size, 4 units), recurrent (units, 4 units), dense_kernel, dense_bias, output_kernel and
        output_bias.
    """
    (vectors,) = model.get_layer("embedding").get_weights()
    kernel, recurrent, bias = model.get_layer("lstm").get_weights()
    dense_kernel, dense_bias = model.get_layer("dense").get_weights()
    output_kernel, output_bias = model.get_layer("classes").get_weights()
    return {
        "table": vectors @ kernel + bias,
        "recurrent": recurrent,
        "dense_kernel": dense_kernel,
        "dense_bias": dense_bias,
        "output_kernel": output_kernel,
        "output_bias": output_bias,
    }
