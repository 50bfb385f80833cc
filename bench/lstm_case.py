"""An LSTM classifier of the published sizes with random weights, and articles of a news corpus' lengths for it."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import keras

WORDS, WIDTH, UNITS, DENSE = 30_000, 50, 60, 50
LONGEST = 1000
MEDIAN_LENGTH, SPREAD = 280, 0.5
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Articles:
    """Encoded articles: token_ids int32, all of them one after the other; offsets int64 (N + 1,), where each begins."""

    token_ids: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        return np.diff(self.offsets)

    def padded(self, rows: npt.NDArray[np.int64], width: int) -> npt.NDArray[np.int32]:
        """Those rows, padded at the end with 0."""
        ids = np.zeros((len(rows), width), np.int32)
        for place, row in enumerate(rows):
            ids[place, : self.lengths[row]] = self.token_ids[self.offsets[row] : self.offsets[row + 1]]
        return ids


def made_articles(count: int, *, seed: int = 0) -> Articles:
    """Articles whose lengths are lognormal (mean about 310, cut at 1000) and whose words have Zipf's frequencies."""
    draw = np.random.default_rng(seed)
    lengths = np.clip(draw.lognormal(np.log(MEDIAN_LENGTH), SPREAD, count), 1, LONGEST).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return Articles(np.minimum(draw.zipf(1.1, offsets[-1]), WORDS - 1).astype(np.int32), offsets)


def made_weights(seed: int = 0) -> dict[str, Floats]:
    """Keras' weights, by layer and name."""
    draw = np.random.default_rng(seed)

    def normal(*shape: int, scale: float) -> Floats:
        return (draw.standard_normal(shape) * scale).astype(np.float32)

    return {
        "vectors": normal(WORDS, WIDTH, scale=0.5),
        "kernel": normal(WIDTH, 4 * UNITS, scale=0.2),
        "recurrent": normal(UNITS, 4 * UNITS, scale=UNITS**-0.5),
        "bias": normal(4 * UNITS, scale=0.1),
        "dense_kernel": normal(UNITS, DENSE, scale=0.3),
        "dense_bias": normal(DENSE, scale=0.1),
        "output_kernel": normal(DENSE, 2, scale=0.3),
        "output_bias": normal(2, scale=0.1),
    }


def folded(weights: dict[str, Floats]) -> dict[str, Floats]:
    """The same, as the kernel takes them."""
    return weights | {"table": weights["vectors"] @ weights["kernel"] + weights["bias"]}


def keras_model(weights: dict[str, Floats]) -> "keras.Model":
    """The same as a Keras model, on one thread."""
    from newslabel.ranks.environment import TENSORFLOW_ENVIRONMENT

    os.environ.update(TENSORFLOW_ENVIRONMENT)
    from newslabel.models.recurrent import RecurrentNetwork
    from newslabel.models.recurrent_layers import build_recurrent

    model = build_recurrent(RecurrentNetwork(units=UNITS, dense=(DENSE,)), WORDS, weights["vectors"])
    for layer, names in {
        "lstm": ("kernel", "recurrent", "bias"),
        "dense": ("dense_kernel", "dense_bias"),
        "classes": ("output_kernel", "output_bias"),
    }.items():
        model.get_layer(layer).set_weights([weights[name] for name in names])
    return model
