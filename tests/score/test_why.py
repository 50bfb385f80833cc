"""From what tokens moved to the words of the text: against a plain twin, and on a model made by hand."""

import json
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_bert import PIECES, needs_bert, tokenizer

from newslabel import load_scorer
from newslabel.errors import SettingsError
from newslabel.recipes import Recipe
from newslabel.score.why import Explainer
from newslabel.tokens import Vocabulary
from newslabel.tokens.encode import encoder_for
from newslabel.tokens.word_pieces import vocabulary_of_pieces

KNOWN = ["hoax", "official", "t", "don", "the"]
RULES = ["html", "punctuation", "whitespace", "lowercase"]


def recipe_of(fields=("title", "text"), rules=RULES, encoder="token_ids", **tokens) -> Recipe:
    return Recipe.model_validate(
        {
            "name": "tiny",
            "family": "recurrent",
            "encoder": encoder,
            "classes": {"positive": "FAKE", "negative": "REAL"},
            "clean": {"fields": fields, "rules": rules, "stop_words": "english"},
            "tokens": {"max_tokens": 20, "keep": "last", "unknown": "drop"} | tokens,
            "network": {},
            "training": {},
        }
    )


RECIPE = recipe_of()
VOCABULARY = Vocabulary(pa.array(KNOWN), pa.array([5, 4, 3, 2, 1]))


def why(texts, weights, recipe=RECIPE, vocabulary=VOCABULARY, most=50, titles=None):
    """What is told of each text, where a token of an id moved what `weights` say of it, and others nothing."""
    encoder = encoder_for(recipe, vocabulary, ("the",))
    nothing = pa.nulls(len(texts), pa.string())
    fields = {"title": nothing if titles is None else pa.array(titles), "text": pa.array(texts), "author": nothing}
    encoded = encoder.encode(fields)
    moved = np.array([weights.get(number, 0) for number in encoded.token_ids.tolist()], np.float64)
    told = Explainer(recipe, encoder, vocabulary.size).why(fields, encoded, moved, most)
    return [[(word["word"], word["weight"]) for word in json.loads(line)] for line in told.to_pylist()]


HOAX, OFFICIAL, T, DON = 2, 3, 4, 5


def test_a_word_is_told_as_it_stands_in_the_text_and_what_moved_most_comes_first():
    texts = ["An official: said, HOAX!", "zebra", "", None, "Official «hoax»"]
    assert why(texts, {HOAX: 0.5, OFFICIAL: -2.25}) == [
        [("official:", -2.25), ("HOAX!", 0.5)],
        [],
        [],
        [],
        [("Official", -2.25), ("«hoax»", 0.5)],
    ]


def test_of_words_that_the_model_takes_for_one_that_is_told_which_stands_most_often_or_first():
    assert why(["HOAX hoax! Hoax hoax!"], {HOAX: 0.5}) == [[("hoax!", 2.0)]]
    assert why(["HOAX hoax!"], {HOAX: 0.5}, titles=["Hoax:"]) == [[("Hoax:", 1.5)]]


def test_a_word_of_which_cleaning_makes_several_is_told_once_with_what_all_of_them_moved():
    assert why(["Don't hoax"], {HOAX: 0.5, DON: 1.0, T: 0.25}) == [[("Don't", 1.25), ("hoax", 0.5)]]


def test_each_token_is_told_once():
    # "t" goes to the word that stands most often
    assert why(["Don't! T T"], {DON: 1.0, T: 0.25}) == [[("Don't!", 1.0), ("T", 0.75)]]


def test_only_so_many_words_are_told_and_none_that_moved_nothing():
    weights = {HOAX: 0.5, OFFICIAL: -2.25, T: 0.00004}
    assert why(["hoax official t", "t"], weights, most=1) == [[("official", -2.25)], []]
    assert why(["hoax official t"], weights) == [[("official", -2.25), ("hoax", 0.5)]]


def test_of_words_that_moved_as_much_the_first_comes_first():
    weights = {HOAX: 0.5, OFFICIAL: -0.50001, DON: 0.5}
    assert why(["hoax official don"], weights) == [[("hoax", 0.5), ("official", -0.5), ("don", 0.5)]]


def test_what_is_cut_off_moved_nothing_and_what_cleaning_drops_is_not_told():
    assert why(["hoax " + "official " * 20], {HOAX: 9.0, OFFICIAL: 0.25}) == [[("official", 5.0)]]
    cleaned = recipe_of(rules=[*RULES, "stop_words"])
    assert why(["<p>The hoax</p> <b class='hoax'>"], {HOAX: 1.0, 6: 5.0}, cleaned) == [[("hoax</p>", 1.0)]]


def test_words_that_the_model_does_not_know_are_not_told_for_what_they_moved_together():
    assert why(["zebra hoax okapi"], {HOAX: 0.5, 1: 7.0}, recipe_of(unknown="keep")) == [[("hoax", 0.5)]]


def test_stems_and_hashes_are_told_as_the_words_they_came_from():
    stemmed = recipe_of(rules=[*RULES, "stem"])
    assert why(["Hoaxes, hoaxes, hoax"], {HOAX: 0.5}, stemmed) == [[("Hoaxes,", 1.5)]]
    hashed = Vocabulary.hashed(1000)
    (number,) = hashed.ids(pa.array(["zebra"])).tolist()
    assert why(["hoax ZEBRA!"], {number: 0.5}, recipe_of(ids="hashed"), hashed) == [[("ZEBRA!", 0.5)]]


def test_a_word_that_stands_in_a_field_that_is_not_read_is_not_told():
    assert why(["hoax!"], {HOAX: 0.5}, recipe_of(fields=["text"]), titles=["Hoax Hoax"]) == [[("hoax!", 0.5)]]


@needs_bert
def test_pieces_of_a_word_are_told_as_the_word_and_the_marks_of_a_text_are_not():
    vocabulary = vocabulary_of_pieces(tokenizer(), "tiny")
    recipe = recipe_of(rules=["whitespace"], encoder="word_pieces", unknown="keep")
    weights = dict.fromkeys(range(len(PIECES)), 1.0)  # [UNK], [CLS] and [SEP] too
    assert why(["Reports. zebra HOAX"], weights, recipe, vocabulary) == [[("Reports.", 4.0), ("HOAX", 1.0)]]


def test_hostile_words_are_escaped_and_shortened():
    encoder = encoder_for(RECIPE, VOCABULARY, ())
    texts = ['"\u202e\x1b[HOAX\x00"', "don" + "!" * 500]
    fields = {"title": pa.nulls(2, pa.string()), "text": pa.array(texts)}
    encoded = encoder.encode(fields)
    told = Explainer(RECIPE, encoder, VOCABULARY.size).why(fields, encoded, np.ones(len(encoded.token_ids)), 5)
    assert told.to_pylist() == [
        r'[{"word": "\"\u202e\u001b[HOAX\u0000\"", "weight": 1.0}]',
        '[{"word": "don' + "!" * 96 + '…", "weight": 1.0}]',
    ]
    assert json.loads(told[0].as_py())[0]["word"] == texts[0]


IDS = {
    "hoax": [HOAX], "Hoax": [HOAX], "hoax!": [HOAX], "OFFICIAL": [OFFICIAL], "official": [OFFICIAL],
    "don't": [DON, T], "t": [T], "The": [6], "zebra": [], "--": [], "t-don": [T, DON],
}  # fmt: skip


def plain_why(text, weights, most):
    """The twin: one text, word by word."""
    counts, told = Counter(text.split()), Counter()
    for number in (number for word in text.split() for number in IDS[word]):
        of_it = [word for word in counts if number in IDS[word]]  # in the order in which they come
        told[max(of_it, key=lambda word: counts[word])] += weights[number]
    rounded = [(word, round(told[word], 4)) for word in counts if round(told[word], 4)]
    return sorted(rounded, key=lambda pair: -abs(pair[1]))[:most]


WEIGHTS = {HOAX: 0.5, OFFICIAL: -0.25, T: 0.125, DON: -0.0625, 6: 0.75}


@settings(max_examples=40)
@given(
    texts=st.lists(st.lists(st.sampled_from(list(IDS)), max_size=10).map(" ".join), min_size=1, max_size=6),
    most=st.integers(1, 4),
)
def test_what_is_told_equals_a_plain_twin_in_any_batch(texts, most):
    assert why(texts, WEIGHTS, most=most) == [plain_why(text, WEIGHTS, most) for text in texts]


def test_a_scorer_tells_the_words_that_moved_the_probability_that_it_tells(make_bundle, kernels):
    scorer = load_scorer(make_bundle(calibration={"slope": 0.5, "intercept": 1.0}), kernels)
    titles = ["Hoax!", "the", None, "OFFICIAL hoax official"]
    assert scorer.label({"title": titles}, explain=5)["why"].to_pylist() == [
        '[{"word": "Hoax!", "weight": 2.0}]',
        None,
        None,
        '[{"word": "OFFICIAL", "weight": -2.0}, {"word": "hoax", "weight": 2.0}]',
    ]
    assert scorer.label({"title": titles})["why"].to_pylist() == [None] * 4
    assert scorer.label({"title": []}, explain=5).num_rows == 0


def test_a_text_of_no_word_that_moved_anything_is_told_with_none(make_bundle, kernels):
    (label,) = load_scorer(make_bundle(), kernels).label({"text": ["weather"]}, explain=5).to_pylist()
    assert (label["probability"], label["why"]) == (0.5, "[]")


@pytest.mark.parametrize("explain", [-1, 51])
def test_more_words_than_are_told_are_an_error(make_bundle, kernels, explain):
    with pytest.raises(SettingsError, match=rf"explain must be a number of words, 0 to 50\. Received: {explain}"):
        load_scorer(make_bundle(), kernels).label({"text": ["hoax"]}, explain=explain)
