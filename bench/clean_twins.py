"""glove's rules as people write them: in plain Python (re, set, dict), and as Arrow's kernels one after the other.

Both give what newslabel gives. The patterns are newslabel's own, translated; plain Python too looks first whether a
text can hold an address or a dateline at all.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache, reduce
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newslabel.clean import TEXT_RULES
from newslabel.clean import datelines as d
from newslabel.clean.markup import URL
from newslabel.recipes import Recipe
from newslabel.tokens import UNKNOWN, Vocabulary

Ids = tuple[list[int], int, float]


@cache
def ranges_of(category: str) -> str:
    """The characters of a Unicode category as ranges of a pattern's class; `re` is slow with those above 0xffff."""
    codes = [code for code in range(0x10000) if unicodedata.category(chr(code)).startswith(category)]
    starts = [code for place, code in enumerate(codes) if not place or codes[place - 1] != code - 1]
    ends = [code for place, code in enumerate(codes) if place == len(codes) - 1 or codes[place + 1] != code + 1]
    return "".join(f"\\U{start:08x}-\\U{end:08x}" for start, end in zip(starts, ends, strict=True))


def translated(pattern: str) -> str:
    """A pattern of RE2's as `re` takes it."""
    pattern = pattern.replace(r"\s", r" \t\n\f\r")
    pattern = re.sub(r"\\x\{([0-9a-f]+)\}", lambda match: f"\\U{int(match[1], 16):08x}", pattern)
    return re.sub(r"\\p\{(\w+)\}", lambda match: ranges_of(match[1]), pattern)


class PlainPython:
    """Cleans and encodes an article; made where it is used, as patterns and sets are."""

    def __init__(self, recipe: Recipe, words: Collection[str], stop_words: Collection[str]) -> None:
        self._ids = {word: number for number, word in enumerate(words, UNKNOWN + 1)}
        self._max_tokens = recipe.tokens.max_tokens
        self._like_url = re.compile(r"//|\.\w{2,5}/")
        self._parenthesis = re.compile(d.PARENTHESIS)
        self._url, self._at_line = re.compile(translated(URL)), re.compile(translated(d.AT_A_LINE))
        self._at_start = re.compile(translated(d.AT_THE_START))
        self._suspicious = re.compile(translated(d.SUSPICIOUS), re.ASCII)
        self._periods = re.compile(r"\.(?: ?\.)+|…")
        self._punctuation = re.compile(rf"[^\w\s{ranges_of('M')}]+|_+")
        self._stop_words = {part for word in stop_words for part in self.cleaned(word).split()}

    def cleaned(self, text: str) -> str:
        if ("/" in text and self._like_url.search(text)) or "www." in text.lower():
            text = self._url.sub(" ", text)
        if "(" in text and self._suspicious.search(text):
            text = self._at_start.sub("", text, count=1)
            if self._parenthesis.search(text):
                text = self._at_line.sub(r"\1\2", text)
        text = self._punctuation.sub(" ", self._periods.sub(" ", text))
        return " ".join(text.split()).lower()

    def encoded(self, title: str | None, text: str | None) -> Ids:
        return self.ids_of(f"{self.cleaned(title or '')} {self.cleaned(text or '')}".split())

    def ids_of(self, words: Collection[str]) -> Ids:
        left = [word for word in words if word not in self._stop_words]
        ids = [self._ids[word] for word in left if word in self._ids]
        return ids[-self._max_tokens :], len(left), 1 - len(ids) / len(left) if left else 0.0


def nltk_tokens(python: PlainPython) -> Callable[[str | None, str | None], Ids]:
    """NLTK's tokenizer in place of the rules: what it makes of a text is other words."""
    from nltk.tokenize import NLTKWordTokenizer

    tokenize = NLTKWordTokenizer().tokenize
    return lambda title, text: python.ids_of(tokenize(f"{title or ''} {text or ''}".lower()))


def rule_by_rule(
    recipe: Recipe, vocabulary: Vocabulary, stop_words: Collection[str], fields: Mapping[str, pa.Array]
) -> Iterator[list[int]]:
    """Arrow's kernels, each rule over the whole of all texts: the ids of each article."""
    rules = [TEXT_RULES[rule] for rule in recipe.clean.rules if rule in TEXT_RULES]
    cleaned = [reduce(lambda texts, rule: rule(texts), rules, fields[name]) for name in recipe.clean.fields]
    split = pc.ascii_split_whitespace(pc.binary_join_element_wise(*cleaned, " "))
    listed = reduce(lambda texts, rule: rule(texts), rules, pa.array(list(stop_words)))
    dropped = pa.array({"", *(word for text in listed.to_pylist() for word in text.split())})
    words = split.flatten()
    ids = pc.index_in(words, value_set=vocabulary.words)
    kept = pc.and_(pc.invert(pc.is_in(words, value_set=dropped)), ids.is_valid()).to_numpy(zero_copy_only=False)
    kept_before = np.concatenate(([0], np.cumsum(kept)))[split.offsets.to_numpy()]
    flat = ids.filter(pa.array(kept)).to_numpy() + UNKNOWN + 1
    for begin, end in pairwise(kept_before):
        yield flat[max(begin, end - recipe.tokens.max_tokens) : end]
