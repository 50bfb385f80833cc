"""The dense network: embedding, the mean over the text's words, dense layers, sigmoids."""

import keras
import numpy as np

from newslabel.models.dense import DenseNetwork
from newslabel.models.text_layers import MaskedMeanPooling, both_classes, with_dense_layers


def build_dense(network: DenseNetwork, vocabulary_size: int, vectors: np.ndarray | None) -> keras.Model:
    """The uncompiled network.

    Args:
        network: its sizes.
        vocabulary_size: ids are 0 (padding) to vocabulary_size - 1.
        vectors: float32 (vocabulary_size, any width) to start the embedding with, or None for random ones.

    Returns:
        A model from int32 (N, steps), padded anywhere with 0, to float32 (N, 2): negative, positive.
    """
    width = network.embedding_width if vectors is None else vectors.shape[1]
    trains = network.embedding == "trained"
    embedding = keras.layers.Embedding(vocabulary_size, width, trainable=trains, name="embedding")
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    is_text = keras.ops.not_equal(token_ids, 0)
    mean = MaskedMeanPooling(name="pooled")(embedding(token_ids), mask=is_text)
    values = with_dense_layers(mean, network.dense, network.dense_dropout)
    model = keras.Model(token_ids, both_classes(values, network.outputs), name="dense_network")
    if vectors is not None:
        embedding.set_weights([vectors])
    return model
