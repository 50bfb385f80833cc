"""What a model reads of an article: each recipe names its encoder."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newslabel.clean import Cleaner
from newslabel.errors import SettingsError, nearest
from newslabel.recipes import Recipe
from newslabel.tokens.encoded import Encoded, ReadsWords, encoded_rows
from newslabel.tokens.vocabulary import UNKNOWN, Vocabulary
from newslabel.tokens.word_pieces import WORD_PIECES, WordPieces

# the encoders' names in recipes, with WORD_PIECES
TOKEN_IDS = "token_ids"  # noqa: S105 - no password
WORDS_AND_LENGTHS = "words_and_lengths"


class Encoder(Protocol):
    """Whatever turns fields of articles into what a model reads."""

    @property
    def ids_of_no_word(self) -> Sequence[int]:
        """The ids that stand for no word of a text, or for any."""

    def encode(self, fields: Mapping[str, pa.Array]) -> Encoded:
        """The articles, encoded; `fields` holds an array of N texts for each field of the recipe."""


class TokenIds(ReadsWords):
    """Encodes articles as the ids of their words.

    Args:
        recipe: its cleaning rules, which end of a long text is kept, and what becomes of unknown words.
        vocabulary: the words that have ids.
        stop_words: dropped where the recipe has the rule `stop_words`.
    """

    ids_of_no_word = (UNKNOWN,)

    def __init__(self, recipe: Recipe, vocabulary: Vocabulary, stop_words: Collection[str]) -> None:
        super().__init__(recipe, stop_words)
        self._vocabulary = vocabulary

    def encode(self, fields: Mapping[str, pa.Array]) -> Encoded:
        """The articles as ids.

        Args:
            fields: by name, arrays of N strings; fields that the recipe does not read are ignored.
        """
        return self._encoded(self._words(fields))

    def _encoded(self, words: pa.ListArray) -> Encoded:
        offsets = words.offsets.to_numpy().astype(np.int64)
        token_ids = self._vocabulary.ids(words.values)
        return encoded_rows(token_ids, offsets, self._tokens, unknown=UNKNOWN, length=self._tokens.max_tokens)


class WordsAndLengths(TokenIds):
    """Encodes articles as the ids of their words, and tells beside them how long each field and its words are."""

    @staticmethod
    def feature_names(recipe: Recipe) -> tuple[str, ...]:
        """Of each field that the recipe reads how many words it has, such as title_words; and word_length."""
        return (*(f"{field}_words" for field in recipe.clean.fields), "word_length")

    def encode(self, fields: Mapping[str, pa.Array]) -> Encoded:
        """The articles as ids, and features: words after cleaning, known or not, and their mean length in characters.

        Args:
            fields: by name, arrays of N strings; fields that the recipe does not read are ignored.
        """
        texts = [fields[name] for name in self._fields]
        words = self._cleaner.words(*texts)
        encoded = self._encoded(words)
        lengths = (*self._field_lengths(texts, encoded.n_tokens), _mean_length(words))
        return replace(encoded, features=np.stack(lengths, axis=1).astype(np.float32))

    def _field_lengths(self, texts: Sequence[pa.Array], n_tokens: np.ndarray) -> list[np.ndarray]:
        # the last field, commonly the long one, has what the others leave, and is not cleaned twice
        others = [np.diff(self._cleaner.words(text).offsets.to_numpy()) for text in texts[:-1]]
        return [*others, n_tokens - sum(others)]


def _mean_length(words: pa.ListArray) -> np.ndarray:
    """The characters of a word, on the average of each row's; 0 where there are none: float64 (N,)."""
    offsets = words.offsets.to_numpy()
    lengths = pc.utf8_length(words.values.dictionary).to_numpy().take(words.values.indices.to_numpy())
    before = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    mean: np.ndarray = np.diff(before[offsets]) / np.maximum(np.diff(offsets), 1)
    return mean


ENCODERS: Mapping[str, type[TokenIds | WordPieces]] = {
    TOKEN_IDS: TokenIds,
    WORDS_AND_LENGTHS: WordsAndLengths,
    WORD_PIECES: WordPieces,
}


def encoder_for(recipe: Recipe, vocabulary: Vocabulary, stop_words: Collection[str]) -> Encoder:
    """The encoder that the recipe names.

    Raises:
        SettingsError: see `check_recipe`; or the encoder's packages are missing here.
    """
    return _encoder_class(recipe)(recipe, vocabulary, stop_words)


def feature_names(recipe: Recipe) -> tuple[str, ...]:
    """What the recipe's encoder gives of an article beside the ids of its words, a number each.

    Raises:
        SettingsError: no such encoder.
    """
    return _encoder_class(recipe).feature_names(recipe)


def check_recipe(recipe: Recipe) -> None:
    """Raises SettingsError where the recipe names an encoder or a cleaning rule that there is not (and the nearest)."""
    _encoder_class(recipe)
    Cleaner(recipe.clean.rules)


def _encoder_class(recipe: Recipe) -> type[TokenIds | WordPieces]:
    if recipe.encoder not in ENCODERS:
        known = nearest(recipe.encoder, ENCODERS)
        raise SettingsError(f"recipe {recipe.name}: there is no such encoder.{known} Received: {recipe.encoder!r}")
    return ENCODERS[recipe.encoder]
