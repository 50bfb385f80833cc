"""Articles as ids: what every encoder gives, and what becomes of unknown words and long texts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from newslabel.clean import Cleaner
from newslabel.recipes import Recipe, TokensRecipe


@dataclass(frozen=True)
class Encoded:
    """N articles as ids, one after the other.

    Args:
        token_ids: int32, the ids of all articles; article i has token_ids[offsets[i]:offsets[i + 1]].
        offsets: int64 (N + 1,).
        n_tokens: int32 (N,), words after cleaning, or pieces of them, known or not, before the cut.
        unknown_share: float32 (N,), the share of them that the vocabulary lacks; 0 where there are no words.
        features: float32 (N, K), what the encoder gives beside the ids, as `feature_names` has them.
    """

    token_ids: np.ndarray
    offsets: np.ndarray
    n_tokens: np.ndarray
    unknown_share: np.ndarray
    features: np.ndarray


class ReadsWords:
    """What encoders share: they clean the fields that the recipe reads, and give nothing beside ids.

    Args:
        recipe: its cleaning rules, which end of a long text is kept, and what becomes of unknown words.
        stop_words: dropped where the recipe has the rule `stop_words`.

    Attributes:
        ids_of_no_word: the ids that stand for no word of a text, or for any.
    """

    ids_of_no_word: tuple[int, ...]

    def __init__(self, recipe: Recipe, stop_words: Collection[str]) -> None:
        self._fields = recipe.clean.fields
        self._tokens = recipe.tokens
        self._cleaner = Cleaner(recipe.clean.rules, stop_words)

    @staticmethod
    def feature_names(recipe: Recipe) -> tuple[str, ...]:
        """What it gives of an article beside the ids: nothing."""
        del recipe
        return ()

    def _words(self, fields: Mapping[str, pa.Array]) -> pa.ListArray:
        """The words of N articles after cleaning, those of all fields one after another."""
        return self._cleaner.words(*(fields[name] for name in self._fields))


def encoded_rows(
    token_ids: np.ndarray, offsets: np.ndarray, tokens: TokensRecipe, *, unknown: int, length: int
) -> Encoded:
    """Rows of ids, counted, and then without what the recipe leaves out of them; no features beside them.

    Args:
        token_ids: int32, all rows' ids, one row after the other.
        offsets: int64 (N + 1,), where each begins.
        tokens: what becomes of unknown words, and which end of a long row is kept.
        unknown: the id of what the vocabulary lacks.
        length: longer rows are cut to it.
    """
    n_tokens = np.diff(offsets).astype(np.int32)
    known = np.flatnonzero(token_ids != unknown)
    known_before = np.searchsorted(known, offsets)
    unknown_share = 1 - np.diff(known_before) / np.maximum(n_tokens, 1)
    unknown_share[n_tokens == 0] = 0
    if tokens.unknown == "drop":
        token_ids, offsets = token_ids.take(known), known_before
    token_ids, offsets = cut(token_ids, offsets, length, keep_last=tokens.keep == "last")
    no_features = np.empty((len(n_tokens), 0), np.float32)
    return Encoded(token_ids, offsets, n_tokens, unknown_share.astype(np.float32), no_features)


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
    return flat.take(places_of(starts, kept_lengths)), np.concatenate(([0], np.cumsum(kept_lengths)))


def places_of(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Where the values of some rows stand, one row after the other: int64 (sum of lengths,).

    Args:
        starts: int64 (N,), where each begins.
        lengths: int64 (N,), how many values each has.
    """
    before = np.cumsum(lengths) - lengths
    # a value's place in the result, moved by how far its row was moved
    places: np.ndarray = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
    return places


def shortest_first(lengths: np.ndarray) -> np.ndarray:
    """The numbers of the rows that have a value, the shortest first, of equals the first: int64.

    Args:
        lengths: int64 (N,), how many values each row has.
    """
    order = np.argsort(lengths, kind="stable")
    kept: np.ndarray = order[np.searchsorted(lengths[order], 1) :]
    return kept


def row_of_each(offsets: np.ndarray) -> np.ndarray:
    """The number of the row that each value belongs to: int64 (values,).

    Args:
        offsets: int64 (N + 1,), where each row begins, and the end of the last.
    """
    rows: np.ndarray = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return rows
