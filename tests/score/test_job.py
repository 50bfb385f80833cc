"""score_articles as a scheduler starts it: a process, a registry, an exit code."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from newslabel.models import Registry
from newslabel.schemas import DRIFT, LABELS

CHECKOUT = Path(__file__).resolve().parents[2]
DAY = date(2026, 11, 20)
# what it was validated on had some hundreds of words, which the article of these tests has not
REFERENCE = {"n_tokens": {"edges": [0.0, 100.0, 1000.0], "counts": [0, 1000]}}


@pytest.fixture
def run(spark, settings, make_bundle, add_articles):
    """Runs the job over one article, with a champion of MLflow's."""
    registry = Registry(settings)
    version = registry.record(
        bundle_uri=make_bundle(reference=REFERENCE),
        recipe="by_hand",
        params={},
        metrics={"test_accuracy": 0.9},
        epochs=[],
        tags={},
    )
    registry.make_champion(version, {})
    add_articles([("a", DAY, "hoax", None)])
    places = {
        "tables.root": settings.tables.root,
        "models.tracking_uri": settings.models.tracking_uri,
        "score.cache": settings.score.cache,
    }
    overrides = [part for name, value in places.items() for part in ("--set", f"{name}={value}")]
    job = [sys.executable, str(CHECKOUT / "jobs" / "score_articles.py"), *overrides]
    return lambda *options: subprocess.run([*job, *options], capture_output=True, text=True, check=False)


def test_the_job_labels_what_is_due_and_sums_up(run, contents) -> None:
    done = run("--from", "2026-11-20", "--to", "2026-11-20")
    assert done.returncode == 0, done.stderr
    facts = dict(line.split() for line in done.stdout.splitlines() if len(line.split()) == 2)
    assert {name: facts[name] for name in ("partitions", "articles", "FAKE")} == {
        "partitions": "1",
        "articles": "1",
        "FAKE": "1",
    }
    assert contents(LABELS, "article_id", "label", "model_version") == [("a", "FAKE", "1")]


def test_the_job_tells_why_where_it_is_asked_to_and_that_a_date_is_missing_once_all_is_labelled(run, contents) -> None:
    done = run("--explain", "3", "--expect", "2026-12-24")
    assert done.returncode == 11, done.stderr
    assert done.stderr.endswith("expected and none are there of crawl_date. Received: 2026-12-24\n")
    assert "articles/s/core" in done.stdout
    assert contents(LABELS, "article_id", "why") == [("a", '[{"word": "hoax", "weight": 4.0}]')]


def test_what_would_be_labelled_is_shown_and_nothing_is_written(run, settings) -> None:
    done = run("--dry-run", "--rescore")
    assert done.returncode == 0, done.stderr
    assert "2026-11-20" in done.stdout
    assert "seconds, about" in done.stdout
    assert not Path(settings.tables.root, "labels").exists()


def test_drift_ends_the_job_with_a_code_of_its_own_where_that_is_asked_for_once_all_is_written(run, contents) -> None:
    done = run("--fail-on-drift", "--set", "drift.min_articles=1")
    assert done.returncode == 12, done.stderr
    assert done.stderr.splitlines()[-1] == (
        "score_articles: the labels have drifted: query_labels --question drift_alerts tells in what. "
        "Received: 2026-11-20, n_tokens psi 7.944, where 5.498 is the bound (the first of 1)"
    )
    assert "alerts of drift" in done.stdout
    assert contents(LABELS, "article_id") == [("a",)]
    assert contents(DRIFT, "crawl_date", "feature", "alert") == [(DAY, "articles", False), (DAY, "n_tokens", True)]


def test_options_that_make_no_sense_fail_before_spark_starts(run) -> None:
    for options in (("--date", "yesteryear"), ("--explain", "51"), ("--fail-on-drift", "--model", "latest")):
        done = run(*options)
        assert done.returncode == 2
        assert "spark_started" not in done.stderr
