"""The family of pretrained BERTs: a preset's network, one vector a text, sigmoids; the keys of its [network].

KerasHub, of the extra `bert`, is imported by whoever builds or reads such a network, not before.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from newslabel.errors import SettingsError
from newslabel.extras import check_bert
from newslabel.models.contracts import Family
from newslabel.tokens.word_pieces import WORD_PIECES

if TYPE_CHECKING:
    import keras


class BertNetwork(BaseModel):
    """The keys of [network], each told in conf/recipes/bert.toml, whose values are the defaults.

    How large the network is, its preset says.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hidden_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.35
    pooling: Literal["mean", "first"] = "mean"
    outputs: Literal[1, 2] = 2


def _build(
    network: BertNetwork,
    vocabulary_size: int,
    vectors: np.ndarray | None,
    *,
    pads_front: bool,
    preset: Path | None = None,
) -> "keras.Model":
    if preset is None or vectors is not None:
        raise SettingsError(
            "a BERT is built from a preset alone, with no word vectors beside it. "
            f"Received: {'no preset' if preset is None else 'vectors'}"
        )
    check_bert()
    from newslabel.models.bert_layers import build_bert

    return build_bert(network, vocabulary_size, preset, pads_front=pads_front)


def _layers() -> Mapping[str, Any]:
    check_bert()
    from newslabel.models.bert_layers import LAYERS

    return {layer.__name__: layer for layer in LAYERS}


FAMILY = Family(
    BertNetwork,
    needs_vectors=lambda _: False,
    build=_build,
    kernel_weights=lambda _: {},
    layers=_layers,
    needs_preset=True,
    rows_scored_at_once=1,  # products of one text are large enough, and a score depends on no place in a batch
    encoders=(WORD_PIECES,),
)
