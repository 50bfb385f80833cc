"""What a model reads of an article: each recipe names its encoder."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from newslabel.clean import Cleaner
from newslabel.errors import SettingsError, nearest
from newslabel.recipes import Recipe
from newslabel.tokens.vocabulary import UNKNOWN, Vocabulary


@dataclass(frozen=True)
class Encoded:
    """N articles as ids, one after the other.

    Args:
        token_ids: int32, the ids of all articles; article i has token_ids[offsets[i]:offsets[i + 1]].
        offsets: int64 (N + 1,).
        n_tokens: int32 (N,), words after cleaning, known or not, before the cut.
        unknown_share: float32 (N,), the share of them that the vocabulary lacks; 0 where there are no words.
    """

    token_ids: np.ndarray
    offsets: np.ndarray
    n_tokens: np.ndarray
    unknown_share: np.ndarray


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
        n_tokens = np.diff(offsets).astype(np.int32)
        known = np.flatnonzero(token_ids != UNKNOWN)
        known_before = np.searchsorted(known, offsets)
        unknown_share = 1 - np.diff(known_before) / np.maximum(n_tokens, 1)
        unknown_share[n_tokens == 0] = 0
        if self._tokens.unknown == "drop":
            token_ids, offsets = token_ids.take(known), known_before
        token_ids, offsets = cut(token_ids, offsets, self._tokens.max_tokens, keep_last=self._tokens.keep == "last")
        return Encoded(token_ids, offsets, n_tokens, unknown_share.astype(np.float32))


ENCODERS: Mapping[str, type[TokenIds]] = {"token_ids": TokenIds}


def encoder_for(recipe: Recipe, vocabulary: Vocabulary, stop_words: Collection[str]) -> Encoder:
    """The encoder that the recipe names.

    Raises:
        SettingsError: see `check_recipe`.
    """
    return _encoder_class(recipe)(recipe, vocabulary, stop_words)


def check_recipe(recipe: Recipe) -> None:
    """Raises SettingsError where the recipe names an encoder or a cleaning rule that there is not (and the nearest)."""
    _encoder_class(recipe)
    Cleaner(recipe.clean.rules)


def _encoder_class(recipe: Recipe) -> type[TokenIds]:
    if recipe.encoder not in ENCODERS:
        known = nearest(recipe.encoder, ENCODERS)
        raise SettingsError(f"recipe {recipe.name}: there is no such encoder.{known} Received: {recipe.encoder!r}")
    return ENCODERS[recipe.encoder]


def cut(flat: np.ndarray, offsets: np.ndarray, length: int, *, keep_last: bool) -> tuple[np.ndarray, np.ndarray]:
    """Rows cut to a length.

    Args:
        flat: the rows' values, one row after the other.
        offsets: int64 (N + 1,), where each begins.
        length: longer rows are cut to it.
        keep_last: whether a longer row keeps its end, else its beginning.

    Returns:
        The values left and their offsets.
    """
    lengths = np.diff(offsets)
    if not (lengths > length).any():
        return flat, offsets
    kept_lengths = np.minimum(lengths, length)
    starts = offsets[1:] - kept_lengths if keep_last else offsets[:-1]
    new_offsets = np.concatenate(([0], np.cumsum(kept_lengths)))
    # where a value comes from: its place in the result, moved by how far its row was moved
    places = np.arange(new_offsets[-1]) + np.repeat(starts - new_offsets[:-1], kept_lengths)
    return flat.take(places), new_offsets
