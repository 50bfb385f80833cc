"""The population stability index, against figures worked out by hand and a plain slow twin."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslabel.score.psi import chance_index, stability_index

Counts = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=8)


def index(counts, reference):
    return stability_index(np.array(counts), np.array(reference))


def chance(counts, reference):
    return chance_index(np.array(counts), np.array(reference))


def test_the_same_shares_have_not_moved() -> None:
    assert index([10, 30, 60], [1, 3, 6]) == pytest.approx(0)


def test_two_bins_by_hand() -> None:
    # (0.1 - 0.5) ln(0.1 / 0.5) + (0.9 - 0.5) ln(0.9 / 0.5)
    assert index([10, 90], [50, 50]) == pytest.approx(0.87889, abs=1e-5)


def test_an_empty_bin_counts_as_half_an_article() -> None:
    # (0.05 - 0.5) ln(0.05 / 0.5) + (1 - 0.5) ln(1 / 0.5)
    assert index([0, 10], [5, 5]) == pytest.approx(1.38274, abs=1e-5)


def test_bins_that_are_empty_in_both_say_nothing() -> None:
    assert index([10, 0, 90, 0], [50, 0, 50, 0]) == index([10, 90], [50, 50])
    assert chance([10, 0, 90, 0], [50, 0, 50, 0]) == chance([10, 90], [50, 50])


def test_of_no_articles_nothing_can_be_said() -> None:
    assert math.isnan(index([0, 0], [5, 5]))
    assert math.isnan(index([5, 5], [0, 0]))
    assert math.isnan(chance([0, 0], [5, 5]))


def test_chance_by_hand() -> None:
    # (1/100 + 1/100) (1 + 3 sqrt(2)), and nothing where there is one bin only
    assert chance([50, 50], [40, 60]) == pytest.approx(0.10485, abs=1e-5)
    assert chance([50, 0], [40, 0]) == 0


@pytest.mark.parametrize(("now", "before"), [(20, 1000), (100, 1000), (1000, 1000), (10_000, 300)])
def test_chance_explains_nearly_all_samples_of_one_distribution(now, before) -> None:
    draw = np.random.default_rng(0)
    shares = np.array([0.4, *[0.01] * 10, 0.5])
    samples = [(draw.multinomial(now, shares), draw.multinomial(before, shares)) for _ in range(1000)]
    beyond = [stability_index(*sample) > chance_index(*sample) for sample in samples]
    assert sum(beyond) < 25
    assert not any(stability_index(*sample) > chance_index(*sample) + 0.25 for sample in samples)


def slow_index(pairs):
    """As the formula has it, bin by bin."""
    n, m = sum(now for now, _ in pairs), sum(before for _, before in pairs)
    total = 0.0
    for now, before in pairs:
        if now or before:
            p, q = (now or 0.5) / n, (before or 0.5) / m
            total += (p - q) * math.log(p / q)
    return total


@given(Counts.filter(lambda pairs: all(map(sum, zip(*pairs, strict=True)))))
def test_it_is_what_the_slow_twin_says_either_way_round_and_never_negative(pairs) -> None:
    now, before = zip(*pairs, strict=True)
    assert index(now, before) == pytest.approx(slow_index(pairs))
    assert index(before, now) == pytest.approx(slow_index(pairs))
    assert index(now, before) >= 0
