"""A recipe's rules put to work on Arrow arrays."""

from collections.abc import Collection, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from newslabel.clean.arrays import Bytes, Rule, as_strings, bytes_and_offsets
from newslabel.clean.character_table import BLANK, character_table
from newslabel.clean.characters import with_single_blanks
from newslabel.clean.rules import CHARACTER_RULES, ONLY_BLANKS, STOP_WORDS, TEXT_RULES, WORD_RULES, check_rules
from newslabel.clean.words import without_stop_words


class Cleaner:
    """Cleans arrays of texts by named rules, in order.

    Args:
        rules: names of TEXT_RULES, then of WORD_RULES and `stop_words`.
        stop_words: the words that `stop_words` drops, written as people write them: they are cleaned by the rules that
            stand before it, and where one falls into several words ("don't": "don t") each of them is dropped.

    Raises:
        SettingsError: there is no such rule (names the nearest), or a text rule stands after one that acts on words.
    """

    def __init__(self, rules: Sequence[str], stop_words: Collection[str] = ()) -> None:
        check_rules(rules)
        names = [rule for rule in rules if rule in TEXT_RULES]
        self._text_rules = tuple(TEXT_RULES[name] for name in names)
        whole, single = _divided(names)
        # words part at blanks of any kind, so that they are all made alike
        self._by_character = (*(TEXT_RULES[name] for name in single), with_single_blanks)
        self._before = tuple(TEXT_RULES[name] for name in whole)
        self._word_rules: tuple[Rule, ...] = ()
        for rule in rules[len(names) :]:
            dropped = self._dropped(stop_words) if rule == STOP_WORDS else None
            made = WORD_RULES[rule] if dropped is None else partial(without_stop_words, stop_words=dropped)
            self._word_rules = (*self._word_rules, made)

    def texts(self, texts: pa.Array) -> pa.StringArray:
        """The texts after the text rules.

        Args:
            texts: N strings of any Arrow kind, nulls among them.

        Returns:
            string array of N, null where the text was.
        """
        return _after(self._text_rules, as_strings(texts))

    def words(self, *fields: pa.Array) -> pa.ListArray:
        """The words left of each article after all rules, the fields one after the other.

        Args:
            fields: arrays of N strings, each cleaned for itself (a dateline stands at a field's start).

        Returns:
            list<dictionary<string>> array of N, empty where nothing is left; the dictionary holds no word twice.
        """
        cleaned = [_after(self._before, as_strings(field)) for field in fields]
        data, offsets = self._parted_by_blanks(_joined(*cleaned))
        words, word_offsets = _split(data, offsets)
        distinct = _after(self._word_rules, pc.ascii_rtrim(words.dictionary, characters=" "))
        # several words may have become one, and some none
        left = pc.if_else(pc.equal(distinct, ""), None, distinct).dictionary_encode()
        # to take by position is several times as fast as to index, above all by a mask
        codes = left.indices.fill_null(-1).to_numpy().take(words.indices.to_numpy())
        kept = np.flatnonzero(codes >= 0)
        values = pa.DictionaryArray.from_arrays(codes.take(kept), left.dictionary)
        return pa.ListArray.from_arrays(pa.array(np.searchsorted(kept, word_offsets), pa.int32()), values)

    def _parted_by_blanks(self, texts: pa.StringArray) -> tuple[Bytes, npt.NDArray[np.int32]]:
        """The texts after the rules that act on characters, as bytes in which nothing but a blank parts words."""
        made = character_table(self._by_character).cleaned(texts)
        return made or bytes_and_offsets(_joined(_after(self._by_character, texts)))

    def _dropped(self, stop_words: Collection[str]) -> pa.StringArray:
        return self.words(pa.array(list(stop_words), pa.string())).values.dictionary


def _divided(names: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Names of text rules, in two: those to be applied one after the other, and the last that act on characters."""
    whole = list(names)
    while whole and whole[-1] in CHARACTER_RULES:
        whole.pop()
    single = names[len(whole) :]
    table = character_table((*(TEXT_RULES[name] for name in single), with_single_blanks))
    while whole and whole[-1] in ONLY_BLANKS and table.blanks(ONLY_BLANKS[whole[-1]]):
        whole.pop()
    return whole, single


def _after(rules: Sequence[Rule], texts: pa.StringArray) -> pa.StringArray:
    for rule in rules:
        texts = rule(texts)
    return texts


def _joined(*fields: pa.StringArray) -> pa.StringArray:
    """The fields of each row with a blank after each, none of them null."""
    # "skip" in place of "replace" would lose the rows that are null in all fields (pyarrow 26)
    return pc.binary_join_element_wise(*fields, "", " ", null_handling="replace", null_replacement="")


def _split(data: Bytes, offsets: npt.NDArray[np.int32]) -> tuple[pa.DictionaryArray, npt.NDArray[np.intp]]:
    """The words of rows that each end with a blank, and where each row's begin; every word has its blank behind it.

    Words that keep their blank lie in `data` as an array has them, and need not be copied.
    """
    ends = np.flatnonzero(data == BLANK) + 1
    starts = np.concatenate(([0], ends)).astype(np.int32)
    words = pa.StringArray.from_buffers(len(ends), pa.py_buffer(starts), pa.py_buffer(data))
    return words.dictionary_encode(), np.searchsorted(ends, offsets, side="right")
