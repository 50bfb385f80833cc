"""The published GloVe-LSTM in plain Keras, as a tutorial would write it: what ours is measured against."""

from typing import Any

import keras
import numpy as np


def plain_network(vectors: np.ndarray, *, masks_padding: bool) -> Any:
    """The compiled network, from ids padded at the end with 0 to the two classes.

    Args:
        vectors: float32 (words, width), of which the embedding is made, frozen.
        masks_padding: whether the LSTM is told what is padding.
    """
    initial = keras.initializers.Constant(vectors)
    model = keras.Sequential(
        [
            keras.layers.Embedding(
                *vectors.shape, embeddings_initializer=initial, trainable=False, mask_zero=masks_padding
            ),
            keras.layers.LSTM(60, return_sequences=True),
            keras.layers.GlobalMaxPooling1D(),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(50, activation="relu"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(2, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model
