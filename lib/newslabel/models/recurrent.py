"""The family of the networks that read word after word: LSTM or GRU, one way or both; the keys of its [network].

They are known without Keras, which only the layers need.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveInt

from newslabel.models.contracts import Family

if TYPE_CHECKING:
    import keras

LeftOut = Annotated[float, Field(ge=0, lt=1)]  # a share
GATES = {"lstm": 4, "gru": 3}  # of a cell
BACKWARD = "_backward"  # ends the names of the layer that reads backwards, and of its arrays


class RecurrentNetwork(BaseModel):
    """The keys of [network], each told in conf/recipes/glove_lstm.toml; the defaults are the published classifier's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    embedding: Literal["frozen", "trained"] = "frozen"
    embedding_width: PositiveInt = 100
    spatial_dropout: LeftOut = 0.0
    embedding_dropout: LeftOut = 0.0
    cell: Literal["lstm", "gru"] = "lstm"
    bidirectional: bool = False
    units: PositiveInt = 60
    cell_dropout: LeftOut = 0.0
    recurrent_dropout: LeftOut = 0.0
    pooling: Literal["max", "mean", "max_and_mean", "last"] = "max"
    pooled_dropout: LeftOut = 0.1
    dense: tuple[PositiveInt, ...] = (50,)
    dense_dropout: LeftOut = 0.1
    outputs: Literal[1, 2] = 2
    output_l2: NonNegativeFloat = 0.0


def needs_vectors(network: RecurrentNetwork) -> bool:
    """Whether the embedding is not learnt, so that random vectors would stay random."""
    return network.embedding == "frozen"


def _build(
    network: RecurrentNetwork,
    vocabulary_size: int,
    vectors: np.ndarray | None,
    *,
    pads_front: bool,
    preset: Path | None = None,  # noqa: ARG001 - its weights are learnt here
) -> "keras.Model":
    from newslabel.models.recurrent_layers import build_recurrent

    return build_recurrent(network, vocabulary_size, vectors, pads_front=pads_front)


def _kernel_weights(model: "keras.Model") -> dict[str, np.ndarray]:
    from newslabel.models.recurrent_layers import kernel_weights

    return kernel_weights(model)


def _layers() -> Mapping[str, Any]:
    from newslabel.models.recurrent_layers import LAYERS

    return {layer.__name__: layer for layer in LAYERS}


def _packed(model: "keras.Model", cache_dir: Path) -> "keras.Model":
    from newslabel.models.packed_layers import packed_network
    from newslabel.models.recurrent_layers import can_be_packed

    return packed_network(model, cache_dir) if can_be_packed(model) else model


FAMILY = Family(
    RecurrentNetwork,
    needs_vectors=needs_vectors,
    build=_build,
    kernel_weights=_kernel_weights,
    layers=_layers,
    packed=_packed,
)
