"""Why an article is labelled as it is: the words that moved its log-odds most, as they stood in its text.

A model knows ids, which have lost case, endings and punctuation. What an id came from is found by encoding each
distinct word of a batch as a text of its own, by the scorer's own encoder: the same cleaning serves. Of an id that
several words of an article give ("Hoax" and "hoax!") that word is told which stands there most often. What the cleaning
leaves out alone, and what it only makes of several words together, is not told.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from newslabel.clean import Cleaner
from newslabel.errors import SettingsError
from newslabel.logs import UNPRINTABLE
from newslabel.recipes import TEXT_FIELDS, Recipe
from newslabel.tokens.encode import Encoder
from newslabel.tokens.encoded import Encoded, places_of, row_of_each

MOST_WORDS = 50
LONGEST_WORD = 100  # characters, of a longer one an ellipsis is the last
DECIMALS = 4  # of a weight
NO_KEY = np.iinfo(np.int64).max
Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def check_explain(explain: int) -> None:
    """Raises SettingsError where so many words are not told."""
    if not 0 <= explain <= MOST_WORDS:
        raise SettingsError(f"explain must be a number of words, 0 to {MOST_WORDS}. Received: {explain}")


@dataclass(frozen=True)
class _Words:
    """The distinct words of each article: P pairs of an article and a word.

    Attributes:
        texts: string array, the distinct words of all articles.
        rows: int64 (P,), the number of the article, ascending.
        codes: int64 (P,), the word's place in `texts`.
        firsts: int64 (P,), the greater the later the word comes in the article.
        counts: int64 (P,), how often it stands there.
    """

    texts: pa.StringArray
    rows: Numbers
    codes: Numbers
    firsts: Numbers
    counts: Numbers


class Explainer:
    """Tells of articles which words moved them.

    Args:
        recipe: of the model; which fields it reads.
        encoder: the model's.
        vocabulary_size: ids are smaller.
    """

    def __init__(self, recipe: Recipe, encoder: Encoder, vocabulary_size: int) -> None:
        self._fields = recipe.clean.fields
        self._encoder = encoder
        self._ids = vocabulary_size
        self._parted_by_blanks = Cleaner(()).words

    def why(self, fields: Mapping[str, pa.Array], encoded: Encoded, contributions: Floats, most: int) -> pa.StringArray:
        """The words that moved each article most, as JSON: see `Scorer.label`.

        Args:
            fields: by name, arrays of N strings.
            encoded: the same articles.
            contributions: float64 (tokens,), what each token moved.
            most: how many words are told of an article.

        Returns:
            string array of N.
        """
        words = _words(self._parted_by_blanks(*(fields[name] for name in self._fields)))
        weights = np.round(self._weights(words, encoded, contributions), DECIMALS)
        best = _best(words, weights, most)
        told = [_shortened(word) for word in words.texts.take(pa.array(words.codes[best])).to_pylist()]
        pairs = list(zip(told, weights[best].tolist(), strict=True))
        bounds = np.searchsorted(words.rows[best], np.arange(len(encoded.offsets)))
        return pa.array([_json(pairs[low:high]) for low, high in pairwise(bounds)], pa.string())

    def _weights(self, words: _Words, encoded: Encoded, contributions: Floats) -> Floats:
        """What the tokens of each word of an article moved, those together that it is told for: (P,)."""
        keys, owners = self._owners(words)
        of_tokens = row_of_each(encoded.offsets) * self._ids + encoded.token_ids
        places = np.searchsorted(keys, of_tokens)
        is_owned = keys[places] == of_tokens
        weights = np.bincount(owners[places[is_owned]], contributions[is_owned], minlength=len(words.rows))
        return np.asarray(weights, np.float64)

    def _owners(self, words: _Words) -> tuple[Numbers, Numbers]:
        """Article and id as one number, ascending; and which of the article's words is told for the id.

        Of several that is the one that stands most often in the article, of equals the first.
        """
        ids, offsets = self._ids_of(words.texts)
        lengths = np.diff(offsets)[words.codes]
        pairs = np.repeat(np.arange(len(lengths)), lengths)
        keys = words.rows[pairs] * self._ids + ids[places_of(offsets[words.codes], lengths)]
        order = np.lexsort((words.firsts[pairs], -words.counts[pairs], keys))
        distinct, firsts = np.unique(keys[order], return_index=True)
        # the last is that of every token which nobody owns
        return np.append(distinct, NO_KEY), np.append(pairs[order[firsts]], 0)

    def _ids_of(self, texts: pa.StringArray) -> tuple[Numbers, Numbers]:
        """The ids of each word, encoded as a text of its own, and where they begin, but for those of no word."""
        nothing = pa.nulls(len(texts), pa.string())
        spelled = self._encoder.encode(dict.fromkeys(TEXT_FIELDS, nothing) | {self._fields[0]: texts})
        kept = np.flatnonzero(~np.isin(spelled.token_ids, self._encoder.ids_of_no_word))
        return spelled.token_ids[kept].astype(np.int64), np.searchsorted(kept, spelled.offsets)


def _words(parted: pa.ListArray) -> _Words:
    texts, codes = parted.values.dictionary, parted.values.indices.to_numpy()
    size = max(len(texts), 1)
    of_places = row_of_each(parted.offsets.to_numpy()) * size + codes
    keys, firsts, counts = np.unique(of_places, return_index=True, return_counts=True)
    return _Words(texts, keys // size, keys % size, firsts, counts)


def _best(words: _Words, weights: Floats, most: int) -> Numbers:
    """Which words are told: article by article, those that moved most first, of equals the one that comes first."""
    moved = np.flatnonzero(weights)
    order = np.lexsort((words.firsts[moved], -np.abs(weights[moved]), words.rows[moved]))
    best = moved[order]
    rows = words.rows[best]
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    told: Numbers = best[rank < most]
    return told


def _shortened(word: str) -> str:
    return word if len(word) <= LONGEST_WORD else word[: LONGEST_WORD - 1] + "…"


def _json(pairs: list[tuple[str, float]]) -> str:
    """Escaped too is what would move a terminal's cursor or turn its text, whoever prints the column as it is."""
    line = json.dumps([{"word": word, "weight": weight} for word, weight in pairs], ensure_ascii=False)
    return UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", line)
