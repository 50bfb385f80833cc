"""Boosted trees against LightGBM's own predictions, and against plain twins."""

import math
from functools import partial

import lightgbm
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows_of_ids import flat, small_corpus
from scipy.sparse import csr_matrix
from sklearn.metrics import mutual_info_score

from newslabel import load_scorer
from newslabel.errors import BundleError, DataError
from newslabel.models import load_bundle
from newslabel.models.bags_of_words import word_counts, word_gains
from newslabel.models.contracts import Examples
from newslabel.models.families import load_learner
from newslabel.models.trees import TreesNetwork, TreesPredictor

FIT = load_learner("trees").fit
SIZE = 42
SMALL = TreesNetwork(words=12, trees=30, rate=0.2, min_leaf_rows=3)
# "hoax" in it speaks for the positive class; without, a long text does, and the last number is of no account
BY_HAND = {
    "columns": np.array([-1, -1, 3, -1, 4], np.int32),
    "features": np.array([3]),
    "split_columns": np.array([[3, 1, 0]], np.int32),
    "thresholds": np.array([[0.5, 2.5, np.inf]]),
    "gains": np.array([[8.0, 2.0, 0.0]]),
    "leaves": np.array([[-1.0, 1.0, 2.0, 2.0]]),
}
BY_HAND_NETWORK = TreesNetwork(depth=2, trees=1)


def lengths(rows) -> np.ndarray:
    """What stands for an encoder's features."""
    return np.array([[len(row), max(row, default=0)] for row in rows], np.float32).reshape(-1, 2)


def examples(rows, is_positive, weights=None) -> Examples:
    weights = np.ones(len(rows)) if weights is None else np.array(weights, np.float64)
    return Examples(*flat(rows), np.array(is_positive, bool), weights, SIZE, lengths(rows))


def plain_table(rows, fitted) -> np.ndarray:
    """What the trees look at, row by row."""
    table = np.zeros((len(rows), 2 + int((fitted["columns"] >= 0).sum())))
    table[:, :2] = lengths(rows)
    for number, row in enumerate(rows):
        for word in row:
            if fitted["columns"][word] >= 0:
                table[number, fitted["columns"][word]] += 1
    return table


def their_booster(network: TreesNetwork, table, is_positive, weights, seed) -> lightgbm.Booster:
    """LightGBM as its users call it."""
    model = lightgbm.LGBMClassifier(
        n_estimators=network.trees,
        max_depth=network.depth,
        num_leaves=2**network.depth,
        learning_rate=network.rate,
        subsample=network.row_share,
        subsample_freq=1,
        reg_alpha=network.l1,
        reg_lambda=network.l2,
        min_child_samples=network.min_leaf_rows,
        random_state=seed,
        deterministic=True,
        force_row_wise=True,
        use_missing=False,
        n_jobs=1,
        verbosity=-1,
    )
    return model.fit(csr_matrix(table), np.array(is_positive, int), sample_weight=weights).booster_


@pytest.mark.parametrize("weights", [None, "of classes"])
@pytest.mark.parametrize(
    "changes",
    [{}, {"depth": 1}, {"depth": 6, "min_leaf_rows": 1}, {"row_share": 1.0, "l1": 0.0, "l2": 5.0}, {"words": 0}],
)
def test_it_gives_the_probabilities_and_importances_of_lightgbm_itself(changes, weights):
    network = SMALL.model_copy(update=changes)
    rows, is_positive = small_corpus(200, seed=1)
    unseen, _ = small_corpus(700, seed=2)
    weights = None if weights is None else [3.0 if positive else 0.5 for positive in is_positive]
    fitted = FIT(network, examples(rows, is_positive, weights), seed=7)
    theirs = their_booster(network, plain_table(rows, fitted), is_positive, weights, seed=7)
    predictor = TreesPredictor(network, fitted.__getitem__)

    found = predictor.probabilities(*flat(unseen), lengths(unseen))
    np.testing.assert_allclose(found, theirs.predict(plain_table(unseen, fitted)), atol=1e-12, rtol=0)
    assert found.max() - found.min() > 0.2
    features, words = predictor.importances()
    wanted = theirs.feature_importance("gain")
    np.testing.assert_allclose(features, wanted[:2], rtol=1e-5)
    np.testing.assert_allclose(
        words[fitted["columns"] >= 0], wanted[fitted["columns"][fitted["columns"] >= 0]], rtol=1e-5
    )
    assert words[fitted["columns"] < 0].sum() == 0


def test_after_each_tree_it_says_what_lightgbm_says_after_so_many():
    rows, is_positive = small_corpus(120, seed=3)
    fitted = FIT(SMALL, examples(rows, is_positive), seed=0)
    theirs = their_booster(SMALL, plain_table(rows, fitted), is_positive, None, seed=0)
    staged = TreesPredictor(SMALL, fitted.__getitem__).staged(*flat(rows), lengths(rows))
    assert staged.shape == (120, 30)
    for trees in (1, 2, 30):
        wanted = theirs.predict(plain_table(rows, fitted), num_iteration=trees)
        np.testing.assert_allclose(staged[:, trees - 1], wanted, atol=1e-12, rtol=0)


def test_the_same_seed_grows_the_same_trees_and_another_one_others():
    made = examples(*small_corpus(120, seed=4))
    first, again, other = (FIT(SMALL, made, seed=seed) for seed in (1, 1, 2))
    assert all((first[name] == again[name]).all() for name in first)
    assert not (first["leaves"] == other["leaves"]).all()


def test_the_words_that_tell_most_are_counted():
    rows, is_positive = small_corpus(300, seed=5)
    fitted = FIT(TreesNetwork(words=3), examples(rows, is_positive), seed=0)
    assert np.flatnonzero(fitted["columns"] >= 0).tolist() == [32, 33, 34]


corpora = st.lists(st.tuples(st.lists(st.integers(2, 7), max_size=6), st.booleans()), min_size=1, max_size=30)


@given(corpora)
def test_a_words_gain_is_the_mutual_information_of_its_presence_and_the_class(corpus):
    rows, is_positive = zip(*corpus, strict=True)
    gain = word_gains(word_counts(*flat(rows), 8), np.array(is_positive), np.ones(len(rows)))
    wanted = [mutual_info_score(is_positive, [word in row for row in rows]) for word in range(8)]
    np.testing.assert_allclose(gain, wanted, atol=1e-12)


def test_a_row_that_weighs_twice_gives_the_information_of_two_rows():
    rows, is_positive = [[2], [3], [2, 3], [4]], np.array([True, False, False, True])
    doubled = word_gains(word_counts(*flat([*rows, rows[0]]), 6), np.append(is_positive, True), np.ones(5))
    weighed = word_gains(word_counts(*flat(rows), 6), is_positive, np.array([2.0, 1, 1, 1]))
    np.testing.assert_allclose(weighed, doubled, atol=1e-12)


def test_the_probabilities_are_those_that_one_can_work_out():
    features = np.array([[1, 1, 9], [1, 1, 9], [1, 3, 0], [0, 0, 0]], np.float32)
    found = TreesPredictor(BY_HAND_NETWORK, BY_HAND.__getitem__).probabilities(*flat([[2, 3], [3], [4], []]), features)
    np.testing.assert_allclose(found, [0.880797, 0.268941, 0.731059, np.nan], atol=1e-6)


def plain_probability(fitted, row, features, depth):
    """The twin: one text down one tree after the other."""
    log_odds = 0.0
    for tree in range(len(fitted["leaves"])):
        node = 0
        for _ in range(depth):
            column = fitted["split_columns"][tree, node]
            words = [word for word in row if fitted["columns"][word] == column]
            value = features[column] if column < len(features) else len(words)
            node = 2 * node + (1 if value <= fitted["thresholds"][tree, node] else 2)
        log_odds += fitted["leaves"][tree, node - (2**depth - 1)]
    return 1 / (1 + math.exp(-log_odds)) if row else math.nan


def random_trees(seed):
    draw = np.random.default_rng(seed)
    return {
        "columns": np.array([-1, -1, 2, -1, 4, 3, -1], np.int32),
        "features": np.array([2]),
        "split_columns": draw.integers(0, 5, (4, 7)).astype(np.int32),
        "thresholds": draw.choice([0.5, 1.5, 3.5, np.inf], (4, 7)),
        "gains": draw.random((4, 7)),
        "leaves": draw.normal(size=(4, 8)),
    }


rows_of_ids = st.lists(st.lists(st.integers(0, 6), max_size=9), max_size=12)


@given(rows=rows_of_ids, seed=st.integers(0, 99))
def test_it_equals_a_plain_twin_whatever_the_rows(rows, seed):
    fitted = random_trees(seed)
    found = TreesPredictor(TreesNetwork(), fitted.__getitem__).probabilities(*flat(rows), lengths(rows))
    wanted = [
        plain_probability(fitted, row, row_lengths, 3) for row, row_lengths in zip(rows, lengths(rows), strict=True)
    ]
    np.testing.assert_allclose(found, wanted, atol=1e-12, rtol=0)


def test_a_split_by_a_word_moved_what_the_leaves_below_expect_on_the_average():
    predictor = TreesPredictor(BY_HAND_NETWORK, BY_HAND.__getitem__)
    features = np.array([[2, 2, 0], [3, 3, 0], [1, 1, 0], [0, 0, 0]], np.float32)
    # the root expects 1, and 2 where a hoax is; that none is, and lengths, is of no token
    found = predictor.contributions(*flat([[2, 3], [2, 3, 2], [3], []]), features)
    assert found.tolist() == [1, 0, 0.5, 0, 0.5, 0]


def plain_moved(fitted, row, features, depth):
    """The twin: what each column moved on one text's way down one tree after the other."""
    moved = np.zeros(5)
    for columns, thresholds, leaves in zip(
        fitted["split_columns"], fitted["thresholds"], fitted["leaves"], strict=True
    ):
        below, node = list(leaves), 0
        for _ in range(depth):
            column = columns[node]
            words = [word for word in row if fitted["columns"][word] == column]
            goes_right = (features[column] if column < len(features) else len(words)) > thresholds[node]
            half = below[len(below) // 2 :] if goes_right else below[: len(below) // 2]
            moved[column] += np.mean(half) - np.mean(below)
            below, node = half, 2 * node + 1 + goes_right
    return moved


@given(rows=rows_of_ids, seed=st.integers(0, 99))
def test_what_all_columns_moved_adds_up_to_the_log_odds_less_what_the_roots_expect(rows, seed):
    fitted = random_trees(seed)
    predictor = TreesPredictor(TreesNetwork(), fitted.__getitem__)
    found = np.split(predictor.contributions(*flat(rows), lengths(rows)), np.cumsum([len(row) for row in rows]))
    for row, features, by_token in zip(rows, lengths(rows), found, strict=False):
        moved = plain_moved(fitted, row, features, 3)
        counts = {word: row.count(word) for word in row}
        wanted = [moved[fitted["columns"][word]] / counts[word] if word in {2, 4, 5} else 0 for word in row]
        np.testing.assert_allclose(by_token, wanted, atol=1e-12)
        if row:
            probability = plain_probability(fitted, row, features, 3)
            log_odds = math.log(probability / (1 - probability))
            assert moved.sum() == pytest.approx(log_odds - fitted["leaves"].mean(axis=1).sum(), abs=1e-9)
        np.testing.assert_array_equal(by_token, predictor.contributions(*flat([row]), lengths([row])))


@given(rows=rows_of_ids, data=st.data())
def test_a_text_scores_the_same_to_the_bit_in_any_batch_and_order(rows, data):
    predictor = TreesPredictor(TreesNetwork(), random_trees(0).__getitem__)
    together = predictor.probabilities(*flat(rows), lengths(rows))
    order = data.draw(st.permutations(range(len(rows))))
    shuffled = [rows[number] for number in order]
    np.testing.assert_array_equal(predictor.probabilities(*flat(shuffled), lengths(shuffled)), together[list(order)])
    for row, probability in zip(rows, together, strict=True):
        np.testing.assert_array_equal(predictor.probabilities(*flat([row]), lengths([row])), [probability])


def test_many_rows_are_scored_as_few_are():
    predictor = TreesPredictor(TreesNetwork(), random_trees(1).__getitem__)
    rows = [[number % 7] * (number % 5) for number in range(1300)]
    found = predictor.probabilities(*flat(rows), lengths(rows))
    tail = rows[1290:]
    np.testing.assert_array_equal(found[1290:], predictor.probabilities(*flat(tail), lengths(tail)))
    moved, moved_by_tail = (predictor.contributions(*flat(some), lengths(some)) for some in (rows, tail))
    np.testing.assert_array_equal(moved[-len(moved_by_tail) :], moved_by_tail)


def test_classes_that_cannot_be_parted_leave_every_row_the_share_of_its_class():
    rows = [[2]] * 60
    fitted = FIT(TreesNetwork(), examples(rows, [number % 3 == 0 for number in range(60)]), seed=0)
    found = TreesPredictor(TreesNetwork(), fitted.__getitem__).probabilities(*flat([[2], [3, 4]]), lengths([[2], [3]]))
    np.testing.assert_allclose(found, [1 / 3, 1 / 3], atol=1e-6)


def test_examples_of_one_class_teach_nothing():
    with pytest.raises(DataError, match=r"examples of both classes\. Received: 0 of the positive one in 2"):
        FIT(TreesNetwork(), examples([[2], [3]], [0, 0]), seed=0)


def test_examples_with_nothing_to_tell_them_by_teach_nothing():
    made = examples([[2], [2]], [0, 1])
    bare = Examples(made.token_ids, made.offsets, made.is_positive, made.weights, SIZE, np.empty((2, 0), np.float32))
    with pytest.raises(DataError, match=r"no word .* tells anything .*nothing beside words\. Received: 2 examples"):
        FIT(TreesNetwork(), bare, seed=0)


@pytest.mark.parametrize("beyond", [5, -1])
def test_an_id_beyond_the_vocabulary_is_an_error(beyond):
    predictor = TreesPredictor(BY_HAND_NETWORK, BY_HAND.__getitem__)
    with pytest.raises(BundleError, match=r"must be rows of the table, 0 to 4\. Received: .*"):
        predictor.probabilities(*flat([[2, beyond]]), np.zeros((1, 3), np.float32))


def test_another_number_of_features_is_an_error():
    predictor = TreesPredictor(BY_HAND_NETWORK, BY_HAND.__getitem__)
    with pytest.raises(BundleError, match=r"reads 3 features of an article beside its words; .*Received: 0"):
        predictor.probabilities(*flat([[2]]), np.empty((1, 0), np.float32))


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("columns", np.zeros((5, 2)), r"weights/columns.npy must have the shape \(10,\)\. Received: \(5, 2\)"),
        ("columns", np.array([-1, 3, 9]), r"weights/columns.npy must name columns, -1 to 4\. Received: -1 to 9"),
        ("features", np.zeros(2), r"weights/features.npy must have the shape \(1,\)\. Received: \(2,\)"),
        ("leaves", np.zeros((1, 8)), r"weights/leaves.npy must have the shape \(2, 4\)\. Received: \(1, 8\)"),
        ("leaves", np.zeros((0, 4)), r"weights/leaves.npy must have the shape \(1, 4\)\. Received: \(0, 4\)"),
        ("thresholds", np.zeros((2, 3)), r"weights/thresholds.npy must have the shape \(1, 3\)\. Received: \(2, 3\)"),
        ("gains", np.zeros(3), r"weights/gains.npy must have the shape \(1, 3\)\. Received: \(3,\)"),
        ("split_columns", np.array([[0, 5, 0]]), r"weights/split_columns.npy must name columns, 0 to 4\. .*0 to 5"),
        ("split_columns", np.array([[0, -1, 0]]), r"weights/split_columns.npy must name columns, 0 to 4\. .*-1 to 0"),
    ],
)
def test_an_array_that_does_not_fit_is_an_error(name, array, message):
    with pytest.raises(BundleError, match=message):
        TreesPredictor(BY_HAND_NETWORK, (BY_HAND | {name: array}).__getitem__)


@pytest.fixture
def save(save_learner):
    """Saves a bundle of the recipe lightgbm with these arrays."""
    return partial(save_learner, "lightgbm", network={"depth": 2, "trees": 1})


def test_a_bundle_scores_what_was_saved_by_words_and_lengths(save, tmp_path):
    scorer = load_scorer(save(BY_HAND), tmp_path / "cache")
    found = scorer.score(
        ["The hoax!", "Official", "official", "", "zebra"],
        ["", "weather", "weather in Chad and Peru", "the", "weather"],
    )
    np.testing.assert_allclose(found, [0.880797, 0.268941, 0.731059, np.nan, 0.268941], atol=1e-6)


def test_a_bundle_that_lacks_an_array_is_refused(save, tmp_path):
    place = save({name: array for name, array in BY_HAND.items() if name != "leaves"})
    with pytest.raises(BundleError, match=r"has no weights of that name\. Received: 'leaves'"):
        load_scorer(place, tmp_path / "cache")


def test_a_bundle_of_another_vocabulary_is_refused(save, tmp_path):
    place = save(BY_HAND | {"columns": np.array([-1, -1, 3, 4], np.int32)})
    with pytest.raises(BundleError, match=r"has weights of 4 ids, its vocabulary has 5\. Received: '.*/lightgbm-"):
        load_scorer(place, tmp_path / "cache")


def test_a_bundle_whose_encoder_gives_no_lengths_is_refused_when_it_is_loaded(save):
    with pytest.raises(
        BundleError,
        match=r"/lightgbm-.*: recipe lightgbm: encoder must be 'words_and_lengths', which .*Received: 'token_ids'",
    ):
        load_bundle(save(BY_HAND, encoder="token_ids"))
