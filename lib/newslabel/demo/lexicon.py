"""The demo's vocabulary: plain English at the head, several thousand pronounceable invented words behind it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newslabel.demo import english, phrases

ONSETS = phrases.words_of("b br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr qu r s sh sl sp st str t th tr v w")
NUCLEI = phrases.words_of("a e i o u ai ea ee oa ou")
CODAS = phrases.words_of("l m n nd nt r rd rn s sk st t nt r n l")
MIDDLES = phrases.words_of("b d g l m n nd p r rt s st t v")

SHORTEST = 4  # invented words of fewer letters would look like function words
UNWANTED = re.compile("|".join(english.UNWANTED))


@dataclass(frozen=True)
class WordClass:
    """Words of one kind, most frequent first, and what their frequencies are like.

    `forms` gives the surface form that each of its slots takes; `zipf_exponent` is how fast frequency falls with rank;
    `repeated` is the share of an article's slots that take up a word the article already has.
    """

    lemmas: tuple[str, ...]
    forms: Mapping[str, Callable[[str], str]]
    zipf_exponent: float
    repeated: float


@dataclass(frozen=True)
class Lexicon:
    """All surface words by id: first those that phrases spell out, then each slot's forms, in their lemmas' order."""

    words: tuple[str, ...]
    literals: Mapping[str, int]
    classes: tuple[WordClass, ...]
    slots: Mapping[str, tuple[int, int]]  # slot -> its word class, the id of its first form


def make_lexicon(rng: np.random.Generator) -> Lexicon:
    """The vocabulary that the generator gives: equal seeds, equal words."""
    literals = sorted({word for phrase in phrases.ALL for word in phrase.words} - set(phrases.SLOTS) | {"an"})
    classes = _word_classes(rng, taken=set(phrases.FUNCTION_WORDS) | set(phrases.FOREIGN))
    words, slots = list(literals), {}
    for index, word_class in enumerate(classes):
        for slot, form in word_class.forms.items():
            slots[slot] = (index, len(words))
            words.extend(form(lemma) for lemma in word_class.lemmas)
    return Lexicon(tuple(words), {word: id_ for id_, word in enumerate(literals)}, classes, slots)


def _word_classes(rng: np.random.Generator, taken: set[str]) -> tuple[WordClass, ...]:
    def lemmas(typed: Sequence[str], endings: str, count: int) -> tuple[str, ...]:
        taken.update(typed)
        return (*typed, *_invented(rng, endings.split(","), count - len(typed), taken))

    return (
        WordClass(lemmas(english.NOUNS, ",,,,,,er,ment,ity,ance", 5000), {"N": str, "NS": plural}, 1.0, 0.35),
        WordClass(lemmas(english.VERBS, ",,,,,,ate,ish,ify", 2000), {"VB": str, "V": past, "VG": present}, 1.0, 0.2),
        WordClass(lemmas(english.ADJECTIVES, "al,ous,ive,ic,y,ent,ful", 2000), {"A": str}, 1.0, 0.25),
        WordClass(lemmas(english.ADVERBS, "ly", 200), {"R": str}, 1.0, 0.1),
        WordClass(lemmas(english.PEOPLE, ",,,er,in,ey,ov,en", 20000), {"P": str.title}, 0.75, 0.7),
        WordClass(lemmas(english.PLACES, "ia,burg,ton,port,ford,ville,an", 1500), {"L": str.title}, 0.9, 0.6),
        WordClass(tuple(str(number) for number in range(2, 400)), {"NUM": str}, 0.8, 0.2),
    )


def _invented(rng: np.random.Generator, endings: Sequence[str], count: int, taken: set[str]) -> list[str]:
    """New words of one to three syllables; the earlier (more frequent) ones are shorter, as in any language."""
    words: list[str] = []
    while len(words) < count:
        second, third = rng.random(2) < (0.3 + len(words) / count / 2, 0.1)
        word = _stem(rng, 1 + int(second) + int(third)) + endings[int(rng.integers(len(endings)))]
        if len(word) >= SHORTEST and word not in taken and not UNWANTED.search(word):
            taken.add(word)
            words.append(word)
    return words


def _stem(rng: np.random.Generator, syllables: int) -> str:
    def one_of(parts: Sequence[str]) -> str:
        return parts[int(rng.integers(len(parts)))]

    parts = [one_of(ONSETS), one_of(NUCLEI[:5])]
    for _ in range(syllables - 1):
        parts += [one_of(MIDDLES), one_of(NUCLEI)]
    return "".join([*parts, one_of(CODAS)])


def plural(noun: str) -> str:
    """The noun's plural, by the regular rules."""
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "z", "ch", "sh")) else "s")


def past(verb: str) -> str:
    """The verb's past, by the regular rules."""
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return verb + ("d" if verb.endswith("e") else "ed")


def present(verb: str) -> str:
    """The verb's form in -ing, by the regular rules."""
    return verb.removesuffix("e") + "ing"


def zipf_weights(count: int, exponent: float) -> NDArray[np.float64]:
    """Frequencies of words by rank after Zipf and Mandelbrot: float64 (count,), not normalized."""
    ranks: NDArray[np.float64] = np.arange(count, dtype=np.float64) + 3.7
    return np.power(ranks, -exponent)
