"""A recipe once more with another value of one key, or with less cleaning: what that key, or a leak, is worth."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from newslabel.errors import SettingsError, nearest
from newslabel.models.families import network_of, training_of
from newslabel.recipes import Recipe, changed_recipe, load_pipeline
from newslabel.tokens.preset import reads_preset

SECTIONS = ("clean", "tokens", "network", "training")
ROWS_HAVE_THEM = ("training.seed", "training.folds")  # each row has all seeds and resplits
PIPELINE = "clean.pipeline"
RULES = "clean.rules"
FURTHER = "+"  # between the members of a value that is a list, as commas stand between values
NO_MEMBERS = "none"


class Variation(NamedTuple):
    """A recipe, and what was changed in it: nothing, or `tokens.max_words=1000`."""

    recipe: Recipe
    change: str = ""

    @property
    def name(self) -> str:
        """What its row is called."""
        return f"{self.recipe.name}, {self.change}" if self.change else self.recipe.name


def varied(recipes: Sequence[Recipe], wanted: str, folder: Path) -> list[Variation]:
    """Each recipe that has the key, once with each of the values.

    Args:
        recipes: those that are compared.
        wanted: of `--vary`: SECTION.KEY=V1,V2,…; the members of a list are joined by `+`, one without any is `none`.
        folder: where the recipes, and beside them the cleaning pipelines, are.

    Raises:
        SettingsError: no recipe has the key (names the nearest), or a value is wrong.
    """
    key, equals, values = (part.strip() for part in wanted.partition("="))
    if not equals or not all(value.strip() for value in values.split(",")):
        raise SettingsError(f"--vary takes SECTION.KEY=V1,V2,… like tokens.max_words=1000,10000. Received: {wanted!r}")
    having = [recipe for recipe in recipes if key in _keys(recipe)]
    if not having:
        known = nearest(key, {known for recipe in recipes for known in _keys(recipe)})
        raise SettingsError(f"--vary: no recipe that is compared has a key {key!r}.{known} Received: {wanted!r}")
    return [
        Variation(_with_value(recipe, key, value.strip(), folder), f"{key}={value.strip()}")
        for recipe in having
        for value in values.split(",")
    ]


def without_rule(recipes: Sequence[Recipe], rule: str) -> list[Variation]:
    """Each recipe that has the cleaning rule, without it: what it would take away, such as a leak, is left in.

    Raises:
        SettingsError: no recipe has it; names the nearest.
    """
    having = [recipe for recipe in recipes if rule in recipe.clean.rules]
    if not having:
        known = nearest(rule, {known for recipe in recipes for known in recipe.clean.rules})
        raise SettingsError(f"--without-rule: no recipe that is compared has it.{known} Received: {rule!r}")
    return [
        Variation(_with_rules(recipe, [kept for kept in recipe.clean.rules if kept != rule]), f"without {rule}")
        for recipe in having
    ]


def cleaning_levels(recipes: Sequence[Recipe]) -> list[Variation]:
    """Each recipe with none of its cleaning rules, with the first alone, with the first two, up to all but the last."""
    return [
        Variation(_with_rules(recipe, recipe.clean.rules[:count]), f"{RULES}={_joined(recipe.clean.rules[:count])}")
        for recipe in recipes
        for count in range(len(recipe.clean.rules))
    ]


def _with_rules(recipe: Recipe, rules: Sequence[str]) -> Recipe:
    return changed_recipe(recipe, {"clean": {"rules": tuple(rules)}}, f"recipe {recipe.name}")


def _joined(members: Sequence[str]) -> str:
    return FURTHER.join(members) or NO_MEMBERS


def _with_value(recipe: Recipe, key: str, text: str, folder: Path) -> Recipe:
    """The recipe with one value of `--vary`, which is checked as one in its file is."""
    if key == PIPELINE:
        return recipe.model_copy(update={"clean": load_pipeline(text, folder)})
    section, _, name = key.partition(".")
    value = _members(text) if isinstance(_keys(recipe)[key], list | tuple) else text
    changed = changed_recipe(recipe, {section: {name: value}}, f"--vary {key}={text}")
    # the family's class makes numbers of what a shell hands over as text
    network = network_of(changed).model_dump()
    chosen = {known: network[known] for known in changed.network}
    return changed.model_copy(update={"network": chosen})


def _members(text: str) -> list[str]:
    return [] if text == NO_MEMBERS else text.split(FURTHER)


def _keys(recipe: Recipe) -> dict[str, Any]:
    """All that can be varied, SECTION.KEY, with the recipe's own values."""
    content = recipe.model_dump() | {"network": network_of(recipe).model_dump(), "training": training_of(recipe)}
    idle = (*ROWS_HAVE_THEM, *_idle_keys(recipe))
    return {PIPELINE: "", **{key: value for key, value in _flat(content) if key not in idle}}


def _idle_keys(recipe: Recipe) -> tuple[str, ...]:
    """Keys of [tokens] that the recipe has no use for: its rows would be equal."""
    if reads_preset(recipe):
        return "tokens.ids", "tokens.max_words", "tokens.buckets"
    return ("tokens.max_words",) if recipe.tokens.ids == "hashed" else ("tokens.buckets",)


def _flat(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for section in SECTIONS:
        for key, value in content[section].items():
            yield f"{section}.{key}", value
