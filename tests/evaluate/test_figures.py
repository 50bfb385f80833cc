from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslabel.evaluate.figures import accuracy, auc, brier, calibration_error

TRUTH = np.array([True, True, True, False, False])
TOLD = np.array([0.9, 0.6, 0.2, 0.5, 0.1])
articles = st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=10, max_size=60)


def arrays(rows):
    is_positive, twentieths = zip(*rows, strict=True)
    return np.array(is_positive), np.array(twentieths) / 20


def slow_auc(is_positive, probabilities):
    rows = list(zip(is_positive, probabilities, strict=True))
    pairs = [(told > other) + (told == other) / 2 for is_, told in rows if is_ for not_, other in rows if not not_]
    return sum(pairs) / len(pairs) if pairs else np.nan


def slow_calibration_error(is_positive, probabilities):
    rows = sorted(zip(probabilities, is_positive, strict=True))
    shared = []
    for told, _ in rows:
        equal = [is_ for other, is_ in rows if other == told]
        shared.append(sum(equal) / len(equal))
    bounds = [number * len(rows) // 10 for number in range(11)]
    error = 0.0
    for begin, end in pairwise(bounds):
        count = end - begin
        mean_told = sum(told for told, _ in rows[begin:end]) / count
        error += count / len(rows) * abs(sum(shared[begin:end]) / count - mean_told)
    return error


def test_figures_of_five_articles():
    assert accuracy(TRUTH, TOLD) == pytest.approx(3 / 5)
    assert accuracy(TRUTH, TOLD, threshold=0.6) == pytest.approx(4 / 5)
    assert auc(TRUTH, TOLD) == pytest.approx(5 / 6)
    assert brier(TRUTH, TOLD) == pytest.approx((0.01 + 0.16 + 0.64 + 0.25 + 0.01) / 5)
    assert np.isnan(calibration_error(TRUTH, TOLD))


def test_what_comes_true_as_often_as_it_is_told_has_no_calibration_error():
    told = np.repeat([0.1, 0.8], 10)
    as_told = np.array([True] + [False] * 9 + [True] * 8 + [False] * 2)
    too_often = np.array([True] * 3 + [False] * 7 + [True] * 8 + [False] * 2)
    assert calibration_error(as_told, told) == pytest.approx(0, abs=1e-12)
    assert calibration_error(too_often, told) == pytest.approx(0.1)  # half the articles, 0.2 off


def test_each_bin_holds_equally_many_articles():
    told = np.array([0.02, 0.04, *np.full(18, 0.9)])
    truth = np.array([False, False, *np.full(18, True)])
    assert calibration_error(truth, told) == pytest.approx(0.1 * 0.03 + 0.9 * 0.1)


def test_the_order_of_equals_does_not_count():
    told, truth = np.full(40, 0.5), np.arange(40) < 20
    assert calibration_error(truth, told) == calibration_error(truth[::-1], told) == 0


def test_one_class_alone_has_no_auc():
    assert np.isnan(auc(np.array([True, True]), np.array([0.2, 0.9])))


@given(articles)
def test_the_figures_are_those_of_their_slow_twins(rows):
    is_positive, probabilities = arrays(rows)
    assert calibration_error(is_positive, probabilities) == pytest.approx(
        slow_calibration_error(is_positive, probabilities), abs=1e-9
    )
    assert auc(is_positive, probabilities) == pytest.approx(slow_auc(is_positive, probabilities), nan_ok=True)


@pytest.mark.parametrize("figure", [accuracy, auc, brier, calibration_error])
def test_many_sets_at_once_have_the_figures_of_each_alone(figure):
    draw = np.random.default_rng(0)
    is_positive, probabilities = draw.random((3, 2, 50)) < 0.5, draw.integers(0, 9, (3, 2, 50)) / 8
    found = figure(is_positive, probabilities)
    assert found.shape == (3, 2)
    assert found[1, 0] == pytest.approx(float(figure(is_positive[1, 0], probabilities[1, 0])), abs=1e-12)
    assert found[2, 1] == pytest.approx(float(figure(is_positive[2, 1], probabilities[2, 1])), abs=1e-12)
