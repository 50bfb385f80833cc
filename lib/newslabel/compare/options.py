"""From a command line's options to a comparison: all that can be wrong is found before Spark starts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from newslabel.compare.variations import Variation, cleaning_levels, varied, without_rule
from newslabel.errors import SettingsError, nearest
from newslabel.models.families import is_learner, load_keras_family, network_of
from newslabel.recipes import Recipe, load_recipe
from newslabel.settings import Settings
from newslabel.tokens import check_recipe
from newslabel.tokens.preset import reads_preset
from newslabel.tokens.split_options import SplitOptions, split_by
from newslabel.tokens.splits import HashSplit, Split
from newslabel.tokens.stop_words import check_stop_words
from newslabel.train import check_trainable

BASELINE = "linear"
LEAST_RESPLITS = 2  # a spread takes two


@dataclass(frozen=True)
class CompareOptions:
    """What is to be compared, as a command line says it.

    Attributes:
        recipes: names of recipes.
        resplits: how many seeds divide the articles, 0 and up.
        seeds: how many seeds train each recipe on each of them, 0 and up.
        test_files: patterns of files, each a split more, on which they test and all others train.
        vary: values of keys, as `varied` takes them.
        without_rules: cleaning rules, each left out once.
        cleaning_levels: whether each recipe's cleaning is also taken away rule by rule.
        glove: a file of word vectors.
        glove_for: names of recipes that begin with it though they could learn their own.
        workers: how many ranks train a network; default: the setting `train.workers`.
    """

    recipes: Sequence[str]
    resplits: int = 10
    seeds: int = 1
    test_files: Sequence[str] = ()
    vary: Sequence[str] = ()
    without_rules: Sequence[str] = ()
    cleaning_levels: bool = False
    glove: str | None = None
    glove_for: Sequence[str] = ()
    workers: int | None = None


@dataclass(frozen=True)
class Trial:
    """One training and its test.

    Attributes:
        recipe: with the seed of this training.
        split: the articles' parts.
        glove: the vectors that it begins with.
        preset: the folder of the pretrained network that it begins with.
        workers: how many ranks; None for what is fitted at once.
    """

    recipe: Recipe
    split: Split
    glove: str | None
    preset: str | None
    workers: int | None


@dataclass(frozen=True)
class Comparison:
    """What is compared; all of it was found to be there.

    Attributes:
        rows: the baseline first.
        resplits: the same for every row.
        files: the splits by files, by their patterns.
        seeds: of each row's trainings on each split.
        glove: the vectors of networks that cannot do without, …
        glove_for: … and of these recipes.
        preset: the folder of a pretrained network, for the recipes that begin with it.
        workers: of a network's trainings.
    """

    rows: Sequence[Variation]
    resplits: Sequence[HashSplit]
    files: Mapping[str, Split] = field(default_factory=dict)
    seeds: int = 1
    glove: str | None = None
    glove_for: Sequence[str] = ()
    preset: str | None = None
    workers: int = 1

    def trials(self, row: Variation, split: Split) -> list[Trial]:
        """The trainings of a row on a split, one a seed."""
        begins_with_vectors = row.recipe.name in self.glove_for or _needs_vectors(row.recipe)
        workers = None if is_learner(row.recipe) else self.workers
        glove = self.glove if begins_with_vectors else None
        preset = self.preset if reads_preset(row.recipe) else None
        return [Trial(_with_seed(row.recipe, seed), split, glove, preset, workers) for seed in range(self.seeds)]

    def splits(self) -> Iterator[Split]:
        """All splits, the resplits first."""
        yield from self.resplits
        yield from self.files.values()


def check_comparison(options: CompareOptions, settings: Settings) -> Comparison:
    """The comparison that a command line asks for; starts no Spark.

    Raises:
        SettingsError: no such recipe, key, value or rule, recipes of different classes, or vectors that are missing.
        DataError: no such file of vectors.
    """
    _check_counts(options)
    folder = Path(settings.corpus.recipes)
    named = [load_recipe(name, folder) for name in dict.fromkeys(options.recipes)]
    baseline = _baseline(named, folder)
    recipes = [baseline if recipe.name == BASELINE else recipe for recipe in named]
    _check_glove(options)
    rows = [Variation(baseline), *map(Variation, recipes)]
    rows += [row for wanted in options.vary for row in varied(recipes, wanted, folder)]
    rows += [row for rule in options.without_rules for row in without_rule(recipes, rule)]
    rows += cleaning_levels(recipes) if options.cleaning_levels else []
    comparison = Comparison(
        rows=list({row.name: row for row in rows}.values()),
        resplits=[_resplit(settings, seed) for seed in range(options.resplits)],
        files={pattern: split_by(SplitOptions("files", pattern), settings) for pattern in options.test_files},
        seeds=options.seeds,
        glove=options.glove,
        glove_for=options.glove_for,
        preset=settings.bert.preset,
        workers=options.workers or settings.train.workers,
    )
    _check_rows(settings, comparison, folder)
    return comparison


def _check_counts(options: CompareOptions) -> None:
    if not options.recipes:
        raise SettingsError("--recipes takes names of recipes, like glove_lstm,linear. Received: none")
    if options.resplits < LEAST_RESPLITS or options.seeds < 1:
        raise SettingsError(
            f"--resplits must be at least {LEAST_RESPLITS}, and --seeds at least 1. "
            f"Received: {options.resplits} and {options.seeds}"
        )


def _baseline(recipes: Sequence[Recipe], folder: Path) -> Recipe:
    """The recipe that stands beside all others, asked for or not, with their classes."""
    classes = {recipe.classes for recipe in recipes if recipe.name != BASELINE}
    if len(classes) > 1:
        told = ", ".join(f"{recipe.name} {'/'.join(recipe.classes.names)}" for recipe in recipes)
        raise SettingsError(f"recipes that are compared must tell the same classes apart. Received: {told}")
    return load_recipe(BASELINE, folder).model_copy(update={"classes": classes.pop()} if classes else {})


def _resplit(settings: Settings, seed: int) -> HashSplit:
    tokenize = settings.tokenize
    return HashSplit(seed, tokenize.train_share, tokenize.validation_share)


def _check_glove(options: CompareOptions) -> None:
    """Raises SettingsError where vectors are asked for, and there are none, or no such recipe (names the nearest)."""
    for name in options.glove_for:
        if name not in options.recipes:
            known = nearest(name, options.recipes)
            raise SettingsError(f"--glove-for names none of the recipes that are compared.{known} Received: {name!r}")
    if options.glove_for and options.glove is None:
        raise SettingsError(f"--glove-for goes with --glove FILE. Received: {', '.join(options.glove_for)}")


def _needs_vectors(recipe: Recipe) -> bool:
    return not is_learner(recipe) and load_keras_family(recipe.family).needs_vectors(network_of(recipe))


def _with_seed(recipe: Recipe, seed: int) -> Recipe:
    # resplits are folds enough: what cross-validates beside them would count as the time of a training
    return recipe.model_copy(update={"training": recipe.training.model_copy(update={"seed": seed, "folds": 0})})


def _check_rows(settings: Settings, comparison: Comparison, folder: Path) -> None:
    for row in comparison.rows:
        check_recipe(row.recipe)
        check_stop_words(row.recipe, folder)
        for trial in comparison.trials(row, comparison.resplits[0])[:1]:
            check_trainable(settings, trial.recipe, glove=trial.glove, workers=trial.workers)
