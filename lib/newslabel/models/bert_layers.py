"""A BERT as KerasHub builds it of a folder in Hugging Face's format, with one vector a text and sigmoids on top.

Importing it registers KerasHub's classes, by which Keras reads such a network back in safe mode.
"""

from pathlib import Path
from typing import Any

import keras
from keras_hub.models import BertBackbone
from safetensors import SafetensorError

from newslabel.errors import SettingsError
from newslabel.models.bert import BertNetwork
from newslabel.models.text_layers import LAYERS, MaskedMeanPooling, PaddedAtEnd, both_classes

__all__ = ["LAYERS", "build_bert"]


def build_bert(network: BertNetwork, vocabulary_size: int, preset: Path, *, pads_front: bool = False) -> keras.Model:
    """The uncompiled network, its weights those of the preset but for the sigmoids'.

    KerasHub has GELU by its approximation; with that, its numbers are those of Hugging Face's own code.

    Args:
        network: the keys of [network].
        vocabulary_size: ids are 0 (padding) to vocabulary_size - 1.
        preset: a local folder with config.json and model.safetensors.
        pads_front: whether texts are padded in front, else at their end.

    Returns:
        A model from int32 (N, steps), padded with 0, to float32 (N, 2): negative, positive.

    Raises:
        SettingsError: the preset cannot be read, lacks weights, or is of another vocabulary.
    """
    backbone = _backbone(preset, network.hidden_dropout)
    if backbone.vocabulary_size != vocabulary_size:
        raise SettingsError(
            f"the preset must know the pieces of the tokenization, {vocabulary_size}. "
            f"Received: {backbone.vocabulary_size} ({preset})"
        )
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    texts = PaddedAtEnd(name="padded_at_end")(token_ids) if pads_front else token_ids
    pooled = keras.layers.Dropout(network.hidden_dropout, name="pooled_dropout")(_pooled(network, backbone, texts))
    return keras.Model(token_ids, both_classes(pooled, network.outputs), name="bert")


def _backbone(preset: Path, dropout: float) -> BertBackbone:
    try:
        return BertBackbone.from_preset(str(preset.resolve()), dropout=dropout, name="backbone")
    except (ValueError, KeyError, OSError, SafetensorError) as error:
        raise SettingsError(f"bert.preset: the network cannot be read: {error}. Received: {str(preset)!r}") from error


def _pooled(network: BertNetwork, backbone: BertBackbone, texts: Any) -> Any:
    is_text = keras.ops.not_equal(texts, 0)
    steps = backbone(
        {
            "token_ids": texts,
            "segment_ids": keras.ops.zeros_like(texts),
            "padding_mask": keras.ops.cast(is_text, "int32"),
        }
    )
    if network.pooling == "first":
        return steps["pooled_output"]
    # of its layer over the first piece nothing is asked, and so no gradient comes
    backbone.pooled_dense.trainable = False
    return MaskedMeanPooling(name="pooled")(steps["sequence_output"], mask=is_text)
