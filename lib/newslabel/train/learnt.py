"""The weights that training changes, and their values: what checkpoints hold, and what is gone back to."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np


def learnt(model: keras.Model) -> list[keras.Variable]:
    """All weights but those of frozen layers, which every rank reads anew: word vectors may be most of a network."""
    layers = model._flatten_layers()  # noqa: SLF001 - Keras tells those within layers in no other way
    frozen = {id(weights) for layer in layers if not layer.trainable for weights in layer.weights}
    return [weights for weights in model.weights if id(weights) not in frozen]


def learnt_values(model: keras.Model) -> list[np.ndarray]:
    """What the weights that training changes are at the moment."""
    return [weights.numpy() for weights in learnt(model)]


def take_learnt(model: keras.Model, values: Sequence[np.ndarray]) -> None:
    """Gives the weights that training changes the values that `learnt_values` told."""
    assign(learnt(model), values)


def assign(variables: Sequence[Any], values: Sequence[np.ndarray]) -> None:
    """Gives Keras variables their values, one each."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
