"""How often the demo's words and phrases stand in an article, by its topic and its style.

Word frequencies fall by rank as in any language; a topic lifts some words, and each style leans softly to its own: no
word belongs to one style. An article mixes both styles, so that some lie between the classes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newslabel.demo import phrases
from newslabel.demo.lexicon import Lexicon, WordClass, zipf_weights

Floats = NDArray[np.float64]
TOPICS = 10
LIFTED_SHARE = 0.08  # of the words, by each topic
LIFT = 1.8  # mean of the logarithm
LEANING = 1.2  # standard deviation of half a word's log odds between the styles, …
LEANING_LIMIT = 1.3  # … and the most it may be
TOPIC_LEANING = 0.35


@dataclass(frozen=True)
class Language:
    """Cumulative frequencies: of topics (styles, topics), of phrases (styles, n), of words (topics, styles, n)."""

    lexicon: Lexicon
    topics: Floats
    titles: Floats
    clauses: Floats
    joiners: Floats
    words: tuple[Floats, ...]  # one a word class


def make_language(rng: np.random.Generator, lexicon: Lexicon) -> Language:
    """The language that the generator gives over a vocabulary."""
    lean = TOPIC_LEANING * rng.standard_normal(TOPICS)
    return Language(
        lexicon,
        topics=_cumulative(np.stack([np.exp(-lean), np.exp(lean)])),
        titles=_phrase_frequencies(phrases.TITLES),
        clauses=_phrase_frequencies(phrases.CLAUSES),
        joiners=_phrase_frequencies(phrases.JOINERS),
        words=tuple(_word_frequencies(rng, word_class) for word_class in lexicon.classes),
    )


def _word_frequencies(rng: np.random.Generator, word_class: WordClass) -> Floats:
    count = len(word_class.lemmas)
    lifted = rng.random((TOPICS, 1, count)) < LIFTED_SHARE
    lift = np.where(lifted, LIFT + 0.5 * rng.standard_normal((TOPICS, 1, count)), 0.0)
    lean = np.clip(LEANING * rng.standard_normal(count), -LEANING_LIMIT, LEANING_LIMIT)
    weights = zipf_weights(count, word_class.zipf_exponent) * np.exp(lift + np.stack([-lean, lean]))
    return _cumulative(weights)


def _phrase_frequencies(choices: tuple[phrases.Phrase, ...]) -> Floats:
    return _cumulative(np.array([[phrase.real for phrase in choices], [phrase.fake for phrase in choices]]))


def _cumulative(weights: Floats) -> Floats:
    sums = np.cumsum(weights, axis=-1)
    return sums / sums[..., -1:]
