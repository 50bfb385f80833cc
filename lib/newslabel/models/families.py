"""The families of models: one module of this folder each, found by its name; and recipes, checked by theirs."""

import pkgutil
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

import newslabel.models
from newslabel.errors import SettingsError, nearest
from newslabel.models.contracts import Family, Learner
from newslabel.recipes import Recipe, TrainingRecipe

if TYPE_CHECKING:
    import keras

LAYERS = "_layers"
# the keys of [training] that a learner has no use for: it takes all examples at once
BY_STEPS = ("batch_size", "epochs", "learning_rate", "warmup_epochs", "clip_norm", "patience")
# those that a network has no use for: it would be trained all over again for each fold
BY_FOLDS = ("folds",)


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
