"""Writes articles in the demo's language: phrases drawn sentence by sentence, their slots filled with words.

All articles are drawn together, as flat arrays of phrases and then of words, which makes a million words in a second.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from newslabel.demo import phrases
from newslabel.demo.language import Language
from newslabel.demo.lexicon import Lexicon

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MEDIAN_SENTENCES, SENTENCES_SPREAD, MOST_SENTENCES = 9.0, 0.5, 80
MEDIAN_CLAUSES, CLAUSES_SPREAD, MOST_CLAUSES = 1.5, 0.45, 5
PARAGRAPH_SHARE = 0.25  # of the sentences end one
MIXTURE = (10.0, 2.0)  # Beta distribution of the share of an article's words that are in the style of its class

CLAUSE, JOINER, NOTHING = len(phrases.TITLES), len(phrases.TITLES + phrases.CLAUSES), len(phrases.ALL)
ENDS = np.array([" ", ", ", ". ", ".\n\n"], dtype=object)
WORD_END, CLAUSE_END, SENTENCE_END, PARAGRAPH_END = range(len(ENDS))


class Article(NamedTuple):
    """A title and a text."""

    title: str
    text: str


class _Phrases(NamedTuple):
    """All articles' phrases in order: which, whose, in the title or not, at a sentence's beginning or not, its end."""

    phrase: Ints
    article: Ints
    in_title: Bools
    begins: Bools
    end: Ints


def write_articles(rng: np.random.Generator, language: Language, fake: Bools) -> list[Article]:
    """As many articles as `fake` has places, each in the style of real or of fake ones.

    Args:
        rng: where every choice comes from.
        language: its words and their frequencies.
        fake: (N,) whether an article is written in the style of fake ones.
    """
    own_style = rng.beta(*MIXTURE, size=len(fake))
    fakeness = np.where(fake, own_style, 1 - own_style)
    topic = _drawn(rng, language.topics[fake.astype(np.int64)])
    drawn = _draw_phrases(rng, language, fakeness)
    slots, phrase_of_word = _spelled(language.lexicon, drawn.phrase)
    article_of_word = drawn.article[phrase_of_word]
    words = _filled(rng, language, slots, article_of_word, topic, fakeness)
    pieces = _printed(language.lexicon, words, phrase_of_word, drawn)
    in_title = drawn.in_title[phrase_of_word]
    return [
        Article("".join(pieces[first:text]).strip(), "".join(pieces[text:last]).strip())
        for (first, last), text in zip(
            pairwise(np.searchsorted(article_of_word, np.arange(len(fake) + 1))),
            np.flatnonzero(np.diff(in_title, prepend=False) & ~in_title),
            strict=True,
        )
    ]


def _draw_phrases(rng: np.random.Generator, language: Language, fakeness: Floats) -> _Phrases:
    """An article's first sentence is its title. Before a clause stands a joiner, or nothing where a sentence begins."""
    sentences = 1 + _lengths(rng, len(fakeness), MEDIAN_SENTENCES, SENTENCES_SPREAD, MOST_SENTENCES)
    article = np.repeat(np.arange(len(fakeness)), sentences)
    in_title = _firsts(sentences)
    clauses = np.where(in_title, 1, _lengths(rng, len(article), MEDIAN_CLAUSES, CLAUSES_SPREAD, MOST_CLAUSES))
    sentence_end = np.where(rng.random(len(article)) < PARAGRAPH_SHARE, PARAGRAPH_END, SENTENCE_END)
    sentence_end[in_title] = WORD_END

    article, in_title, sentence_end = (np.repeat(values, clauses) for values in (article, in_title, sentence_end))
    begins, finishes = _firsts(clauses), _firsts(clauses[::-1])[::-1]
    style = (rng.random(len(article)) < fakeness[article]).astype(np.int64)
    joiner = np.where(begins, NOTHING, JOINER + _drawn(rng, language.joiners[style]))
    clause = np.where(in_title, _drawn(rng, language.titles[style]), CLAUSE + _drawn(rng, language.clauses[style]))
    end = np.where(finishes, sentence_end, CLAUSE_END)
    never = np.zeros_like(begins)
    return _Phrases(
        _interleaved(joiner, clause),
        np.repeat(article, 2),
        np.repeat(in_title, 2),
        _interleaved(never, begins),
        _interleaved(np.full_like(end, WORD_END), end),
    )


def _spelled(lexicon: Lexicon, phrase: Ints) -> tuple[Ints, Ints]:
    """Each phrase's words as ids, slots as -1 - their place in phrases.SLOTS; and which phrase each word is of."""
    spelling = [
        [-1 - phrases.SLOTS.index(word) if word in phrases.SLOTS else lexicon.literals[word] for word in words.words]
        for words in phrases.ALL
    ] + [[]]
    lengths = np.array([len(ids) for ids in spelling])
    starts = np.cumsum(lengths) - lengths
    flat = np.concatenate([np.array(ids, dtype=np.int64) for ids in spelling])
    phrase_of_word = np.repeat(np.arange(len(phrase)), lengths[phrase])
    within = np.arange(len(phrase_of_word)) - np.repeat(np.cumsum(lengths[phrase]) - lengths[phrase], lengths[phrase])
    return flat[starts[phrase[phrase_of_word]] + within], phrase_of_word


def _filled(
    rng: np.random.Generator, language: Language, words: Ints, article: Ints, topic: Ints, fakeness: Floats
) -> Ints:
    """The words' ids, every slot filled from its article's topic and styles."""
    slots = [language.lexicon.slots[slot] for slot in phrases.SLOTS]
    class_of_slot, first_of_slot = np.array(slots).T
    filled = words.copy()
    for index, word_class in enumerate(language.lexicon.classes):
        places = np.flatnonzero(words < 0)
        places = places[class_of_slot[-1 - words[places]] == index]
        whose = article[places]
        style = (rng.random(len(places)) < fakeness[whose]).astype(np.int64)
        lemmas = _drawn_words(rng, language.words[index], topic[whose], style)
        lemmas = _with_repetitions(rng, lemmas, whose, word_class.repeated)
        filled[places] = first_of_slot[-1 - words[places]] + lemmas
    return filled


def _drawn_words(rng: np.random.Generator, frequencies: Floats, topic: Ints, style: Ints) -> Ints:
    numbers, lemmas = rng.random(len(topic)), np.empty(len(topic), dtype=np.int64)
    for one_topic, styles in enumerate(frequencies):
        for one_style, cumulative in enumerate(styles):
            places = np.flatnonzero((topic == one_topic) & (style == one_style))
            lemmas[places] = np.searchsorted(cumulative, numbers[places], side="right")
    return lemmas


def _with_repetitions(rng: np.random.Generator, lemmas: Ints, article: Ints, share: float) -> Ints:
    """A share of the words replaced by others of the same article: what is spoken of once is spoken of again."""
    first = np.searchsorted(article, article, side="left")
    count = np.searchsorted(article, article, side="right") - first
    other = first + np.floor(rng.random(len(lemmas)) * count).astype(np.int64)
    return np.where(rng.random(len(lemmas)) < share, lemmas[other], lemmas)


def _printed(lexicon: Lexicon, words: Ints, phrase_of_word: Ints, drawn: _Phrases) -> list[str]:
    """Each word with its capital and what follows it."""
    surface = np.array([*lexicon.words, *(word[:1].upper() + word[1:] for word in lexicon.words)], dtype=object)
    vowel = np.array([word[0] in "aeiouAEIOU" for word in lexicon.words])
    follows = np.append(words[1:], words[:1])
    words = np.where((words == lexicon.literals["a"]) & vowel[follows], lexicon.literals["an"], words)
    _, lengths = np.unique(phrase_of_word, return_counts=True)
    begins = _firsts(lengths) & drawn.begins[phrase_of_word] | drawn.in_title[phrase_of_word]
    end = np.where(_firsts(lengths[::-1])[::-1], drawn.end[phrase_of_word], WORD_END)
    pieces: list[str] = (surface[words + begins * len(lexicon.words)] + ENDS[end]).tolist()
    return pieces


def _lengths(rng: np.random.Generator, count: int, median: float, spread: float, most: int) -> Ints:
    drawn = np.rint(median * np.exp(spread * rng.standard_normal(count)))
    return np.clip(drawn, 1, most).astype(np.int64)


def _drawn(rng: np.random.Generator, cumulative: Floats) -> Ints:
    """One choice a row of cumulative frequencies (N, choices)."""
    numbers = rng.random((len(cumulative), 1))
    choices: Ints = (numbers >= cumulative).sum(axis=1)
    return choices


def _firsts(lengths: Ints) -> Bools:
    """Whether a place is the first of its run, for runs of the lengths given, each at least 1."""
    firsts = np.zeros(int(lengths.sum()), dtype=bool)
    firsts[np.cumsum(lengths) - lengths] = True
    return firsts


def _interleaved(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    return np.stack([first, second], axis=1).ravel()
