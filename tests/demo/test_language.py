"""The articles' words are as unevenly spread as real ones', and tell the classes apart softly."""

import re
from collections import Counter
from datetime import date

import numpy as np
import pytest
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from newslabel.demo.crawl import Crawl
from newslabel.demo.language import make_language
from newslabel.demo.lexicon import make_lexicon, past, plural, present


@pytest.fixture(scope="module")
def words(corpus):
    return [re.findall("[a-z0-9]+", text.lower()) for text in corpus.texts]


@pytest.fixture(scope="module")
def frequencies(words):
    return Counter(word for text in words for word in text)


@pytest.fixture(scope="module")
def labelled():
    words, language, rng = (np.random.Generator(np.random.PCG64([7, part])) for part in range(3))
    crawl = Crawl(rng, make_language(language, make_lexicon(words)))
    records = crawl.day(date(2026, 11, 2), articles=5000, fake_share=0.5, labelled=True)
    good = [record for record in records if record.kind == "article"]
    # without datelines, which the recipe strips, too
    texts = [record.title + " " + re.sub(r"^[A-Z]+ \(\w+\) - ", "", record.text) for record in good]
    return texts, np.array([record.label == "FAKE" for record in good])


def test_a_words_frequency_falls_with_its_rank_as_zipf_has_it(frequencies):
    counts = np.array(sorted(frequencies.values(), reverse=True)[10:5000])
    ranks = np.arange(11, 5001)
    slope = np.polyfit(np.log(ranks), np.log(counts), 1)[0]
    assert -1.25 < slope < -0.95


def test_new_words_keep_coming_as_heaps_has_it(words):
    seen: set[str] = set()
    sizes, read = [], 0
    for text in words:
        seen.update(text)
        read += len(text)
        sizes.append((read, len(seen)))
    exponent = np.polyfit(*np.log(np.array(sizes[100:])).T, 1)[0]
    assert 0.4 < exponent < 0.7


def test_there_are_several_thousand_words_of_which_many_stand_once(frequencies):
    assert 15_000 < len(frequencies) < 40_000
    assert 0.15 < np.mean([count == 1 for count in frequencies.values()]) < 0.5


def test_english_function_words_are_as_frequent_as_in_english(frequencies):
    total = sum(frequencies.values())
    assert [word for word, _ in frequencies.most_common(6)] == ["the", "of", "and", "that", "a", "in"]
    assert 0.05 < frequencies["the"] / total < 0.08
    assert 0.42 < sum(frequencies[word] for word in ENGLISH_STOP_WORDS) / total < 0.55


def test_article_lengths_are_log_normal(words):
    logarithms = np.log([len(text) for text in words])
    deviations = logarithms - logarithms.mean()
    assert 130 < np.exp(logarithms.mean()) < 170
    assert 0.4 < logarithms.std() < 0.65
    assert abs((deviations**3).mean() / logarithms.std() ** 3) < 0.3


def test_sentences_are_of_uneven_lengths(corpus):
    sentences = re.split(r"\.\s", " ".join(text.partition("\n")[2] for text in corpus.texts[:1000]))
    lengths = np.array([len(sentence.split()) for sentence in sentences])
    assert 12 < np.median(lengths) < lengths.mean() < 20
    assert np.percentile(lengths, 95) > 2 * np.median(lengths)


def test_words_come_in_bursts(words, frequencies):
    documents = Counter(word for text in words for word in set(text))
    rarer = [word for word, count in frequencies.items() if 50 <= count <= 500 and word not in ENGLISH_STOP_WORDS]
    # drawn independently, 4,900 articles would have almost each occurrence in an article of its own
    assert np.mean([documents[word] / frequencies[word] for word in rarer]) < 0.88


def test_a_linear_model_tells_most_articles_but_not_all(labelled):
    texts, fake = labelled
    vectors = TfidfVectorizer(stop_words="english", min_df=2, sublinear_tf=True)
    model = LogisticRegression(C=10).fit(vectors.fit_transform(texts[:4000]), fake[:4000])
    assert 0.90 < model.score(vectors.transform(texts[4000:]), fake[4000:]) < 0.99


def test_no_frequent_word_tells_the_class(labelled):
    texts, fake = labelled
    stands = CountVectorizer(binary=True, min_df=100).fit_transform(texts)
    share_of_fake = stands[fake].sum(axis=0) / stands.sum(axis=0)
    assert share_of_fake.min() > 0.05
    assert share_of_fake.max() < 0.95


def test_equal_seeds_make_an_equal_vocabulary():
    one, two = (make_lexicon(np.random.Generator(np.random.PCG64(3))) for _ in range(2))
    assert one.words == two.words
    assert one.slots == two.slots


def test_no_word_of_the_vocabulary_stands_twice_in_its_kind():
    lexicon = make_lexicon(np.random.Generator(np.random.PCG64(3)))
    for kind in lexicon.classes:
        assert len(set(kind.lemmas)) == len(kind.lemmas)


@pytest.mark.parametrize(
    ("form", "word", "expected"),
    [
        (plural, "party", "parties"),
        (plural, "day", "days"),
        (plural, "church", "churches"),
        (past, "deny", "denied"),
        (past, "play", "played"),
        (past, "close", "closed"),
        (past, "call", "called"),
        (present, "close", "closing"),
        (present, "play", "playing"),
    ],
)
def test_words_are_inflected_by_the_regular_rules(form, word, expected):
    assert form(word) == expected


def test_no_invented_word_offends():
    lexicon = make_lexicon(np.random.Generator(np.random.PCG64(7)))
    assert not [word for word in lexicon.words if re.search("shit|cunt|slut|rape|nig|fag", word.lower())]
