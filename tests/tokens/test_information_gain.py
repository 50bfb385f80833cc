"""Information gain against a plain twin."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslabel.tokens.information_gain import class_entropy, information_gain


def gain_of(having: float, positives_having: float, whole: float, positives: float) -> float:
    (gain,) = information_gain(np.array([having]), np.array([positives_having]), whole=whole, positives=positives)
    return float(gain)


def entropy(*counts: int) -> float:
    return -sum(count / sum(counts) * math.log(count / sum(counts)) for count in counts if count)


@given(st.integers(0, 50), st.integers(1, 50), st.data())
def test_the_gain_equals_that_of_a_slow_twin(negatives: int, positives: int, data: st.DataObject) -> None:
    negative, positive = data.draw(st.integers(0, negatives)), data.draw(st.integers(0, positives))
    left = 0.0
    for counts in ((negative, positive), (negatives - negative, positives - positive)):
        if any(counts):
            left += sum(counts) / (negatives + positives) * entropy(*counts)
    whole = negatives + positives
    assert gain_of(negative + positive, positive, whole, positives) == pytest.approx(
        entropy(negatives, positives) - left, abs=1e-9
    )
    assert class_entropy(whole=whole, positives=positives) == pytest.approx(entropy(negatives, positives), abs=1e-9)


def test_a_word_tells_all_something_or_nothing() -> None:
    assert class_entropy(whole=8, positives=4) == pytest.approx(0.693147)
    assert gain_of(4, 4, 8, 4) == pytest.approx(0.693147)
    assert gain_of(4, 3, 8, 4) == pytest.approx(0.130812)
    assert gain_of(4, 2, 8, 4) == 0


def test_weights_whose_sums_miss_each_other_by_the_last_digits_give_a_gain_all_the_same() -> None:
    assert gain_of(0.3, 0.1 + 0.2, 1.0, 0.1 + 0.2) == pytest.approx(0.610864)
    assert gain_of(0.3, 0.1 + 0.2, 1.0, 0.3) == pytest.approx(0.610864)
    assert gain_of(0.1 + 0.2 + 0.7, 0.1 + 0.2, 1.0, 0.3) == pytest.approx(0)
