"""Labelling anew after a promotion, what would be labelled, and dates that must be there."""

from pathlib import Path

import pytest
from two_days import DAY, NEXT_DAY

from newslabel.errors import BundleError
from newslabel.schemas import LABELS, SHADOW_LABELS
from newslabel.score import ScoreRequest, plan_scoring
from newslabel.tables import table_path


@pytest.fixture
def promoted(labelled, registry, make_bundle):
    """Version 2, which tells the classes apart less surely, is champion of what version 1 labelled."""
    registry.add("2", make_bundle("weaker", strength=1.0))
    return registry


def test_rescore_labels_anew_what_another_version_labelled_and_then_nothing(score, promoted, contents, commits) -> None:
    assert score().partitions == 0
    summary = score(rescore=True)
    assert (summary.version, summary.partitions, summary.articles) == ("2", 2, 4)
    assert set(contents(LABELS, "model_version")) == {("2",)}
    before = commits(LABELS)
    assert score(rescore=True).partitions == 0
    assert commits(LABELS) == before


def test_rescore_from_a_date_leaves_what_is_older(score, promoted, contents) -> None:
    assert score(rescore=True, first=NEXT_DAY).partitions == 1
    assert set(contents(LABELS, "crawl_date", "model_version")) == {(DAY, "1"), (NEXT_DAY, "2")}


def test_a_rescore_that_broke_off_goes_on_with_what_is_left(score, promoted, contents) -> None:
    class GoneAfterOneDate:
        looks = 0

        def champion(self):
            self.looks += 1
            if self.looks > 3:  # one for what is to do, two for the first date
                raise KeyboardInterrupt
            return promoted.champion()

    with pytest.raises(KeyboardInterrupt):
        score(registry=GoneAfterOneDate(), rescore=True)
    assert set(contents(LABELS, "crawl_date", "model_version")) == {(DAY, "2"), (NEXT_DAY, "1")}
    assert score(rescore=True).partitions == 1
    assert set(contents(LABELS, "model_version")) == {("2",)}


def test_two_rescores_at_once_label_each_date_once(score, promoted, contents) -> None:
    class OvertakenBy:
        looks = 0

        def champion(self):
            self.looks += 1
            if self.looks == 2:  # it knows what is to do, and begins
                assert score(rescore=True).partitions == 2
            return promoted.champion()

    summary = score(registry=OvertakenBy(), rescore=True)
    assert (summary.partitions, summary.left_to_others) == (0, 2)
    assert len(contents(LABELS, "article_id")) == 4


def test_shadow_labels_of_a_version_are_its_own_and_never_anew(score, promoted) -> None:
    assert score(model="1", rescore=True).partitions == 2
    assert score(model="1", rescore=True).partitions == 0


def test_without_a_champion_nothing_can_be_labelled_anew(score, promoted) -> None:
    promoted.champion_number = None
    with pytest.raises(BundleError, match="no model version is champion yet"):
        score(rescore=True)


def test_a_plan_says_what_is_due_and_how_long_it_takes_and_writes_nothing(
    spark, settings, registry, add_articles, labelled, commits
) -> None:
    add_articles([("new", NEXT_DAY, "hoax", None)])
    before = commits(LABELS)
    plan = plan_scoring(spark, settings, ScoreRequest(), registry=registry)
    assert (plan.version, plan.partitions, plan.articles) == ("1", [(NEXT_DAY, 2, 1)], 2)
    assert 13.2 < plan.seconds < 20
    assert commits(LABELS) == before
    assert plan_scoring(spark, settings, ScoreRequest(last=DAY), registry=registry).facts() == [
        ("model version", "1"),
        ("partitions", 0),
        ("articles", 0),
        ("seconds, about", 0.0),
    ]


def test_a_plan_of_a_challenger_is_of_its_shadow_labels(spark, settings, promoted) -> None:
    plan = plan_scoring(spark, settings, ScoreRequest(model="2"), registry=promoted)
    assert (plan.version, plan.partitions) == ("2", [(DAY, 3, 0), (NEXT_DAY, 1, 0)])
    assert not Path(table_path(settings, SHADOW_LABELS)).exists()
