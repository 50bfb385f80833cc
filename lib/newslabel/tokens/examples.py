"""Where a tokenization is, and what lies beside its table: `examples/ID/_tokenization/`.

A tokenization is complete once it has its `tokenization.json`, which is written last.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from newslabel.errors import BundleError, DataError, SettingsError, TableError, nearest, os_errors_as
from newslabel.recipes import Recipe
from newslabel.schemas import EXAMPLES
from newslabel.settings import Settings
from newslabel.storage import delete_folder, is_file, join, list_names, read_bytes, write_bytes
from newslabel.tokens.leaks import Leak
from newslabel.tokens.vocabulary import Vocabulary

SIDE_FOLDER = "_tokenization"  # Delta looks at no folder that begins with an underscore
RECORD, RECIPE, VOCABULARY, STOP_WORDS = "tokenization.json", "recipe.toml", "vocabulary.arrow", "stopwords.txt"
UNREADABLE = "the tokenization cannot be read"
SHAPING = ("encoder", "classes", "clean", "tokens")


@dataclass(frozen=True)
class Tokenization:
    """One immutable tokenization.

    Args:
        id: its name, RECIPE-HASH.
        uri: its Delta table.
        recipe: what it was made by.
        vocabulary: of its training part.
        stop_words: as their list has them.
        rows: how many examples each part has.
        unknown_share: of each part, the share of its words that the vocabulary lacks.
        fingerprint: of the labelled articles that it was made from.
        kept_out: how many of them it leaves out, by reason.
        near_duplicate_pairs: how many pairs of texts were found to be nearly the same.
        leaks: the words of the training part that nearly tell the class.
    """

    id: str
    uri: str
    recipe: Recipe
    vocabulary: Vocabulary
    stop_words: tuple[str, ...]
    rows: Mapping[str, int]
    unknown_share: Mapping[str, float]
    fingerprint: str = ""
    kept_out: Mapping[str, int] = field(default_factory=dict)
    near_duplicate_pairs: int = 0
    leaks: tuple[Leak, ...] = ()

    def check_fits(self, recipe: Recipe) -> None:
        """Raises SettingsError where a recipe would clean or encode otherwise than this tokenization did."""
        for section in SHAPING:
            if getattr(recipe, section) != getattr(self.recipe, section):
                raise SettingsError(
                    f"recipe {recipe.name} has another {section!r} than the tokenization {self.id} was made by; "
                    f"run tokenize_articles --recipe {recipe.name} again. Received: {getattr(recipe, section)}"
                )


def tokenization_uri(settings: Settings, tokenization_id: str) -> str:
    """Where a tokenization's table is."""
    return join(settings.tables.root, EXAMPLES.name, tokenization_id)


def is_complete(settings: Settings, tokenization_id: str) -> bool:
    """Whether there is such a tokenization, made to its end.

    Raises:
        TableError: its folder cannot be read.
    """
    uri = tokenization_uri(settings, tokenization_id)
    with os_errors_as(TableError, UNREADABLE, uri):
        return is_file(_side_file(uri, RECORD))


def save_tokenization(tokenization: Tokenization) -> None:
    """Writes what lies beside the table.

    Raises:
        TableError: its folder cannot be written.
    """
    _write(tokenization, VOCABULARY, tokenization.vocabulary.to_bytes())
    _write(tokenization, STOP_WORDS, "".join(f"{word}\n" for word in tokenization.stop_words).encode())
    make_newest(tokenization)


def make_newest(tokenization: Tokenization) -> None:
    """Says of a tokenization that it was asked for just now, and by which recipe.

    Raises:
        TableError: its folder cannot be written.
    """
    _write(tokenization, RECIPE, tokenization.recipe.to_toml().encode())
    _write(tokenization, RECORD, json.dumps(_record(tokenization), indent=2).encode())


def delete_tokenization(tokenization: Tokenization) -> None:
    """Deletes a tokenization that nothing will be trained on any more; its record goes first.

    Raises:
        TableError: its folder cannot be deleted.
    """
    with os_errors_as(TableError, "the tokenization cannot be deleted", tokenization.uri):
        delete_folder(join(tokenization.uri, SIDE_FOLDER))
        delete_folder(tokenization.uri)


def load_tokenization(settings: Settings, tokenization_id: str) -> Tokenization:
    """The tokenization of that id.

    Raises:
        DataError: there is none, or it was not made to its end; names the nearest.
        TableError: it cannot be read, or a file of it is spoilt.
    """
    if not is_complete(settings, tokenization_id):
        known = nearest(tokenization_id, _complete_ids(settings))
        raise DataError(f"there is no such tokenization.{known} Received: {tokenization_id!r}")
    uri = tokenization_uri(settings, tokenization_id)
    with _read_from(uri, RECIPE) as data:
        recipe = Recipe.from_toml(data.decode(), origin=RECIPE)
    with _read_from(uri, VOCABULARY) as data:
        vocabulary = Vocabulary.from_bytes(data)
    with _read_from(uri, STOP_WORDS) as data:
        stop_words = tuple(data.decode().splitlines())
    with _read_from(uri, RECORD) as data:
        record = json.loads(data)
        return Tokenization(
            id=tokenization_id,
            uri=uri,
            recipe=recipe,
            vocabulary=vocabulary,
            stop_words=stop_words,
            rows=record["rows"],
            unknown_share=record["unknown_share"],
            fingerprint=record["fingerprint"],
            kept_out=record.get("kept_out", {}),
            near_duplicate_pairs=record.get("near_duplicate_pairs", 0),
            leaks=tuple(Leak(**leak) for leak in record.get("leaks", ())),
        )


def newest_tokenization(settings: Settings, recipe_name: str) -> Tokenization:
    """The recipe's tokenization that was asked for last.

    Raises:
        DataError: there is none yet.
        TableError: they cannot be read, or a file of them is spoilt.
    """
    # no recipe's name has a hyphen; what other recipes have made is not even looked at
    of_recipe = [name for name in _complete_ids(settings) if name.rpartition("-")[0] == recipe_name]
    if not of_recipe:
        raise DataError(
            f"there is no tokenization of the recipe yet; run tokenize_articles --recipe {recipe_name} first. "
            f"Received: {recipe_name!r}"
        )
    newest = max(of_recipe, key=lambda tokenization_id: (_asked_at(settings, tokenization_id), tokenization_id))
    return load_tokenization(settings, newest)


def _record(tokenization: Tokenization) -> dict[str, Any]:
    return {
        "id": tokenization.id,
        "recipe": tokenization.recipe.name,
        "rows": dict(tokenization.rows),
        "unknown_share": dict(tokenization.unknown_share),
        "fingerprint": tokenization.fingerprint,
        "kept_out": dict(tokenization.kept_out),
        "near_duplicate_pairs": tokenization.near_duplicate_pairs,
        "leaks": [asdict(leak) for leak in tokenization.leaks],
        "vocabulary_words": len(tokenization.vocabulary.words),
        "asked_at": datetime.now(UTC).isoformat(timespec="microseconds"),
    }


def _complete_ids(settings: Settings) -> list[str]:
    root = join(settings.tables.root, EXAMPLES.name)
    with os_errors_as(TableError, "the tokenizations cannot be listed", root):
        names = list_names(root)
    return [name for name in names if is_complete(settings, name)]


def _asked_at(settings: Settings, tokenization_id: str) -> str:
    with _read_from(tokenization_uri(settings, tokenization_id), RECORD) as data:
        return str(json.loads(data)["asked_at"])


@contextmanager
def _read_from(uri: str, name: str) -> Iterator[bytes]:
    """A side file's bytes; where they cannot be read, or are not what is made of them here, a TableError is raised."""
    file = _side_file(uri, name)
    try:
        yield read_bytes(file)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, BundleError, pa.ArrowException) as error:
        raise TableError(f"{UNREADABLE}: {error} ({file}). Received: {uri!r}") from error


def _write(tokenization: Tokenization, name: str, data: bytes) -> None:
    with os_errors_as(TableError, "the tokenization cannot be written", tokenization.uri):
        write_bytes(_side_file(tokenization.uri, name), data)


def _side_file(uri: str, name: str) -> str:
    return join(uri, SIDE_FOLDER, name)
