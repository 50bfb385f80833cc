"""A recipe's rules put to work on Arrow arrays."""

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newslabel.clean.rules import TEXT_RULES
from newslabel.errors import SettingsError, nearest

STOP_WORDS = "stop_words"


class Cleaner:
    """Cleans arrays of texts by named rules, in order.

    Args:
        rules: names of TEXT_RULES; `stop_words`, which acts on words, may stand last.
        stop_words: the words that it drops, written as people write them: they are cleaned by the same text rules, and
            where one falls into several words ("don't": "don t") each of them is dropped.

    Raises:
        SettingsError: there is no such rule (names the nearest), or `stop_words` does not stand last.
    """

    def __init__(self, rules: Sequence[str], stop_words: Collection[str] = ()) -> None:
        for rule in rules:
            if rule not in TEXT_RULES and rule != STOP_WORDS:
                known = nearest(rule, [*TEXT_RULES, STOP_WORDS])
                raise SettingsError(f"there is no cleaning rule {rule!r}.{known} Received: {', '.join(rules)}")
        if STOP_WORDS in rules[:-1]:
            raise SettingsError(f"{STOP_WORDS} acts on words and must be the last rule. Received: {', '.join(rules)}")
        self._text_rules = [TEXT_RULES[rule] for rule in rules if rule != STOP_WORDS]
        dropped = self._cleaned_words(stop_words) if STOP_WORDS in rules else set()
        # splitting an empty text gives one empty word, which goes the same way
        self._dropped = pa.array(["", *sorted(dropped)], pa.string())

    def texts(self, texts: pa.Array) -> pa.Array:
        """The texts after the text rules.

        Args:
            texts: N strings of any Arrow kind, nulls among them.

        Returns:
            string array of N, null where the text was.
        """
        cleaned = _strings(texts)
        for rule in self._text_rules:
            cleaned = rule(cleaned)
        return cleaned

    def words(self, *fields: pa.Array) -> pa.ListArray:
        """The words left of each article after all rules, the fields one after the other.

        Args:
            fields: arrays of N strings, each cleaned for itself (a dateline stands at a field's start).

        Returns:
            list<string> array of N, empty where nothing is left.
        """
        cleaned = [self.texts(field) for field in fields]
        # "skip" in place of "replace" would lose the rows that are null in all fields (pyarrow 26)
        joined = pc.binary_join_element_wise(*cleaned, " ", null_handling="replace", null_replacement="")
        split = pc.ascii_split_whitespace(joined)
        words = split.flatten()
        kept = pc.invert(pc.is_in(words, value_set=self._dropped))
        kept_before = np.concatenate(([0], np.cumsum(kept.to_numpy(zero_copy_only=False), dtype=np.int32)))
        offsets = kept_before[split.offsets.to_numpy()].astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), words.filter(kept))

    def _cleaned_words(self, stop_words: Collection[str]) -> set[str]:
        cleaned = self.texts(pa.array(list(stop_words), pa.string()))
        return {word for text in cleaned.to_pylist() for word in text.split()}


def _strings(texts: pa.Array) -> pa.Array:
    """The same texts as one plain string array, whether they came chunked, large, as views, dictionary or all null."""
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    return texts if pa.types.is_string(texts.type) else texts.cast(pa.string())
