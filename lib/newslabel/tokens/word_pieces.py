"""Texts as the pieces of words that a pretrained BERT knows, by the tokenizer that it was trained with."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newslabel.errors import SettingsError
from newslabel.extras import check_bert
from newslabel.recipes import Recipe
from newslabel.tokens.encoded import Encoded, ReadsWords, encoded_rows
from newslabel.tokens.vocabulary import FIRST_WORD, PADDING, Vocabulary

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WORD_PIECES = "word_pieces"  # the encoder's name in recipes
PAD, UNKNOWN_PIECE, FIRST_PIECE, LAST_PIECE = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
MARKS = 2  # the first piece and the last


class WordPieces(ReadsWords):
    """Encodes articles as the ids of pieces of words, between the pieces [CLS] and [SEP].

    It takes the Rust tokenizer about 1 ms a text, on one core; KerasHub's own takes eight.

    Args:
        recipe: its cleaning rules, which end of a long text is kept, and what becomes of unknown words.
        vocabulary: that of `vocabulary_of_pieces`.
        stop_words: dropped where the recipe has the rule `stop_words`.

    Raises:
        SettingsError: the tokenizer's package is missing here, or the vocabulary is of another encoder.
    """

    def __init__(self, recipe: Recipe, vocabulary: Vocabulary, stop_words: Collection[str]) -> None:
        super().__init__(recipe, stop_words)
        self._tokenizer = _tokenizer(vocabulary.tokenizer, recipe.name)
        ids = self._tokenizer.get_vocab(with_added_tokens=True)
        self._unknown, self._first, self._last = (ids[piece] for piece in (UNKNOWN_PIECE, FIRST_PIECE, LAST_PIECE))
        self.ids_of_no_word = (self._unknown, self._first, self._last)

    def encode(self, fields: Mapping[str, pa.Array]) -> Encoded:
        """The articles as ids; one in which no piece is left has none at all.

        Args:
            fields: by name, arrays of N strings; fields that the recipe does not read are ignored.
        """
        words = self._words(fields)
        texts = pc.binary_join(pa.ListArray.from_arrays(words.offsets, words.values.cast(pa.string())), " ")
        # one by one: all together they would be divided among all cores of the host
        pieces = [self._tokenizer.encode(text, add_special_tokens=False).ids for text in texts.to_pylist()]
        offsets = np.concatenate(([0], np.cumsum([len(row) for row in pieces]))).astype(np.int64)
        token_ids = np.fromiter(chain.from_iterable(pieces), np.int32, offsets[-1])
        length = self._tokens.max_tokens - MARKS
        encoded = encoded_rows(token_ids, offsets, self._tokens, unknown=self._unknown, length=length)
        return self._marked(encoded)

    def _marked(self, encoded: Encoded) -> Encoded:
        """The rows that have pieces, each between the first and the last one."""
        has_pieces = np.diff(encoded.offsets) > 0
        ends = np.stack((encoded.offsets[:-1], encoded.offsets[1:]), axis=1)[has_pieces].ravel()
        marks = np.tile(np.array([self._first, self._last], np.int32), has_pieces.sum())
        more = np.concatenate(([0], np.cumsum(MARKS * has_pieces)))
        token_ids = np.insert(encoded.token_ids, ends, marks)
        return replace(encoded, token_ids=token_ids, offsets=encoded.offsets + more)


def vocabulary_of_pieces(tokenizer: str, origin: str) -> Vocabulary:
    """The vocabulary of a tokenizer: its pieces in the order of their ids, and the tokenizer itself.

    Args:
        tokenizer: a tokenizer.json, in Hugging Face's format.
        origin: its place, for errors.

    Raises:
        SettingsError: it is none, or not one of a BERT.
    """
    ids = _tokenizer(tokenizer, origin).get_vocab(with_added_tokens=True)
    pieces = sorted(ids, key=ids.__getitem__)
    lacking = [piece for piece in (UNKNOWN_PIECE, FIRST_PIECE, LAST_PIECE) if piece not in ids]
    if lacking or ids.get(PAD) != PADDING or [ids[piece] for piece in pieces] != list(range(len(pieces))):
        raise SettingsError(
            f"a BERT's tokenizer has the pieces {PAD} (of the id {PADDING}), {UNKNOWN_PIECE}, {FIRST_PIECE} and "
            f"{LAST_PIECE}, and no id twice or left out. Received: {origin!r}"
        )
    words = pa.array(pieces[FIRST_WORD:], pa.string())
    return Vocabulary(words, pa.array(np.zeros(len(words), np.int64)), tokenizer=tokenizer)


def _tokenizer(content: str, origin: str) -> "Tokenizer":
    check_bert()
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(content)
    except Exception as error:  # of no class of its own
        raise SettingsError(f"this is no tokenizer.json that can be read: {error}. Received: {origin!r}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    # who writes "[PAD]" or "[SEP]" into a text shall not end it
    tokenizer.encode_special_tokens = True
    return tokenizer
