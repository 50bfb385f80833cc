"""Networks of the kinds of the recipes on GloVe's vectors, with random weights: what the benches of kinds run."""

import os
from typing import TYPE_CHECKING

import numpy as np
from lstm_case import WIDTH, WORDS

from newslabel.models.recurrent import RecurrentNetwork
from newslabel.ranks.environment import TENSORFLOW_ENVIRONMENT

if TYPE_CHECKING:
    import keras

KINDS = {
    "LSTM": RecurrentNetwork(),
    "BiLSTM": RecurrentNetwork(bidirectional=True),
    "BiLSTM, maximum and mean": RecurrentNetwork(bidirectional=True, pooling="max_and_mean"),
    "GRU": RecurrentNetwork(cell="gru"),
}


def keras_network(kind: str) -> "keras.Model":
    """The network as Keras has it, on one thread."""
    os.environ.update(TENSORFLOW_ENVIRONMENT)
    from newslabel.models.recurrent_layers import build_recurrent

    vectors = np.random.default_rng(0).normal(0, 0.5, (WORDS, WIDTH)).astype(np.float32)
    return build_recurrent(KINDS[kind], WORDS, vectors)
