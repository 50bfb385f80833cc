import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslabel.evaluate.calibration import calibrated, fitted_calibration
from newslabel.evaluate.figures import calibration_error
from newslabel.recipes import CalibrationRecipe

UNCHANGED = CalibrationRecipe(slope=1, intercept=0)
TWENTY_OF_EACH = np.repeat([True, False], 20)


def sigmoid(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-log_odds))


def slow_twin(probability: float, slope: float, intercept: float) -> float:
    inner = min(max(probability, 0.0001), 0.9999)
    beyond = (probability - inner) / 0.00009999  # the slope of log-odds there is 1 / (p (1 - p))
    log_odds = slope * (math.log(inner) - math.log(1 - inner) + beyond) + intercept
    return 1 / (1 + math.exp(-log_odds)) if log_odds > -700 else 0.0


def test_what_a_known_slope_and_intercept_distorted_is_mended():
    draw = np.random.default_rng(0)
    log_odds = draw.normal(0, 1.2, 20_000)
    is_positive = draw.random(20_000) < sigmoid(log_odds)
    distorted = sigmoid(3 * log_odds - 1)
    found = fitted_calibration(is_positive, distorted)
    assert found.slope == pytest.approx(1 / 3, abs=0.02)
    assert found.intercept == pytest.approx(1 / 3, abs=0.03)
    assert calibration_error(is_positive, distorted) > 0.1
    assert calibration_error(is_positive, calibrated(distorted, found)) < 0.02


def test_another_share_of_the_classes_than_was_trained_with_moves_the_intercept():
    draw = np.random.default_rng(1)
    is_positive = draw.random(20_000) < 0.1
    log_odds = draw.normal(np.where(is_positive, 1, -1), 1)  # of equally many: twice that
    found = fitted_calibration(is_positive, sigmoid(2 * log_odds))
    assert found.slope == pytest.approx(1, abs=0.05)
    assert found.intercept == pytest.approx(math.log(0.1 / 0.9), abs=0.1)


def test_classes_that_are_parted_without_error_are_told_as_far_as_twenty_of_each_can_show():
    found = fitted_calibration(TWENTY_OF_EACH, np.where(TWENTY_OF_EACH, 1.0, 0.0))
    assert found.slope == pytest.approx(math.log(21) / (math.log(9_999) + 1.0001), rel=1e-5)
    assert calibrated(np.array([0.0, 0.5, 1.0]), found) == pytest.approx([1 / 22, 0.5, 21 / 22], abs=1e-5)


@pytest.mark.parametrize(
    ("is_positive", "probabilities"),
    [
        (np.empty(0, bool), np.empty(0)),
        (np.full(500, True), np.linspace(0, 1, 500)),
        (np.full(500, False), np.linspace(0, 1, 500)),
        (np.arange(500) < 19, np.linspace(1, 0, 500)),
        (TWENTY_OF_EACH, np.where(TWENTY_OF_EACH, 0.1, 0.9)),
        (TWENTY_OF_EACH, np.full(40, 0.3)),
        (TWENTY_OF_EACH, np.ones(40, np.float32)),
    ],
    ids=["no articles", "one class", "the other", "too few of a class", "turned round", "equal answers", "all certain"],
)
def test_where_there_is_nothing_to_learn_from_nothing_is_changed(is_positive, probabilities):
    assert fitted_calibration(is_positive, probabilities) == UNCHANGED


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), max_size=20), st.sampled_from([0.0, 1e-9, 0.3, 0.5, 1.0]))
def test_whatever_the_answers_are_a_calibration_is_found(rows, near):
    is_positive, told = (np.array([row[column] for row in rows]) for column in (0, 1))
    is_positive = np.concatenate([TWENTY_OF_EACH, is_positive.astype(bool)])
    probabilities = np.concatenate([near + np.where(TWENTY_OF_EACH, 1e-13, 0), told])
    assert np.isfinite(calibrated(probabilities, fitted_calibration(is_positive, probabilities))).all()


def test_the_calibration_that_changes_nothing_changes_no_bit():
    probabilities = np.array([0.0, 1e-9, 0.1, 1.0, np.nan])
    np.testing.assert_array_equal(calibrated(probabilities, UNCHANGED), probabilities)


def test_zero_one_and_nothing_stay_what_they_can_be():
    found = calibrated(np.array([0.0, 1.0, np.nan]), CalibrationRecipe(slope=0.5, intercept=0.0))
    np.testing.assert_allclose(found, [0.00603, 0.99397, np.nan], atol=1e-5)  # log-odds of -5.105 and 5.105
    steep = calibrated(np.array([0.0, 0.5, 1.0]), CalibrationRecipe(slope=1e4, intercept=-3.0))
    assert steep == pytest.approx([0.0, 0.0474, 1.0], abs=1e-4)


@given(
    st.lists(st.integers(0, 10_000), min_size=1, max_size=30),
    st.floats(1e-3, 100),
    st.floats(-20, 20),
)
def test_it_gives_what_its_slow_twin_gives_and_never_turns_the_order(ten_thousandths, slope, intercept):
    probabilities = np.sort(ten_thousandths) / 10_000
    found = calibrated(probabilities, CalibrationRecipe(slope=slope, intercept=intercept))
    assert found.tolist() == pytest.approx([slow_twin(each, slope, intercept) for each in probabilities], abs=1e-9)
    assert (np.diff(found) >= 0).all()


def test_what_is_nearly_certain_keeps_its_order_and_stands_a_step_of_float32():
    calibration = CalibrationRecipe(slope=0.25, intercept=0.0)
    near_one = np.float32(1) - np.arange(30, -1, -1, dtype=np.float32) * np.float32(2**-24)
    found = calibrated(near_one, calibration)
    assert (np.diff(found) > 0).all()
    assert np.diff(found).max() < 1.1e-5
    near_zero = calibrated(np.array([0.0, 1e-12, 1e-9, 1e-6, 1e-4]), calibration)
    assert (np.diff(near_zero) > 0).all()


def test_keras_float32_is_calibrated_in_float64():
    found = calibrated(np.array([0.9], np.float32), CalibrationRecipe(slope=2, intercept=0))
    assert found.dtype == np.float64
    assert found == pytest.approx([81 / 82], abs=1e-6)
