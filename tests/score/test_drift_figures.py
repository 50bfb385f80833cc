"""What alerts and what does not, of counts given by hand."""

import pytest

from newslabel.score.drift_counts import Sources
from newslabel.score.drift_figures import Figure, share_figures, source_figure, volume_figures
from newslabel.settings import DriftSettings

WEEK = [{"FAKE": 50, "REAL": 50, "UNSURE": 20}] * 7
SETTINGS = DriftSettings()


def of(figures):
    return [(each.statistic, round(each.value, 4), each.threshold, each.alert) for each in figures]


def share(labels, window):
    (found,) = share_figures(labels, window, "FAKE", SETTINGS)
    return round(found.value, 4), found.threshold and round(found.threshold, 4), found.alert


def test_a_share_is_held_against_that_of_the_days_before_unsure_left_out() -> None:
    # beyond 0.1 and three standard deviations of the share of so many articles: 3 sqrt(0.5 x 0.5 / 400)
    assert share({"FAKE": 240, "REAL": 160, "UNSURE": 900}, WEEK) == (0.1, 0.175, False)
    assert share({"FAKE": 272, "REAL": 128}, WEEK) == (0.18, 0.175, True)
    assert share({"FAKE": 128, "REAL": 272}, WEEK) == (-0.18, 0.175, True)


def test_a_class_that_is_gone_is_a_share_of_nothing() -> None:
    assert share({"REAL": 400}, WEEK) == (-0.5, 0.175, True)


def test_few_articles_or_few_days_before_are_held_against_nothing() -> None:
    assert share({"FAKE": 99}, WEEK) == (0.5, None, False)
    assert share({"FAKE": 400}, WEEK[:6]) == (0.5, None, False)
    assert list(share_figures({"UNSURE": 400}, WEEK, "FAKE", SETTINGS)) == []
    assert list(share_figures({"FAKE": 400}, [], "FAKE", SETTINGS)) == []


@pytest.mark.parametrize(
    ("articles", "told"),
    [
        (120, (1.0, 2.0, False)),
        (60, (0.5, 0.5, False)),
        (59, (0.4917, 0.5, True)),
        (240, (2.0, 2.0, False)),
        (241, (2.0083, 2.0, True)),
    ],
)
def test_a_volume_is_held_against_the_bound_on_its_side_of_the_median(articles, told) -> None:
    assert of(volume_figures({"REAL": articles}, WEEK, SETTINGS)) == [
        ("count", articles, None, False),
        ("of_median", *told),
    ]


def test_one_odd_day_before_does_not_move_the_median() -> None:
    odd = [*WEEK, {"REAL": 10_000}]
    assert of(volume_figures({"REAL": 120}, odd, SETTINGS))[1] == ("of_median", 1.0, 2.0, False)


def test_the_first_days_have_no_volume_to_be_held_against() -> None:
    assert of(volume_figures({"REAL": 1}, [], SETTINGS)) == [("count", 1, None, False)]
    assert of(volume_figures({"REAL": 1}, WEEK[:6], SETTINGS))[1] == ("of_median", 0.0083, None, False)


def test_sources_that_were_always_there_may_not_vanish() -> None:
    assert source_figure(Sources(0, 0.0, 0.0, ()), SETTINGS) == Figure("sources", "vanished", 0, 0.0, alert=False)
    assert source_figure(Sources(1, 0.0, 0.0, ("a",)), SETTINGS).alert


def test_of_many_sources_that_come_and_go_some_are_missing_each_day() -> None:
    assert source_figure(Sources(8, 4.0, 1.5, ("a",)), SETTINGS) == Figure("sources", "vanished", 8, 8.5, alert=False)
    assert source_figure(Sources(9, 4.0, 1.5, ("a",)), SETTINGS).alert
