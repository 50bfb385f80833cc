"""The family of the GloVe-LSTM: the keys of its [network], known without Keras, which only its layers need."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from newslabel.models.families import Family

if TYPE_CHECKING:
    import keras


class LstmNetwork(BaseModel):
    """The keys of [network]; the defaults are the published classifier's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    embedding: Literal["frozen", "trained"] = "frozen"
    embedding_width: PositiveInt = 100
    units: PositiveInt = 60
    dense_units: PositiveInt = 50
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1


def needs_vectors(network: LstmNetwork) -> bool:
    """Whether the embedding is not learnt, so that random vectors would stay random."""
    return network.embedding == "frozen"


def _build(
    network: LstmNetwork, vocabulary_size: int, vectors: np.ndarray | None, *, pads_front: bool
) -> "keras.Model":
    from newslabel.models.lstm_layers import build_lstm

    return build_lstm(network, vocabulary_size, vectors, pads_front=pads_front)


def _kernel_weights(model: "keras.Model") -> dict[str, np.ndarray]:
    from newslabel.models.lstm_layers import kernel_weights

    return kernel_weights(model)


def _layers() -> Mapping[str, Any]:
    from newslabel.models.lstm_layers import FrontPaddedLSTM, MaskedMaxPooling

    return {layer.__name__: layer for layer in (FrontPaddedLSTM, MaskedMaxPooling)}


def _packed(model: "keras.Model", cache_dir: Path) -> "keras.Model":
    from newslabel.models.lstm_packed_layers import packed_lstm

    return packed_lstm(model, cache_dir)


FAMILY = Family(
    LstmNetwork,
    needs_vectors=needs_vectors,
    build=_build,
    kernel_weights=_kernel_weights,
    layers=_layers,
    packed=_packed,
)
