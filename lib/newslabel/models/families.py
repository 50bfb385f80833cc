"""The families of models: one module of this folder each, found by its name; what differs between them stands there.

What of a family takes Keras stands in a module beside it, NAME_layers.
"""

import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from pydantic import BaseModel, ValidationError

import newslabel.models
from newslabel.errors import SettingsError, nearest
from newslabel.recipes import Recipe

if TYPE_CHECKING:
    import keras

LAYERS = "_layers"
POSITIVE = 1  # of a network's outputs: negative, positive


class BuildsNetwork(Protocol):
    """See `Family`."""

    def __call__(
        self, network: Any, vocabulary_size: int, vectors: np.ndarray | None, *, pads_front: bool
    ) -> "keras.Model":
        """The uncompiled network."""


@dataclass(frozen=True)
class Family:
    """What a family's module says of itself, as its constant FAMILY.

    Attributes:
        network: the keys of a recipe's [network], a frozen pydantic class.
        needs_vectors: network -> whether it cannot be built without word vectors from a file.
        build: (network, vocabulary size, vectors or None, pads_front) -> an uncompiled Keras model from token ids to
            the two classes' probabilities, negative first. Vectors are float32 (vocabulary size, width).
        kernel_weights: model -> the arrays of the family's scoring kernel by name; none where Keras itself scores.
        layers: the Keras layers of the family's own, by name.
        packed: (model, a folder for compiled code) -> a model of the same weights that a CPU trains faster; None where
            there is no such way.

    Keras is imported by the last four, not before.
    """

    network: type[BaseModel]
    needs_vectors: Callable[[Any], bool]
    build: BuildsNetwork
    kernel_weights: Callable[["keras.Model"], dict[str, np.ndarray]]
    layers: Callable[[], Mapping[str, Any]]
    packed: Callable[["keras.Model", Path], "keras.Model"] | None = None


def load_family(name: str) -> Family:
    """The family of that name.

    Raises:
        SettingsError: no such family; names the nearest.
    """
    module = f"{newslabel.models.__name__}.{name}"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or not _is_module(name):
        raise _unknown(name)
    family = getattr(import_module(module), "FAMILY", None)
    if not isinstance(family, Family):
        raise _unknown(name)
    return family


def network_of(recipe: Recipe) -> BaseModel:
    """A recipe's [network], checked by its family.

    Raises:
        SettingsError: no such family, an unknown key (names the nearest) or a wrong value.
    """
    network_class = load_family(recipe.family).network
    try:
        return network_class.model_validate(recipe.network)
    except ValidationError as error:
        problems = (_problem(recipe, details, network_class) for details in error.errors())
        raise SettingsError("\n".join(problems)) from error


def load_network(file: Path, family: str) -> "keras.Model":
    """The uncompiled network in a .keras file, read in safe mode.

    Args:
        file: the file.
        family: the network's.
    """
    import keras

    return keras.models.load_model(file, custom_objects=load_family(family).layers(), compile=False, safe_mode=True)


def _is_module(name: str) -> bool:
    return any(module.name == name for module in pkgutil.iter_modules(newslabel.models.__path__))


def _unknown(name: str) -> SettingsError:
    modules = [each.name for each in pkgutil.iter_modules(newslabel.models.__path__) if not each.name.endswith(LAYERS)]
    known = [
        module
        for module in modules
        if isinstance(getattr(import_module(f"{newslabel.models.__name__}.{module}"), "FAMILY", None), Family)
    ]
    return SettingsError(f"there is no family of models {name!r}.{nearest(name, known)} Received: {name!r}")


def _problem(recipe: Recipe, details: Any, network_class: type[BaseModel]) -> str:
    key = ".".join(map(str, details["loc"]))
    if details["type"] == "extra_forbidden":
        known = nearest(key, network_class.model_fields)
        return f"recipe {recipe.name}: [network] of the family {recipe.family!r} has no key {key!r}.{known}"
    message = details["msg"].removeprefix("Value error, ")
    return f"recipe {recipe.name}: network.{key}: {message}. Received: {details['input']!r}"
