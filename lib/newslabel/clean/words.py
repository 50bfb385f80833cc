"""The rules that act on words: from an array of words to one of what stands for each, null where the word is dropped.

They are given each distinct word of a batch once.
"""

from collections.abc import Callable
from functools import cache, lru_cache

import pyarrow as pa
import pyarrow.compute as pc

LONGEST_STEMMED = 100  # characters: what is longer is no word of a language
STEMS_KEPT = 50_000  # by each worker, a few MB


def without_stop_words(words: pa.StringArray, stop_words: pa.StringArray) -> pa.StringArray:
    """The words, null for those to be dropped."""
    return pc.if_else(pc.is_in(words, value_set=stop_words), None, words)


def stemmed(words: pa.StringArray) -> pa.StringArray:
    """The words' stems by Porter's rules as NLTK has them: "elections" and "elected" become "elect".

    Source: https://tartarus.org/martin/PorterStemmer, with NLTK's extensions.
    """
    return pa.array([word and _stem(word) for word in words.to_pylist()], pa.string())


@lru_cache(STEMS_KEPT)
def _stem(word: str) -> str:
    return word if len(word) > LONGEST_STEMMED else _porter()(word)


@cache
def _porter() -> Callable[[str], str]:
    from nltk.stem.porter import PorterStemmer  # slow to import, which only recipes that stem pay

    stem: Callable[[str], str] = PorterStemmer().stem
    return stem
