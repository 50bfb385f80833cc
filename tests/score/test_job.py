"""score_articles as a scheduler starts it: a process, a registry, an exit code."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from newslabel.models import Registry
from newslabel.schemas import LABELS

CHECKOUT = Path(__file__).resolve().parents[2]
DAY = date(2026, 11, 20)


@pytest.fixture
def run(spark, settings, make_bundle, add_articles):
    """Runs the job over one article, with a champion of MLflow's."""
    registry = Registry(settings)
    version = registry.record(
        bundle_uri=make_bundle(), recipe="by_hand", params={}, metrics={"test_accuracy": 0.9}, epochs=[], tags={}
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


def test_the_job_tells_why_where_it_is_asked_to(run, contents) -> None:
    done = run("--explain", "3")
    assert done.returncode == 0, done.stderr
    assert contents(LABELS, "article_id", "why") == [("a", '[{"word": "hoax", "weight": 4.0}]')]


def test_options_that_make_no_sense_fail_before_spark_starts(run) -> None:
    done = run("--date", "yesteryear")
    too_many = run("--explain", "51")
    assert (done.returncode, too_many.returncode) == (2, 2)
    assert "spark_started" not in done.stderr + too_many.stderr
