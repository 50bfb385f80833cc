"""The linear baseline against scikit-learn's own pipeline, and against a plain twin."""

import math
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows_of_ids import flat, small_corpus
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from newslabel import load_scorer
from newslabel.errors import BundleError, DataError, SettingsError
from newslabel.models import load_bundle
from newslabel.models.contracts import Examples
from newslabel.models.families import load_learner
from newslabel.models.linear import LinearNetwork, LinearPredictor

WORDS = [f"word{number:02}" for number in range(40)]
SIZE = len(WORDS) + 2
FIT = load_learner("linear").fit
# of two words the one speaks for the positive class, the other as much against it; the third has no weight
BY_HAND = {
    "idf": np.array([0, 0, 1.0, 1.0, 0]),
    "coefficients": np.array([0, 0, 1.0, -1.0, 0]),
    "intercept": np.array([0.0]),
}


def examples(rows, is_positive, weights=None, size=SIZE) -> Examples:
    weights = np.ones(len(rows)) if weights is None else np.array(weights, np.float64)
    return Examples(*flat(rows), np.array(is_positive, bool), weights, size, np.empty((len(rows), 0), np.float32))


def text(row: list[int]) -> str:
    return " ".join(WORDS[number - 2] for number in row)


def their_probabilities(regression: LogisticRegression, features) -> np.ndarray:
    """scikit-learn's, of rows in which some word weighs anything; the others are not judged here."""
    probabilities = regression.predict_proba(features)[:, 1]
    return np.where(features.getnnz(axis=1) > 0, probabilities, np.nan)


@pytest.mark.parametrize(
    ("network", "theirs"),
    [
        ({}, {"sublinear_tf": True, "max_df": 0.7}),
        ({"sublinear_tf": False}, {"sublinear_tf": False, "max_df": 0.7}),
        ({"max_document_share": 0.3, "min_documents": 3}, {"sublinear_tf": True, "max_df": 0.3, "min_df": 3}),
        ({"max_document_share": 1.0}, {"sublinear_tf": True}),
    ],
)
def test_it_gives_the_probabilities_of_scikit_learns_own_pipeline(network, theirs):
    rows, is_positive = small_corpus(120, seed=1)
    unseen, _ = small_corpus(80, seed=2)
    vectorizer = TfidfVectorizer(token_pattern=r"\S+", **theirs)
    regression = LogisticRegression(C=10, max_iter=1000).fit(vectorizer.fit_transform(map(text, rows)), is_positive)
    features = vectorizer.transform(map(text, unseen))

    fitted = FIT(LinearNetwork(**network), examples(rows, is_positive), seed=0)
    found = LinearPredictor(LinearNetwork(**network), fitted.__getitem__).probabilities(*flat(unseen))
    np.testing.assert_allclose(found, their_probabilities(regression, features), atol=1e-6, rtol=0)


def test_weights_of_rows_are_scikit_learns_sample_weights():
    rows, is_positive = small_corpus(60, seed=3)
    weights = [3.0 if positive else 0.5 for positive in is_positive]
    features = TfidfVectorizer(token_pattern=r"\S+", sublinear_tf=True, max_df=0.7).fit_transform(map(text, rows))
    regression = LogisticRegression(C=10, max_iter=1000).fit(features, is_positive, weights)

    fitted = FIT(LinearNetwork(), examples(rows, is_positive, weights), seed=0)
    found = LinearPredictor(LinearNetwork(), fitted.__getitem__).probabilities(*flat(rows))
    np.testing.assert_allclose(found, their_probabilities(regression, features), atol=1e-6, rtol=0)


def test_words_that_are_too_rare_or_too_frequent_weigh_nothing():
    rows = [[2, 3, 4], [2, 3], [2, 4], [2, 3, 5]]
    fitted = FIT(LinearNetwork(max_document_share=0.75, min_documents=2), examples(rows, [1, 0, 1, 0]), seed=0)
    assert [number for number in range(SIZE) if fitted["idf"][number]] == [3, 4]
    assert [number for number in range(SIZE) if fitted["coefficients"][number]] == [3, 4]
    assert fitted["coefficients"][3] < 0 < fitted["coefficients"][4]


def test_the_probabilities_are_those_that_one_can_work_out():
    rows = [[2], [3, 3], [2, 3], [3, 2, 2], [2, 4, 4]]
    found = LinearPredictor(LinearNetwork(), BY_HAND.__getitem__).probabilities(*flat(rows))
    np.testing.assert_allclose(found, [0.731059, 0.268941, 0.5, 0.587220, 0.731059], atol=1e-5)
    plain = LinearPredictor(LinearNetwork(sublinear_tf=False), BY_HAND.__getitem__).probabilities(*flat([[3, 2, 2]]))
    np.testing.assert_allclose(plain, [0.609970], atol=1e-5)  # of (2 - 1) / root of 5


def test_a_row_in_which_no_word_weighs_anything_has_no_probability():
    found = LinearPredictor(LinearNetwork(), BY_HAND.__getitem__).probabilities(*flat([[], [2], [4, 4], []]))
    assert np.isnan(found).tolist() == [True, False, True, True]
    assert len(LinearPredictor(LinearNetwork(), BY_HAND.__getitem__).probabilities(*flat([]))) == 0


@pytest.mark.parametrize("beyond", [5, -1])
def test_an_id_beyond_the_table_is_an_error(beyond):
    predictor = LinearPredictor(LinearNetwork(), BY_HAND.__getitem__)
    with pytest.raises(BundleError, match=r"must be rows of the table, 0 to 4\. Received: .*"):
        predictor.probabilities(*flat([[2, beyond]]))


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("idf", np.zeros((5, 2)), r"weights/idf.npy must have the shape \(10,\)\. Received: \(5, 2\)"),
        ("coefficients", np.zeros(4), r"weights/coefficients.npy must have the shape \(5,\)\. Received: \(4,\)"),
        ("intercept", np.zeros(()), r"weights/intercept.npy must have the shape \(1,\)\. Received: \(\)"),
    ],
)
def test_an_array_of_another_shape_is_an_error(name, array, message):
    with pytest.raises(BundleError, match=message):
        LinearPredictor(LinearNetwork(), (BY_HAND | {name: array}).__getitem__)


def plain_probability(fitted, row, *, sublinear_tf):
    """The twin: one text, word by word."""
    weighed = {}
    for number, count in Counter(row).items():
        frequency = 1 + math.log(count) if sublinear_tf else count
        weighed[number] = frequency * float(fitted["idf"][number])
    length = math.sqrt(sum(value**2 for value in weighed.values()))
    if length == 0:
        return math.nan
    logit = sum(float(fitted["coefficients"][number]) * value / length for number, value in weighed.items())
    return 1 / (1 + math.exp(-logit - float(fitted["intercept"][0])))


def random_weights(size, seed):
    draw = np.random.default_rng(seed)
    return {
        "idf": draw.uniform(1, 9, size) * (draw.random(size) < 0.8),
        "coefficients": draw.normal(0, 4, size),
        "intercept": draw.normal(0, 1, 1),
    }


rows_of_ids = st.lists(st.lists(st.integers(0, 11), max_size=30), max_size=12)


@given(rows=rows_of_ids, seed=st.integers(0, 1000), sublinear_tf=st.booleans())
def test_it_equals_a_plain_twin_whatever_the_rows(rows, seed, sublinear_tf):
    fitted = random_weights(12, seed)
    predictor = LinearPredictor(LinearNetwork(sublinear_tf=sublinear_tf), fitted.__getitem__)
    wanted = [plain_probability(fitted, row, sublinear_tf=sublinear_tf) for row in rows]
    np.testing.assert_allclose(predictor.probabilities(*flat(rows)), wanted, atol=1e-12, rtol=0)


def test_a_words_share_of_the_log_odds_is_divided_among_its_places():
    predictor = LinearPredictor(LinearNetwork(), BY_HAND.__getitem__)
    found = predictor.contributions(*flat([[3, 2, 2], [], [4, 2], [4]]))
    # (1 + log 2) / 2 and -1, by the row's length, the root of (1 + log 2) ** 2 + 1; in the last row no word weighs
    np.testing.assert_allclose(found, [-0.508543, 0.430519, 0.430519, 0, 1, 0], atol=1e-5)
    assert len(predictor.contributions(*flat([]))) == 0


@given(rows=rows_of_ids, seed=st.integers(0, 1000), sublinear_tf=st.booleans())
def test_what_a_rows_tokens_moved_adds_up_to_its_log_odds_less_the_intercept(rows, seed, sublinear_tf):
    fitted = random_weights(12, seed)
    predictor = LinearPredictor(LinearNetwork(sublinear_tf=sublinear_tf), fitted.__getitem__)
    found = np.split(predictor.contributions(*flat(rows)), np.cumsum([len(row) for row in rows]))
    for row, moved in zip(rows, found, strict=False):
        probability = plain_probability(fitted, row, sublinear_tf=sublinear_tf)
        wanted = 0 if math.isnan(probability) else math.log(probability / (1 - probability)) - fitted["intercept"][0]
        assert moved.sum() == pytest.approx(wanted, abs=1e-9)
        np.testing.assert_array_equal(moved, predictor.contributions(*flat([row])))


@given(rows=rows_of_ids, data=st.data())
def test_a_text_scores_the_same_to_the_bit_in_any_batch_and_order_of_texts_and_words(rows, data):
    predictor = LinearPredictor(LinearNetwork(), random_weights(12, 0).__getitem__)
    together = predictor.probabilities(*flat(rows))
    order = data.draw(st.permutations(range(len(rows))))
    shuffled = predictor.probabilities(*flat([rows[number][::-1] for number in order]))
    np.testing.assert_array_equal(shuffled, together[list(order)])
    for row, probability in zip(rows, together, strict=True):
        np.testing.assert_array_equal(predictor.probabilities(*flat([row])), [probability])


def test_examples_of_one_class_teach_nothing():
    with pytest.raises(DataError, match=r"examples of both classes\. Received: 0 of the positive one in 2"):
        FIT(LinearNetwork(), examples([[2], [3]], [0, 0]), seed=0)


def test_examples_without_a_word_that_weighs_anything_teach_nothing():
    with pytest.raises(
        DataError, match=r"no word .* network.min_documents .*max_document_share\. Received: 2 examples"
    ):
        FIT(LinearNetwork(min_documents=2), examples([[2], [3]], [0, 1]), seed=0)


def test_a_solver_that_does_not_come_to_its_end_is_told_and_what_it_found_is_taken(capsys):
    rows, is_positive = small_corpus(60, seed=5)
    fitted = FIT(LinearNetwork(max_iterations=1), examples(rows, is_positive), seed=0)
    assert "event=fit_not_at_its_end" in capsys.readouterr().err
    assert np.isfinite(fitted["coefficients"]).all()


@pytest.fixture
def save(save_learner):
    """Saves a bundle of the recipe linear with these arrays."""
    return partial(save_learner, "linear")


def test_a_bundle_scores_what_was_saved_and_holds_no_network_of_keras_and_no_epochs(save, tmp_path):
    place = save(BY_HAND)
    files = sorted(path.relative_to(place).as_posix() for path in Path(place).rglob("*") if path.is_file())
    assert files == [
        "manifest.json",
        "metrics.json",
        "recipe.toml",
        "reference.json",
        "stopwords.txt",
        "vocabulary.arrow",
        "weights/coefficients.npy",
        "weights/idf.npy",
        "weights/intercept.npy",
    ]
    found = load_scorer(place, tmp_path / "cache").score(
        ["The hoax!", "Official", "", "zebra"], ["", "HOAX", "the", "weather"]
    )
    np.testing.assert_allclose(found, [0.731059, 0.5, np.nan, np.nan], atol=1e-5)
    assert load_bundle(place).epochs() == []
    with pytest.raises(SettingsError, match=r"fitted without Keras, and has no network\. Received: 'linear'"):
        load_bundle(place).keras_model()


def test_a_bundle_that_lacks_an_array_is_refused(save, tmp_path):
    place = save({name: array for name, array in BY_HAND.items() if name != "intercept"})
    with pytest.raises(BundleError, match=r"has no weights of that name\. Received: 'intercept'"):
        load_scorer(place, tmp_path / "cache")


def test_a_bundle_whose_table_has_fewer_rows_than_the_vocabulary_words_is_refused(save, tmp_path):
    place = save({name: array[:4] for name, array in BY_HAND.items()})
    with pytest.raises(BundleError, match=r"has weights of 4 ids, its vocabulary has 5\. Received: '.*/linear-"):
        load_scorer(place, tmp_path / "cache")
