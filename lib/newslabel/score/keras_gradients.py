"""Gradient times input at the embedding of a network of Keras': what each word's vector moved the log-odds by.

Source: A. Shrikumar and others, Not just a black box, 2016 (arXiv:1605.01713).
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import keras

WORD_EMBEDDINGS = ("embedding", "token_embedding")  # the house's, KerasHub's
CLASSES = "classes"  # the layer of the sigmoids, the positive class' last


def word_embeddings(model: "keras.Model") -> Iterator["keras.layers.Embedding"]:
    """The layers that hold a vector a word, of which a network has one."""
    import keras

    parts = [layer for layer in model.layers if isinstance(layer, keras.Model)]  # a BERT is a model within the model
    for layer in (*model.layers, *(layer for part in parts for layer in part.layers)):
        if isinstance(layer, keras.layers.Embedding) and layer.name in WORD_EMBEDDINGS:
            yield layer


def gradients_times_input(model: "keras.Model") -> Callable[[npt.NDArray[np.int32]], Any]:
    """A function from token ids, int32 (N, width) and padded at their end, to each token's share, float32 (N, width).

    It is compiled once for batches of every width.

    Args:
        model: of a family of networks.
    """
    import keras
    import tensorflow as tf

    (embedding,) = word_embeddings(model)
    classes = model.get_layer(CLASSES)
    before = keras.Model(model.input, classes.input)

    def shares(token_ids: Any) -> Any:
        vectors = tf.convert_to_tensor(embedding.embeddings)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(embedding.embeddings.value)
            # not by the sigmoid: where that is 1, nothing would be left of it
            log_odds = before(token_ids) @ classes.kernel[:, -1:]
        # of each place in the batch the gradient by its vector, one place after the other
        by_place = tape.gradient(log_odds, embedding.embeddings.value)
        products = by_place.values * tf.gather(vectors, by_place.indices)
        return tf.reshape(tf.reduce_sum(products, axis=-1), tf.shape(token_ids))

    compiled: Callable[[Any], Any] = tf.function(shares, input_signature=[tf.TensorSpec((None, None), tf.int32)])
    return compiled
