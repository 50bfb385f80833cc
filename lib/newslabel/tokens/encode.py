"""What a model reads of an article: each recipe names its encoder."""

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

import numpy as np
import pyarrow as pa

from newslabel.clean import Cleaner
from newslabel.errors import SettingsError, nearest
from newslabel.recipes import Recipe
from newslabel.tokens.encoded import Encoded, encoded_rows
from newslabel.tokens.vocabulary import UNKNOWN, Vocabulary
from newslabel.tokens.word_pieces import WORD_PIECES, WordPieces


class Encoder(Protocol):
    """Whatever turns fields of articles into what a model reads."""

    def encode(self, fields: Mapping[str, pa.Array]) -> Encoded:
        """The articles, encoded; `fields` holds an array of N texts for each field of the recipe."""


class TokenIds:
    """Encodes articles as the ids of their words.

    Args:
        recipe: its cleaning rules, which end of a long text is kept, and what becomes of unknown words.
        vocabulary: the words that have ids.
        stop_words: dropped where the recipe has the rule `stop_words`.
    """

    def __init__(self, recipe: Recipe, vocabulary: Vocabulary, stop_words: Collection[str]) -> None:
        self._fields = recipe.clean.fields
        self._tokens = recipe.tokens
        self._vocabulary = vocabulary
        self._cleaner = Cleaner(recipe.clean.rules, stop_words)

    def encode(self, fields: Mapping[str, pa.Array]) -> Encoded:
        """The articles as ids.

        Args:
            fields: by name, arrays of N strings; fields that the recipe does not read are ignored.
        """
        words = self._cleaner.words(*(fields[name] for name in self._fields))
        offsets = words.offsets.to_numpy().astype(np.int64)
        token_ids = self._vocabulary.ids(words.values)
        return encoded_rows(token_ids, offsets, self._tokens, unknown=UNKNOWN, length=self._tokens.max_tokens)


MakesEncoder = Callable[[Recipe, Vocabulary, Collection[str]], Encoder]
ENCODERS: Mapping[str, MakesEncoder] = {"token_ids": TokenIds, WORD_PIECES: WordPieces}


def encoder_for(recipe: Recipe, vocabulary: Vocabulary, stop_words: Collection[str]) -> Encoder:
    """The encoder that the recipe names.

    Raises:
        SettingsError: see `check_recipe`; or the encoder's packages are missing here.
    """
    return _maker(recipe)(recipe, vocabulary, stop_words)


def check_recipe(recipe: Recipe) -> None:
    """Raises SettingsError where the recipe names an encoder or a cleaning rule that there is not (and the nearest)."""
    _maker(recipe)
    Cleaner(recipe.clean.rules)


def _maker(recipe: Recipe) -> MakesEncoder:
    if recipe.encoder not in ENCODERS:
        known = nearest(recipe.encoder, ENCODERS)
        raise SettingsError(f"recipe {recipe.name}: there is no such encoder.{known} Received: {recipe.encoder!r}")
    return ENCODERS[recipe.encoder]
