import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslabel.evaluate.coverage import accuracy_against_coverage

TOLD = np.array([1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.0])
TRUTH = np.array([True, True, True, False, False, False, True, False])


def test_the_less_is_labelled_the_more_is_right():
    curve = accuracy_against_coverage(TRUTH, TOLD, threshold=0.5)
    assert curve.margins.tolist() == [0, 0.125, 0.25, 0.375, 0.5]
    assert curve.coverage.tolist() == [1, 7 / 8, 5 / 8, 3 / 8, 2 / 8]
    assert curve.accuracy.tolist() == [5 / 8, 5 / 7, 4 / 5, 1, 1]


def test_the_accuracy_at_a_coverage_is_that_of_the_widest_band_that_leaves_so_much():
    curve = accuracy_against_coverage(TRUTH, TOLD, threshold=0.5)
    assert [curve.accuracy_at(share) for share in (1, 0.9, 0.875, 0.5, 0)] == [5 / 8, 5 / 8, 5 / 7, 4 / 5, 1]


def test_certainty_is_counted_from_the_threshold():
    curve = accuracy_against_coverage(np.array([True, False]), np.array([1.0, 0.75]), threshold=0.75)
    assert curve.margins.tolist() == [0, 0.25]
    assert curve.accuracy.tolist() == [0.5, 1]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 16)), min_size=1, max_size=40), st.integers(0, 16))
def test_each_point_is_what_its_margin_leaves(rows, sixteenths):
    is_positive, told = (np.array(column) for column in zip(*rows, strict=True))
    curve = accuracy_against_coverage(is_positive, told / 16, threshold=sixteenths / 16)
    for margin, coverage, accuracy in zip(curve.margins, curve.coverage, curve.accuracy, strict=True):
        left = [
            (each >= sixteenths) == is_ for is_, each in zip(is_positive, told, strict=True)
            if abs(each - sixteenths) / 16 >= margin
        ]  # fmt: skip
        assert (coverage, accuracy) == pytest.approx((len(left) / len(rows), sum(left) / len(left)))
    assert (np.diff(curve.margins) > 0).all()
    assert curve.coverage[0] == 1
