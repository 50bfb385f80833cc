"""A recipe: how one model cleans, encodes, trains and decides; one TOML file, carried in the bundle as trained."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, field_validator, model_validator

from newslabel.errors import BundleError, NewslabelError, SettingsError, nearest

if TYPE_CHECKING:
    from newslabel.settings import CorpusSettings

UNSURE = "UNSURE"
PIPELINES = "cleaning"  # the folder beside the recipes where the cleaning pipelines stand that several may name
SHARED = "comparison"  # the name under which recipes that are compared share what is tokenized: no recipe has it
TEXT_FIELDS = ("title", "text", "author")


class Part(BaseModel):
    """A part of a recipe: cannot be changed, takes no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


P = TypeVar("P", bound=Part)


class ClassesRecipe(Part):
    """The two classes; `probability` is that of the positive one."""

    positive: str
    negative: str

    @property
    def names(self) -> tuple[str, str]:
        """Negative, positive: the order of a network's outputs."""
        return self.negative, self.positive


class CleanRecipe(Part):
    """Which fields are read, and the cleaning rules in the order in which they act on each.

    In a recipe's file `pipeline` may stand in their place: it names a file of such keys, which gives those that do not
    stand beside it.
    """

    fields: Annotated[tuple[Literal["title", "text", "author"], ...], Field(min_length=1)]
    rules: tuple[str, ...]
    stop_words: str = ""


class TokensRecipe(Part):
    """How words become ids, and which end of a short text is filled up."""

    ids: Literal["vocabulary", "hashed"] = "vocabulary"
    max_words: PositiveInt = 100_000
    buckets: PositiveInt = 10_000
    max_tokens: PositiveInt
    keep: Literal["first", "last"]
    unknown: Literal["drop", "keep"]
    padding: Literal["end", "front"] = "end"


class TrainingRecipe(Part):
    """How the weights are learnt, and whether the validation part calibrates what they say.

    Where a family is fitted at once, `seed`, `balance`, `calibrate` and `folds` alone count. `folds` counts only there.
    """

    batch_size: PositiveInt = 128
    epochs: PositiveInt = 10
    learning_rate: Annotated[float, Field(gt=0)] = 0.001
    warmup_epochs: Annotated[float, Field(ge=0)] = 0
    clip_norm: Annotated[float, Field(ge=0)] = 0
    patience: Annotated[int, Field(ge=0)] = 0
    seed: Annotated[int, Field(ge=0)] = 0
    balance: Literal["none", "undersample", "class_weights"] = "none"
    calibrate: bool = True
    folds: Annotated[int, Field(ge=0)] = 0

    @field_validator("folds")
    @classmethod
    def _more_than_one(cls, folds: int) -> int:
        if folds == 1:
            raise ValueError("one fold leaves nothing to learn from: 0 for none, or 2 at least")
        return folds


class CalibrationRecipe(Part):
    """How a network's own probability becomes the one that is told: see evaluate/calibration.py.

    What a training finds, not what people choose: it stands in a bundle's recipe alone. The default changes nothing.
    """

    slope: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1
    intercept: Annotated[float, Field(allow_inf_nan=False)] = 0


class DecisionRecipe(Part):
    """How a probability becomes a label; between `unsure_low` and `unsure_high` it is UNSURE (equal: never)."""

    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    unsure_low: Annotated[float, Field(ge=0, le=1)] = 0.5
    unsure_high: Annotated[float, Field(ge=0, le=1)] = 0.5

    @model_validator(mode="after")
    def _band_holds_threshold(self) -> "DecisionRecipe":
        if not self.unsure_low <= self.threshold <= self.unsure_high:
            raise ValueError("the threshold must lie between unsure_low and unsure_high")
        return self


class Recipe(Part):
    """A model's whole recipe.

    `network` is checked by the family (models/families.py), whose own keys it holds.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    family: str
    encoder: str
    classes: ClassesRecipe
    clean: CleanRecipe
    tokens: TokensRecipe
    network: dict[str, Any]
    training: TrainingRecipe
    decision: DecisionRecipe = DecisionRecipe()
    calibration: CalibrationRecipe = CalibrationRecipe()

    def to_toml(self) -> str:
        """The recipe as TOML text that `from_toml` reads back to an equal recipe, and people may train anew."""
        untrained = {"calibration"} if self.calibration == CalibrationRecipe() else None
        return tomli_w.dumps(self.model_dump(mode="json", exclude=untrained))

    @classmethod
    def from_toml(cls, text: str, *, origin: str) -> "Recipe":
        """The recipe that a bundle or a tokenization carries.

        Raises:
            BundleError: the text is no recipe; names `origin`.
        """
        return _validated(cls, _read_toml(text, origin, BundleError), origin, BundleError)


def load_recipe(name: str, folder: Path) -> Recipe:
    """The recipe of that name among the corpus' recipes, the keys of its cleaning pipeline in place.

    Args:
        name: a recipe's name, which is its file's name without `.toml`.
        folder: where the recipes are (`corpus.recipes`).

    Raises:
        SettingsError: no such recipe or pipeline (names the nearest), or one that cannot be read or has a wrong key or
            value, or a calibration, which only a training can know.
    """
    file = _named(name, folder, "recipe")
    content = _read_toml(_text_of(file), str(file), SettingsError)
    if "calibration" in content:
        raise SettingsError(
            f"{file}: [calibration] is what a training finds, and its bundle's recipe tells; take it out. "
            f"Received: {content['calibration']!r}"
        )
    recipe = _validated(Recipe, _with_pipeline(content, file), str(file), SettingsError)
    if name == SHARED:
        raise SettingsError(f"{file}: this name is kept for comparisons; give the recipe another. Received: {name!r}")
    if recipe.name != name:
        raise SettingsError(f"{file}: name must be the file's, {name!r}. Received: {recipe.name!r}")
    return recipe


def recipe_of_corpus(corpus: "CorpusSettings", name: str | None) -> Recipe:
    """The recipe that a corpus' articles are to be tokenized for, or a model of theirs trained by.

    Args:
        corpus: its settings.
        name: the recipe's; None for the corpus' own (`corpus.recipe`).

    Raises:
        SettingsError: what `load_recipe` finds, or it tells other classes apart than the corpus has.
    """
    recipe = load_recipe(corpus.recipe if name is None else name, Path(corpus.recipes))
    if set(recipe.classes.names) != set(corpus.labels):
        raise SettingsError(
            f"recipe {recipe.name} tells {' and '.join(recipe.classes.names)} apart, and the corpus has "
            f"{' and '.join(corpus.labels)} (corpus.labels): name another recipe by --recipe or corpus.recipe. "
            f"Received: {recipe.name!r}"
        )
    return recipe


def load_pipeline(name: Any, folder: Path) -> CleanRecipe:
    """The cleaning pipeline of that name, which several recipes may name.

    Args:
        name: its file's name without `.toml`.
        folder: where the recipes are, beside whose files the pipelines have a folder.

    Raises:
        SettingsError: no such pipeline (names the nearest), or one that cannot be read or has a wrong key or value.
    """
    file = _named(name, folder / PIPELINES, "cleaning pipeline")
    return _validated(CleanRecipe, _read_toml(_text_of(file), str(file), SettingsError), str(file), SettingsError)


def changed_recipe(recipe: Recipe, changes: Mapping[str, Mapping[str, Any]], origin: str) -> Recipe:
    """A recipe with other values, checked as one in a file is.

    Args:
        recipe: the recipe.
        changes: by section and key.
        origin: where the values come from, for errors.

    Raises:
        SettingsError: an unknown key (names the nearest) or a wrong value.
    """
    content = recipe.model_dump()
    merged = {section: content[section] | values for section, values in changes.items()}
    return _validated(Recipe, content | merged, origin, SettingsError)


def _named(name: Any, folder: Path, kind: str) -> Path:
    known = sorted(file.stem for file in folder.glob("*.toml"))
    if name not in known:
        raise SettingsError(f"there is no {kind} {name!r} in {folder}.{nearest(str(name), known)} Received: {name!r}")
    return folder / f"{name}.toml"


def _with_pipeline(content: Mapping[str, Any], file: Path) -> Mapping[str, Any]:
    """A recipe's content with its pipeline's keys in place of the pipeline's name."""
    match content.get("clean"):
        case {"pipeline": name, "rules": rules}:
            message = f"{file}: clean.rules and clean.pipeline say the same thing twice; keep one"
            raise SettingsError(f"{message}. Received: {rules!r} and {name!r}")
        case {"pipeline": name, **own}:
            return {**content, "clean": load_pipeline(name, file.parent).model_dump() | own}
    return content


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"this is no file of UTF-8 that can be read: {error}. Received: {str(file)!r}") from error


def _read_toml(text: str, origin: str, error_class: type[NewslabelError]) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise error_class(f"{origin} is not TOML: {error}") from error


def _validated(model: type[P], content: Mapping[str, Any], origin: str, error_class: type[NewslabelError]) -> P:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = "\n".join(_problem(model, origin, details) for details in error.errors())
        raise error_class(problems) from error


def _problem(model: type[Part], origin: str, details: Any) -> str:
    dotted = ".".join(str(part) for part in details["loc"])
    if details["type"] == "extra_forbidden":
        *sections, key = details["loc"]
        known = [*_keys(model, sections), *(["pipeline"] if sections == ["clean"] else [])]
        return f"{origin}: a recipe has no key {dotted!r}.{nearest(str(key), known)}"
    message = details["msg"].removeprefix("Value error, ")
    return f"{origin}: {dotted}: {message}. Received: {details['input']!r}"


def _keys(model: Any, sections: list[Any]) -> Mapping[str, Any]:
    for section in sections:
        model = model.model_fields[section].annotation
    fields: Mapping[str, Any] = model.model_fields
    return fields
