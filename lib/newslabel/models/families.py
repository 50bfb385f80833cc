"""The families of models: one module of this folder each, found by its name; what differs between them stands there.

A family is a network that Keras trains (`Family`), or a learner that is fitted at once (`Learner`). What of a family
takes Keras stands in a module beside it, NAME_layers.
"""

import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ValidationError

import newslabel.models
from newslabel.errors import SettingsError, nearest
from newslabel.recipes import Recipe, TrainingRecipe
from newslabel.tokens.encode import TOKEN_IDS

if TYPE_CHECKING:
    import keras

LAYERS = "_layers"
POSITIVE = 1  # of a network's outputs: negative, positive
# the keys of [training] that a learner has no use for: it takes all examples at once
BY_STEPS = ("batch_size", "epochs", "learning_rate", "warmup_epochs", "clip_norm", "patience")
# those that a network has no use for: it would be trained all over again for each fold
BY_FOLDS = ("folds",)
Weights = Callable[[str], np.ndarray]
Ids = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Features = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


class BuildsNetwork(Protocol):
    """See `Family`."""

    def __call__(
        self,
        network: Any,
        vocabulary_size: int,
        vectors: np.ndarray | None,
        *,
        pads_front: bool,
        preset: Path | None = None,
    ) -> "keras.Model":
        """The uncompiled network."""


@dataclass(frozen=True)
class Family:
    """What a family's module says of itself, as its constant FAMILY.

    Attributes:
        network: the keys of a recipe's [network], a frozen pydantic class.
        needs_vectors: network -> whether it cannot be built without word vectors from a file.
        build: (network, vocabulary size, vectors or None, pads_front, preset or None) -> an uncompiled Keras model from
            token ids to the two classes' probabilities, negative first. Vectors are float32 (vocabulary size, width); a
            preset is the folder of a pretrained network.
        kernel_weights: model -> the arrays of the family's scoring kernel by name; none where Keras itself scores.
        layers: the Keras layers of the family's own, by name.
        packed: (model, a folder for compiled code) -> a model of the same weights that a CPU trains faster; None where
            there is no such way.
        needs_preset: whether it begins with a pretrained network, which `build` must then be given.
        rows_scored_at_once: texts of a batch where Keras itself scores.
        encoders: the names of those whose articles it can read.

    Keras is imported by `build`, `kernel_weights`, `layers` and `packed`, not before.
    """

    network: type[BaseModel]
    needs_vectors: Callable[[Any], bool]
    build: BuildsNetwork
    kernel_weights: Callable[["keras.Model"], dict[str, np.ndarray]]
    layers: Callable[[], Mapping[str, Any]]
    packed: Callable[["keras.Model", Path], "keras.Model"] | None = None
    needs_preset: bool = False
    rows_scored_at_once: int = 64
    encoders: tuple[str, ...] = (TOKEN_IDS,)


class Kernel(Protocol):
    """A model as a function of encoded articles."""

    @property
    def vocabulary_size(self) -> int:
        """Of so many ids the model has weights; they are smaller."""

    def probabilities(self, token_ids: Ids, offsets: Offsets, features: Features, /) -> Floats:
        """The probability of the positive class of each row, NaN where there is nothing to judge by.

        Args:
            token_ids: int32, all rows' ids one after another.
            offsets: int64 (N + 1,), where each row begins, and the end of the last.
            features: float32 (N, K), what the encoder gives beside the ids, for models that read it.

        Returns:
            float64 (N,); a row's value does not depend on the other rows or their order.

        Raises:
            BundleError: what is given is not what the model was fitted to.
        """


@dataclass(frozen=True)
class Examples:
    """What a learner learns from: the encoded articles of the training part, those of one class and of the other.

    Attributes:
        token_ids: int32, the ids of all rows; row i has token_ids[offsets[i]:offsets[i + 1]].
        offsets: int64 (N + 1,).
        is_positive: bool (N,).
        weights: float64 (N,): how much a row counts.
        vocabulary_size: ids are smaller.
        features: float32 (N, K), what the recipe's encoder gives beside the ids.
    """

    token_ids: np.ndarray
    offsets: np.ndarray
    is_positive: np.ndarray
    weights: np.ndarray
    vocabulary_size: int
    features: np.ndarray


class FitsExamples(Protocol):
    """See `Learner`."""

    def __call__(self, network: Any, examples: Examples, *, seed: int) -> dict[str, np.ndarray]:
        """The arrays of a fitted model by name."""


@dataclass(frozen=True)
class Learner:
    """What the module of a family that is fitted at once says of itself, as its constant FAMILY.

    It is fitted by one rank, in one call, and neither fitting nor scoring takes Keras.

    Attributes:
        network: the keys of a recipe's [network], a frozen pydantic class.
        fit: (network, examples, seed) -> all that a fitted model is, as arrays of numbers by name; raises DataError
            where the examples are such that nothing can be learnt.
        predictor: (network, reader of those arrays by name) -> the model at work. A row's probability depends on no
            other row; it raises BundleError for arrays that do not fit.
        staged: (that model, token ids, offsets, features) -> float64 (N, steps), what it would say after each of the
            steps of which it was made; None where there are no such steps.
        importances: that model -> how much each feature and each id (vocabulary size,) counted in the fit, float64;
            None where that cannot be said.
        encoders: the names of those whose articles it can read.
    """

    network: type[BaseModel]
    fit: FitsExamples
    predictor: Callable[[Any, Weights], Kernel]
    staged: Callable[[Any, Ids, Offsets, Features], Floats] | None = None
    importances: Callable[[Any], tuple[Floats, Floats]] | None = None
    encoders: tuple[str, ...] = (TOKEN_IDS,)


def load_family(name: str) -> Family | Learner:
    """The family of that name.

    Raises:
        SettingsError: no such family; names the nearest.
    """
    module = f"{newslabel.models.__name__}.{name}"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name.endswith(LAYERS) or not _is_module(name):
        raise _unknown(name)
    family = getattr(import_module(module), "FAMILY", None)
    if not isinstance(family, Family | Learner):
        raise _unknown(name)
    return family


def load_keras_family(name: str) -> Family:
    """The family of that name, one of networks.

    Raises:
        SettingsError: no such family (names the nearest), or a learner.
    """
    family = load_family(name)
    if isinstance(family, Learner):
        raise SettingsError(f"the family is fitted without Keras, and has no network. Received: {name!r}")
    return family


def load_learner(name: str) -> Learner:
    """The family of that name, a learner.

    Raises:
        SettingsError: no such family (names the nearest), or one of networks.
    """
    family = load_family(name)
    if isinstance(family, Family):
        raise SettingsError(f"the family is of networks, which Keras trains and runs. Received: {name!r}")
    return family


def is_learner(recipe: Recipe) -> bool:
    """Whether the recipe's family is fitted at once.

    Raises:
        SettingsError: no such family.
    """
    return isinstance(load_family(recipe.family), Learner)


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


def check_encoder(recipe: Recipe) -> None:
    """Raises SettingsError where the recipe's family cannot read what its encoder gives, or there is no such family."""
    encoders = load_family(recipe.family).encoders
    if recipe.encoder not in encoders:
        raise SettingsError(
            f"recipe {recipe.name}: encoder must be {' or '.join(map(repr, encoders))}, which the family "
            f"{recipe.family!r} reads. Received: {recipe.encoder!r}"
        )


def training_of(recipe: Recipe) -> dict[str, Any]:
    """The keys of a recipe's [training] that its family has a use for, with their values.

    Raises:
        SettingsError: no such family, or a recipe that sets a key of no use to it.
    """
    keys = recipe.training.model_dump()
    how, useless = ("fitted at once", BY_STEPS) if is_learner(recipe) else ("trained step by step", BY_FOLDS)
    # a recipe that a bundle or a plan carries names all keys, those that nobody chose with their defaults
    chosen = [key for key in useless if keys[key] != TrainingRecipe.model_fields[key].default]
    if chosen:
        raise SettingsError(
            f"recipe {recipe.name}: the family {recipe.family!r} is {how}, and has no use for "
            f"{' and '.join(f'training.{key}' for key in chosen)}; take it out. "
            f"Received: {', '.join(str(keys[key]) for key in chosen)}"
        )
    return {key: value for key, value in keys.items() if key not in useless}


def load_network(file: Path, family: str) -> "keras.Model":
    """The uncompiled network in a .keras file, read in safe mode.

    Args:
        file: the file.
        family: the network's.
    """
    import keras

    return keras.models.load_model(
        file, custom_objects=load_keras_family(family).layers(), compile=False, safe_mode=True
    )


def _is_module(name: str) -> bool:
    return any(module.name == name for module in pkgutil.iter_modules(newslabel.models.__path__))


def _unknown(name: str) -> SettingsError:
    modules = [each.name for each in pkgutil.iter_modules(newslabel.models.__path__) if not each.name.endswith(LAYERS)]
    known = [
        module
        for module in modules
        if isinstance(getattr(import_module(f"{newslabel.models.__name__}.{module}"), "FAMILY", None), Family | Learner)
    ]
    return SettingsError(f"there is no family of models {name!r}.{nearest(name, known)} Received: {name!r}")


def _problem(recipe: Recipe, details: Any, network_class: type[BaseModel]) -> str:
    key = ".".join(map(str, details["loc"]))
    if details["type"] == "extra_forbidden":
        known = nearest(key, network_class.model_fields)
        return f"recipe {recipe.name}: [network] of the family {recipe.family!r} has no key {key!r}.{known}"
    message = details["msg"].removeprefix("Value error, ")
    return f"recipe {recipe.name}: network.{key}: {message}. Received: {details['input']!r}"
