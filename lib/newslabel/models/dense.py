"""The family of the networks that know no order of words: their mean, dense layers; the keys of its [network]."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from newslabel.models.contracts import Family

if TYPE_CHECKING:
    import keras


class DenseNetwork(BaseModel):
    """The keys of [network], each told in conf/recipes/sms_dense.toml, whose values are the defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    embedding: Literal["frozen", "trained"] = "trained"
    embedding_width: PositiveInt = 16
    dense: tuple[PositiveInt, ...] = (24,)
    dense_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    outputs: Literal[1, 2] = 1


def needs_vectors(network: DenseNetwork) -> bool:
    """Whether the embedding is not learnt, so that random vectors would stay random."""
    return network.embedding == "frozen"


def _build(
    network: DenseNetwork,
    vocabulary_size: int,
    vectors: np.ndarray | None,
    *,
    pads_front: bool,  # noqa: ARG001 - a mean is the same at either end
    preset: Path | None = None,  # noqa: ARG001 - its weights are learnt here
) -> "keras.Model":
    from newslabel.models.dense_layers import build_dense

    return build_dense(network, vocabulary_size, vectors)


def _layers() -> Mapping[str, Any]:
    from newslabel.models.text_layers import LAYERS

    return {layer.__name__: layer for layer in LAYERS}


FAMILY = Family(
    DenseNetwork,
    needs_vectors=needs_vectors,
    build=_build,
    kernel_weights=lambda _: {},
    layers=_layers,
)
