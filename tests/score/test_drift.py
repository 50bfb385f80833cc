"""The table of drift, made of labels that were written by hand."""

import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from newslabel.errors import DriftOutcome, SettingsError
from newslabel.schemas import ARTICLES, DRIFT, LABELS
from newslabel.score.drift import refuse_drift, watch_partitions
from newslabel.score.drift_tables import DriftTables
from newslabel.settings import Settings
from newslabel.spark_errors import ConflictError
from newslabel.table_making import create_table
from newslabel.tables import table_path

DAY = date(2026, 11, 20)
WEEK = [DAY - timedelta(days) for days in range(7, 0, -1)]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
# a validation part of 1000 articles: half told with 0.9 and half with 0.1, all of 10 words, of which 1 is not known
REFERENCE = {
    "probability": {"edges": [0.0, 0.5, 1.0], "counts": [500, 500]},
    "n_tokens": {"edges": [0.0, 8.0, 16.0, 1024.0], "counts": [0, 1000, 0]},
    "unknown_share": {"edges": [0.0, 0.05, 0.5, 1.0], "counts": [0, 1000, 0]},
}
AddLabels = Callable[..., None]


@pytest.fixture(scope="module")
def versions(registry_of, tmp_path_factory):
    """Version 1 has a reference, version 2 was trained without."""
    return registry_of(tmp_path_factory.mktemp("bundles"), {"reference": REFERENCE}, {})


@pytest.fixture(scope="module")
def empty_tables(spark, tmp_path_factory):
    root = tmp_path_factory.mktemp("empty-tables")
    for contract in (ARTICLES, LABELS, DRIFT):
        create_table(spark, str(root / contract.name), contract)
    return root


@pytest.fixture(scope="module")
def week_tables(spark, versions, empty_tables, tmp_path_factory):
    """A week as the model was validated on, its drift computed; of three sources one wrote on one day only."""
    root = tmp_path_factory.mktemp("week-tables") / "tables"
    shutil.copytree(empty_tables, root)
    for day in WEEK:
        put_labels(root, day, 50, 50, sources=("daily", "evil\nname", "weekly" if day == WEEK[0] else "daily"))
    places = {"tables": {"root": str(root)}, "score": {"cache": str(root.parent)}}
    assert watch_partitions(spark, Settings.model_validate(places), versions) == ()
    return root


@pytest.fixture
def add_labels(settings, empty_tables) -> AddLabels:
    """Puts labels into tables that are empty."""
    shutil.copytree(empty_tables, settings.tables.root)
    return partial(put_labels, settings.tables.root)


@pytest.fixture
def add_labels_after_a_week(settings, week_tables) -> AddLabels:
    """Puts labels into tables that hold a week."""
    shutil.copytree(week_tables, settings.tables.root)
    return partial(put_labels, settings.tables.root)


def put_labels(root, day, fakes, reals, *, sources=("daily",), **columns) -> None:
    """Labels a date, in place of what it had: so many articles told with 0.9 and with 0.1; and an article a source."""
    label = {
        "crawl_date": day, "story_id": "s", "n_tokens": 10, "unknown_share": 0.1, "recipe": "by_hand",
        "model_version": "1", "scored_at": NOON, "run_id": "r", **columns,
    }  # fmt: skip
    told = [("FAKE", 0.9)] * fakes + [("REAL", 0.1)] * reals
    labels = [
        label | {"article_id": str(number), "label": name, "probability": probability}
        for number, (name, probability) in enumerate(told)
    ]
    article = {
        "crawl_date": day, "story_id": "s", "content_hash": "c", "file": "f", "position": 1, "batch_id": "b",
        "ingested_at": NOON,
    }  # fmt: skip
    articles = [article | {"article_id": str(number), "source": source} for number, source in enumerate(sources)]
    for name, rows in (("labels", labels), ("articles", articles)):
        table = DeltaTable(f"{root}/{name}")
        new = pa.Table.from_pylist(rows, pa.schema(table.schema().to_arrow()))
        write_deltalake(table, new, mode="overwrite", predicate=f"crawl_date = '{day}'")


@pytest.fixture
def watch(spark, settings, versions):
    return lambda versions=versions, **dates: watch_partitions(spark, settings, versions, **dates)


@pytest.fixture
def figures(contents):
    """The figures of one date: what, by how much, the bound, and whether it alerts."""

    def read(day=DAY):
        rows = contents(DRIFT, "crawl_date", "feature", "statistic", "value", "threshold", "alert")
        return [
            (f"{feature} {statistic}", round(value, 4), threshold if threshold is None else round(threshold, 4), alert)
            for its_day, feature, statistic, value, threshold, alert in rows
            if its_day == day
        ]

    return read


def commits(settings) -> int:
    return DeltaTable(table_path(settings, DRIFT)).version()


def test_labels_that_a_killed_run_left_without_drift_get_their_figures(
    add_labels_after_a_week, watch, figures, contents, settings
) -> None:
    before = commits(settings)
    add_labels_after_a_week(DAY, 40, 60, sources=("daily", "evil\nname"))
    assert watch() == ()
    assert figures() == [
        ("articles count", 100.0, None, False),
        ("articles of_median", 1.0, 2.0, False),
        ("n_tokens psi", 0.0, 0.25, False),
        ("positive share_change", -0.1, 0.25, False),
        # of 100 and 1000 articles chance explains (1/100 + 1/1000) (1 + 3 sqrt(2)), 0.0577
        ("probability psi", 0.0405, 0.3077, False),
        ("sources vanished", 0.0, 0.0, False),
        ("unknown_share psi", 0.0, 0.25, False),
    ]
    assert set(contents(DRIFT, "crawl_date", "model_version", "scored_at", "run_id")) == {
        (day, "1", NOON.replace(tzinfo=None), "r") for day in (*WEEK, DAY)
    }
    assert commits(settings) == before + 1


def test_the_first_dates_are_held_against_the_model_alone(add_labels, watch, figures) -> None:
    add_labels(WEEK[0], 50, 50)
    watch()
    assert figures(WEEK[0]) == [
        ("articles count", 100.0, None, False),
        ("n_tokens psi", 0.0, 0.25, False),
        ("probability psi", 0.0, 0.3077, False),
        ("unknown_share psi", 0.0, 0.25, False),
    ]


def test_nothing_due_is_no_commit(add_labels, watch, settings) -> None:
    add_labels(DAY, 40, 60)
    watch()
    before = commits(settings)
    assert watch() == ()
    assert commits(settings) == before


@pytest.fixture
def in_berlin(monkeypatch):
    """A process whose own zone is not UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_berlin")
def test_whatever_the_zone_of_the_process_what_was_computed_is_not_due(add_labels, watch, settings) -> None:
    add_labels(DAY, 40, 60)
    watch()
    before = commits(settings)
    assert watch() == ()
    assert commits(settings) == before
    rows = DeltaTable(table_path(settings, DRIFT)).to_pyarrow_table()
    assert set(rows["scored_at"].to_pylist()) == {NOON}


def test_labels_that_were_made_again_are_due_and_no_other_date_is(add_labels, watch, figures, settings) -> None:
    add_labels(WEEK[0], 50, 50)
    add_labels(DAY, 40, 60)
    watch()
    before = commits(settings)
    add_labels(DAY, 40, 61, scored_at=NOON + timedelta(microseconds=1))
    watch()
    assert commits(settings) == before + 1
    assert figures()[0] == ("articles count", 101.0, None, False)


def test_a_date_whose_labels_are_gone_has_no_drift(add_labels, watch, figures, settings) -> None:
    add_labels(DAY, 40, 60)
    add_labels(WEEK[0], 50, 50)
    watch()
    add_labels(DAY, 0, 0)
    watch()
    assert figures() == []
    assert len(figures(WEEK[0])) == 4
    before = commits(settings)
    watch()
    assert commits(settings) == before


def test_dates_restrict_what_is_computed_but_not_what_it_is_held_against(add_labels, watch, figures) -> None:
    add_labels(WEEK[6], 50, 50)
    add_labels(DAY, 100, 100)
    watch(first=DAY, last=DAY)
    assert figures(WEEK[6]) == []
    assert ("articles of_median", 2.0, None, False) in figures()


@pytest.fixture
def moved(add_labels_after_a_week) -> None:
    """A date that is other than the week before in all respects."""
    add_labels_after_a_week(DAY, 290, 10, n_tokens=500, sources=("new",))


def test_all_that_moved_alerts_and_the_log_says_so(moved, watch, figures, capfd) -> None:
    alerts = watch()
    assert [(str(each.crawl_date), each.feature, each.statistic) for each in alerts] == [
        ("2026-11-20", "articles", "of_median"),
        ("2026-11-20", "n_tokens", "psi"),
        ("2026-11-20", "positive", "share_change"),
        ("2026-11-20", "probability", "psi"),
        ("2026-11-20", "sources", "vanished"),
    ]
    assert figures() == [
        ("articles count", 300.0, None, False),
        ("articles of_median", 3.0, 2.0, True),
        # (1 - 1/600) ln(600) + (1 - 1/2000) ln(2000); chance explains (1/300 + 1/1000) (1 + 3 sqrt(2))
        ("n_tokens psi", 13.9834, 0.2727, True),
        ("positive share_change", 0.4667, 0.1866, True),
        ("probability psi", 1.5714, 0.2727, True),
        ("sources vanished", 2.0, 0.0, True),
        ("unknown_share psi", 0.0, 0.25, False),
    ]
    told = capfd.readouterr().err.splitlines()
    assert len([line for line in told if " event=drift_alert " in line and " crawl_date=2026-11-20 " in line]) == 5
    (vanished,) = [line for line in told if " event=sources_vanished " in line]
    assert vanished.endswith(' crawl_date=2026-11-20 sources=2 some="daily, evil\N{REPLACEMENT CHARACTER}name"')


def test_who_names_dates_hears_their_alerts_again(moved, watch) -> None:
    alerts = watch(first=DAY, last=DAY)
    assert len(alerts) == 5
    assert watch(first=DAY, last=DAY) == alerts
    assert watch(first=WEEK[0], last=WEEK[6]) == ()
    assert watch() == ()


def test_who_loses_to_another_run_hears_what_that_one_wrote(moved, watch, monkeypatch) -> None:
    replace, lost = DriftTables.replace, []

    def lose_the_first(tables, figures_of):
        if not lost:
            lost.extend(due.crawl_date for due in figures_of)
            assert len(watch()) == 5
            raise ConflictError("another job was faster")
        replace(tables, figures_of)

    monkeypatch.setattr(DriftTables, "replace", lose_the_first)
    assert len(watch()) == 5
    assert lost == [DAY]


def test_what_a_run_wrote_it_does_not_read_again(moved, watch, monkeypatch) -> None:
    monkeypatch.setattr(DriftTables, "alerts", lambda tables, days: [] if not days else pytest.fail(str(days)))
    assert len(watch(first=DAY, last=DAY)) == 5


def test_alerts_are_an_outcome_of_their_own(moved, watch) -> None:
    refuse_drift(())
    told = r"Received: 2026-11-20, articles of_median 3, where 2 is the bound \(the first of 5\)"
    with pytest.raises(DriftOutcome, match=told) as outcome:
        refuse_drift(watch())
    assert outcome.value.exit_code == 12


def test_few_articles_alert_nobody(add_labels, watch, figures) -> None:
    add_labels(DAY, 99, 0, n_tokens=500)
    assert watch() == ()
    assert ("n_tokens psi", 12.8587, None, False) in figures()


def test_a_model_that_was_trained_without_validation_has_no_psi(add_labels, watch, figures, capfd) -> None:
    add_labels(WEEK[0], 50, 50)
    add_labels(DAY, 50, 50, model_version="2")
    watch()
    assert [name for name, *_ in figures()] == ["articles count", "articles of_median", "positive share_change"]
    assert "event=drift_without_psi" in capfd.readouterr().err
    assert "probability psi" in [name for name, *_ in figures(WEEK[0])]


def test_a_model_that_is_no_more_leaves_out_what_only_it_could_tell(add_labels, watch, figures, capfd) -> None:
    add_labels(WEEK[0], 50, 50)
    add_labels(DAY, 50, 50, model_version="9")
    watch()
    assert [name for name, *_ in figures()] == ["articles count", "articles of_median"]
    assert "event=drift_without_model" in capfd.readouterr().err
    assert watch() == ()


@pytest.fixture
def own_versions(registry_of, tmp_path):
    """Version 1, in a folder of the test's own."""
    return registry_of(tmp_path / "own", {"reference": REFERENCE})


def test_a_bundle_that_is_gone_leaves_out_what_only_it_could_tell(add_labels, watch, own_versions, figures) -> None:
    add_labels(DAY, 50, 50)
    shutil.rmtree(own_versions.version("1").bundle_uri)
    watch(own_versions)
    assert [name for name, *_ in figures()] == ["articles count"]


def test_a_bundle_that_cannot_be_read_now_leaves_its_dates_due(
    add_labels, watch, own_versions, figures, capfd, tmp_path
) -> None:
    add_labels(WEEK[0], 50, 50, model_version="9")
    add_labels(DAY, 50, 50)
    words = Path(own_versions.version("1").bundle_uri) / "stopwords.txt"
    words.rename(tmp_path / "aside")
    assert watch(own_versions) == ()
    assert (figures(), len(figures(WEEK[0]))) == ([], 1)
    (left,) = [line for line in capfd.readouterr().err.splitlines() if "event=drift_left_for_next_time" in line]
    assert " model_version=1 " in left
    (tmp_path / "aside").rename(words)
    watch(own_versions)
    assert "probability psi" in [name for name, *_ in figures()]


def test_a_registry_that_refuses_leaves_dates_due(add_labels, watch, versions, figures) -> None:
    class Refusing:
        def version(self, which):
            raise SettingsError("the MLflow server refused: 401")

    add_labels(DAY, 50, 50)
    assert watch(Refusing()) == ()
    assert figures() == []
    watch()
    assert "probability psi" in [name for name, *_ in figures()]


def test_two_runs_at_once_leave_each_date_once(add_labels, watch, contents) -> None:
    for day in WEEK[:3]:
        add_labels(day, 50, 50)
    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(watch) for _ in range(2)]
        assert [run.result() for run in runs] == [(), ()]
    rows = contents(DRIFT, "crawl_date", "feature", "statistic")
    assert len(rows) == len(set(rows)) == 16
    assert {day for day, *_ in rows} == set(WEEK[:3])


def test_rows_are_of_labels_that_were_made_again_while_it_computed(
    add_labels, watch, versions, figures, contents
) -> None:
    add_labels(DAY, 40, 60)
    later = NOON + timedelta(hours=1)

    class LabelledMeanwhile:
        looks = 0

        def version(self, which):
            self.looks += 1
            if self.looks == 1:
                add_labels(DAY, 80, 120, scored_at=later)
            return versions.version(which)

    watch(LabelledMeanwhile())
    assert figures()[0] == ("articles count", 200.0, None, False)
    assert set(contents(DRIFT, "scored_at")) == {(later.replace(tzinfo=None),)}
