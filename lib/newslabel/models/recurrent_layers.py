"""The recurrent networks: embedding, an LSTM or a GRU with all steps out, one vector a text, dense layers, sigmoids."""

from typing import Any

import keras
import numpy as np

from newslabel.models.recurrent import BACKWARD, RecurrentNetwork
from newslabel.models.text_layers import (
    LAYERS,
    LastStep,
    MaskedMaxPooling,
    MaskedMeanPooling,
    MaskedPooling,
    PaddedAtEnd,
    Reversed,
    both_classes,
    with_dense_layers,
)

__all__ = ["LAYERS", "build_recurrent", "can_be_packed", "kernel_weights"]

CELLS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
POOLINGS = {
    "max": (MaskedMaxPooling,),
    "mean": (MaskedMeanPooling,),
    "max_and_mean": (MaskedMaxPooling, MaskedMeanPooling),
    "last": (LastStep,),
}


def build_recurrent(
    network: RecurrentNetwork, vocabulary_size: int, vectors: np.ndarray | None, *, pads_front: bool = False
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
    texts = PaddedAtEnd(name="padded_at_end")(token_ids) if pads_front else token_ids
    is_text = keras.ops.not_equal(texts, 0)
    directions = _directions(network, _less(network, embedding(texts)), is_text)
    pooled = layers.Dropout(network.pooled_dropout, name="pooled_dropout")(_pooled(network, directions, is_text))
    values = with_dense_layers(pooled, network.dense, network.dense_dropout)
    model = keras.Model(token_ids, both_classes(values, network.outputs, network.output_l2), name=network.cell)
    if vectors is not None:
        embedding.set_weights([vectors])
    return model


def _less(network: RecurrentNetwork, vectors: Any) -> Any:
    """The words' vectors, some of them left out in training."""
    if network.spatial_dropout:
        vectors = keras.layers.SpatialDropout1D(network.spatial_dropout, name="spatial_dropout")(vectors)
    if network.embedding_dropout:
        vectors = keras.layers.Dropout(network.embedding_dropout, name="embedding_dropout")(vectors)
    return vectors


def _directions(network: RecurrentNetwork, vectors: Any, is_text: Any) -> list[Any]:
    """The steps of a cell that reads forwards, and of one that reads backwards, where there is one.

    Neither has a mask: the steps behind a text change none before them, and are not pooled.
    """
    forward = _cell(network, network.cell)(vectors)
    if not network.bidirectional:
        return [forward]
    return [forward, _cell(network, network.cell + BACKWARD)(Reversed(name="reversed")(vectors, is_text))]


def _cell(network: RecurrentNetwork, name: str) -> keras.layers.Layer:
    return CELLS[network.cell](
        network.units,
        return_sequences=True,
        dropout=network.cell_dropout,
        recurrent_dropout=network.recurrent_dropout,
        name=name,
    )


def _pooled(network: RecurrentNetwork, directions: list[Any], is_text: Any) -> Any:
    """The poolings side by side, each of both directions: in the order in which Keras' Bidirectional has these."""
    poolings = POOLINGS[network.pooling]
    if len(poolings) == len(directions) == 1:
        return poolings[0](name="pooled")(directions[0], mask=is_text)
    parts = [pooling()(steps, mask=is_text) for pooling in poolings for steps in directions]
    return keras.layers.Concatenate(name="pooled")(parts)


def cells_of(model: keras.Model) -> list[keras.layers.Layer]:
    """The layer that reads forwards, and the one that reads backwards, where there is one."""
    cells = [layer for layer in model.layers if isinstance(layer, keras.layers.LSTM | keras.layers.GRU)]
    return sorted(cells, key=lambda cell: cell.name.endswith(BACKWARD))


def pooling_of(model: keras.Model) -> str:
    """What is kept of the cells' outputs: max, mean, max_and_mean or last."""
    kinds = {type(layer) for layer in model.layers if isinstance(layer, MaskedPooling)}
    return next(name for name, poolings in POOLINGS.items() if set(poolings) == kinds)


def can_be_packed(model: keras.Model) -> bool:
    """Whether it is trained packed: nothing is left out of what a cell remembers, which Keras does gate by gate."""
    return not any(cell.recurrent_dropout for cell in cells_of(model))


def kernel_weights(model: keras.Model) -> dict[str, np.ndarray]:
    """The arrays of the scoring kernel, all float32, the gates in Keras' order.

    The embedding is folded into the input kernel: a step then takes a row of `table` instead of a product.

    Returns:
        Of the cell: table (vocabulary_size, gates), biases included, and recurrent (units, gates), of which an LSTM has
        4 units (input, forget, cell, output), a GRU 3 (update, reset, candidate). Of a GRU besides candidate_bias
        (units,), which the reset gate scales with the candidate's recurrent product. Of a cell that reads backwards the
        same, their names ending in _backward. Of each dense layer NAME_kernel (depth, width) and NAME_bias (width,):
        dense, dense_2 and so on; and output_kernel (depth, outputs) and output_bias (outputs,).
    """
    (vectors,) = model.get_layer("embedding").get_weights()
    arrays: dict[str, np.ndarray] = {}
    for cell, suffix in zip(cells_of(model), ("", BACKWARD), strict=False):
        arrays |= {f"{name}{suffix}": array for name, array in _cell_arrays(cell, vectors).items()}
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            name = "output" if layer.name == "classes" else layer.name
            arrays[f"{name}_kernel"], arrays[f"{name}_bias"] = layer.get_weights()
    return arrays


def _cell_arrays(layer: keras.layers.Layer, vectors: np.ndarray) -> dict[str, np.ndarray]:
    kernel, recurrent, bias = layer.get_weights()
    if isinstance(layer, keras.layers.LSTM):
        return {"table": vectors @ kernel + bias, "recurrent": recurrent}
    of_inputs, of_recurrent = bias
    beside = 2 * layer.units  # the gates to which both biases are added alike
    of_inputs[:beside] += of_recurrent[:beside]
    return {"table": vectors @ kernel + of_inputs, "recurrent": recurrent, "candidate_bias": of_recurrent[beside:]}
