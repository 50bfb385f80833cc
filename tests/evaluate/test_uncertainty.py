import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslabel.evaluate import uncertainty
from newslabel.evaluate.figures import accuracy, auc, brier, calibration_error
from newslabel.evaluate.uncertainty import bootstrap_difference, bootstrap_interval, mcnemar, mean_difference


def part(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Articles of which nine in ten are called what they are, told with what is true."""
    draw = np.random.default_rng(seed)
    is_positive = draw.random(count) < 0.5
    is_right = draw.random(count) < 0.9
    return is_positive, np.where(is_positive == is_right, 0.9, 0.1)


def test_the_interval_of_an_accuracy_is_that_of_its_binomial_spread():
    is_positive = np.arange(400) < 200
    probabilities = np.where(np.arange(400) % 10 == 0, ~is_positive, is_positive).astype(float)
    found = bootstrap_interval(accuracy, is_positive, probabilities)
    assert found.value == 0.9
    reach = 1.96 * math.sqrt(0.9 * 0.1 / 400)  # 0.0294
    assert (found.low, found.high) == pytest.approx((0.9 - reach, 0.9 + reach), abs=0.004)


def test_nineteen_intervals_in_twenty_hold_what_is_true():
    held = 0
    for seed in range(100):
        found = bootstrap_interval(accuracy, *part(200, seed), resamples=400)
        held += found.low <= 0.9 <= found.high
    assert 88 <= held <= 99


@pytest.mark.parametrize("figure", [auc, brier, calibration_error, partial(accuracy, threshold=0.3)])
def test_any_figure_has_an_interval_the_same_each_time(figure):
    articles = part(120, seed=3)
    found = bootstrap_interval(figure, *articles, resamples=300)
    assert found.low < found.high
    assert found.value == figure(*articles)
    assert bootstrap_interval(figure, *articles, resamples=300) == found
    assert bootstrap_interval(figure, *articles, resamples=300, seed=1) != found


def test_a_higher_level_gives_a_wider_interval():
    articles = part(120, seed=3)
    narrow, wide = (bootstrap_interval(brier, *articles, level=level) for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_how_many_are_drawn_together_changes_nothing(monkeypatch):
    articles = part(120, seed=3)
    together = bootstrap_interval(brier, *articles, resamples=50)
    monkeypatch.setattr(uncertainty, "NUMBERS_AT_ONCE", 700)
    assert bootstrap_interval(brier, *articles, resamples=50) == together


def test_a_resample_of_which_a_figure_cannot_be_said_does_not_count():
    found = bootstrap_interval(auc, np.array([True, False, False]), np.array([0.9, 0.1, 0.2]), resamples=200)
    assert found == (1.0, 1.0, 1.0)


def test_a_difference_is_drawn_of_the_same_articles_for_both_models():
    is_positive, first = part(200, seed=5)
    found = bootstrap_difference(brier, is_positive, first, first)
    assert found == (0.0, 0.0, 0.0)
    worse = np.where(np.arange(200) % 4 == 0, 0.5, first)
    found = bootstrap_difference(brier, is_positive, first, worse)
    assert found.value == pytest.approx(float(brier(is_positive, first) - brier(is_positive, worse)))
    alone = bootstrap_interval(brier, is_positive, first)
    assert found.low < found.value < found.high
    assert found.high - found.low < alone.high - alone.low


def test_the_mean_difference_of_four_pairs_by_hand():
    # differences 0.01, 0.03, 0.02, 0.02: mean 0.02, deviation 0.008165; t of 3 degrees at 97.5 %: 3.1824
    first, second = [0.97, 0.98, 0.96, 0.97], [0.96, 0.95, 0.94, 0.95]
    plain = mean_difference(first, second, test_to_train=0)
    assert plain == pytest.approx((0.02, 0.02 - 0.01299, 0.02 + 0.01299), abs=1e-5)
    corrected = mean_difference(first, second, test_to_train=0.25)
    assert corrected == pytest.approx((0.02, 0.02 - 0.01837, 0.02 + 0.01837), abs=1e-5)


def test_differences_that_are_all_the_same_leave_no_doubt():
    assert mean_difference([0.5, 0.75], [0.25, 0.5], test_to_train=0.25) == (0.25, 0.25, 0.25)


@pytest.mark.parametrize(("first", "second"), [([0.9], [0.8]), ([0.9, 0.8], [0.8]), ([], [])])
def test_a_spread_takes_two_pairs(first, second):
    with pytest.raises(ValueError, match=rf"two or more pairs.*Received: {len(first)} and {len(second)}"):
        mean_difference(first, second, test_to_train=0)


def test_the_errors_of_two_models_by_hand():
    # seven against one of eight: 2 x (1 + 8) / 256
    first = np.array([True] * 7 + [False] + [True] * 90 + [False] * 2)
    second = np.array([False] * 7 + [True] + [True] * 90 + [False] * 2)
    assert mcnemar(first, second) == pytest.approx((7, 1, 18 / 256))
    assert mcnemar(second, first) == pytest.approx((1, 7, 18 / 256))


def test_models_with_the_same_errors_do_not_differ():
    same = np.array([True, False, True])
    assert mcnemar(same, same) == (0, 0, 1.0)
    assert mcnemar(np.array([True, False]), np.array([False, True])) == (1, 1, 1.0)


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_p_value_is_that_of_a_coin_thrown_for_each_article_that_differs(only_first, only_second):
    first = np.repeat([True, False], [only_first, only_second])
    thrown, fewer = only_first + only_second, min(only_first, only_second)
    tail = sum(math.comb(thrown, heads) for heads in range(fewer + 1)) / 2**thrown
    assert mcnemar(first, ~first) == pytest.approx((only_first, only_second, min(2 * tail, 1)))
