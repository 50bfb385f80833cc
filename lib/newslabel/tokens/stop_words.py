"""The stop words that a recipe names: one of Spark ML's lists, or a file."""

from pathlib import Path

from newslabel.clean import STOP_WORDS
from newslabel.errors import SettingsError, nearest
from newslabel.recipes import Recipe

# fmt: off
LANGUAGES = (
    "danish", "dutch", "english", "finnish", "french", "german", "hungarian", "italian", "norwegian", "portuguese",
    "russian", "spanish", "swedish", "turkish",
)
# fmt: on


def check_stop_words(recipe: Recipe, folder: Path) -> None:
    """Raises SettingsError where the recipe names a language (names the nearest) or a file that there is not."""
    name = recipe.clean.stop_words
    if STOP_WORDS not in recipe.clean.rules:
        return
    if name.endswith(".txt"):
        _from_file(folder / name)
    elif name not in LANGUAGES:
        known = nearest(name, LANGUAGES)
        raise SettingsError(f"recipe {recipe.name}: there are no stop words {name!r}.{known} Received: {name!r}")


def stop_words_of(recipe: Recipe, folder: Path) -> tuple[str, ...]:
    """The recipe's stop words as their list has them; none where the recipe has no rule `stop_words`.

    Spark ML's lists are inside its Java: there must be a Spark session.

    Args:
        recipe: `clean.stop_words` is a language, or the name of a file.
        folder: where the recipes are, from which a file's name is taken.

    Raises:
        SettingsError: see `check_stop_words`.
    """
    check_stop_words(recipe, folder)
    name = recipe.clean.stop_words
    if STOP_WORDS not in recipe.clean.rules:
        return ()
    if name.endswith(".txt"):
        return _from_file(folder / name)
    from pyspark.ml.feature import StopWordsRemover

    return tuple(StopWordsRemover.loadDefaultStopWords(name))


def _from_file(file: Path) -> tuple[str, ...]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the stop words cannot be read: {error}. Received: {str(file)!r}") from error
    return tuple(line.strip() for line in lines if line.strip())
