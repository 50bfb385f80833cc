"""A small night, run as `make demo` runs the large one; and what it prints at its end, tried."""

import os
import re
import shlex
import subprocess
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from deltalake import DeltaTable

CHECKOUT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = {**os.environ, "NEWSLABEL_PROMOTE__MIN_TEST_ACCURACY": "0.5", "COLUMNS": "200"}


def _run(words, **options):
    return subprocess.run(words, cwd=CHECKOUT, env=ENVIRONMENT, capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    folder = tmp_path_factory.mktemp("night") / "demo"
    places = {
        "tables.root": folder / "tables",
        "models.root": folder / "models",
        "models.tracking_uri": f"sqlite:///{folder}/mlflow.db",
        "score.cache": folder / "cache",
    }
    own = [word for key, place in places.items() for word in ("--set", f"{key}={place}")]
    size = ["--labelled", "900", "--nightly", "40"]
    run = _run(["./spark-submit.sh", "--master", "local[2]", "run_demo", *size, *own], timeout=600)
    assert run.returncode == 0, run.stderr
    return SimpleNamespace(folder=folder, said=run.stdout)


def _rows(night, table, columns):
    return DeltaTable(night.folder / "tables" / table).to_pyarrow_table(columns=columns).to_pylist()


def test_every_step_has_a_line_with_its_seconds(night):
    lines = re.findall(r"^(\d)/9  (\w+) +\d+\.\d s  \S", night.said, re.MULTILINE)
    names = ["corpus", "vectors", "spark", "ingest", "tokenize", "train", "promote", "score", "query"]
    assert lines == [(str(number), name) for number, name in enumerate(names, start=1)]


def test_good_records_are_articles_once_and_bad_ones_are_rejected_for_their_reason(night):
    articles = _rows(night, "articles", ["article_id", "crawl_date", "label"])
    # 900 + 3 x 40 good ones, 12 reprints, 9 corrections
    assert len({row["article_id"] for row in articles}) == len(articles) == 1041
    assert sum(row["label"] is not None for row in articles) == 915
    reasons = [row["reasons"] for row in _rows(night, "rejected", ["reasons"])]
    assert {reason: sum(each == [reason] for each in reasons) for each in reasons for reason in each} == {
        "empty_text": 12,
        "not_english": 12,
        "malformed_csv": 6,
        "malformed_json": 3,
        "malformed_encoding": 9,
        "unknown_label": 6,
        "bad_crawl_date": 6,
    }


def test_every_article_has_one_label_of_the_champion(night):
    labels = _rows(night, "labels", ["article_id", "crawl_date", "label", "model_version"])
    articles = _rows(night, "articles", ["article_id", "crawl_date"])
    key = {(row["article_id"], row["crawl_date"]) for row in labels}
    assert key == {(row["article_id"], row["crawl_date"]) for row in articles}
    assert len(labels) == len(articles)
    assert {row["label"] for row in labels} == {"FAKE", "REAL"}
    assert {row["model_version"] for row in labels} == {"1"}
    assert {row["crawl_date"] for row in labels} == {date(2026, 11, day) for day in (2, 3, 4, 16, 17, 18)}


def test_two_workers_trained(night):
    assert "10 epochs, Horovod workers: 2; accuracy on the test part 0." in night.said


def test_the_summary_counts_what_the_tables_hold(night):
    table = night.said.partition("the night")[2]
    numbers = dict(re.findall(r"^  +([a-zA-Z_ ]+?)  +([\d,.]+)", table, re.MULTILINE))
    assert (numbers["articles"], numbers["records rejected"]) == ("1,041", "54")
    assert int(numbers["FAKE"]) + int(numbers["REAL"]) == 1041
    assert f"The tables are in {night.folder}/tables." in night.said


def test_the_three_commands_to_try_work(night):
    commands = re.findall(r"^\./spark-submit\.sh .*", night.said, re.MULTILINE)
    answers = [_run(shlex.split(command), timeout=120) for command in commands]
    assert [answer.returncode for answer in answers] == [0, 0, 0]
    assert "5 rows" in answers[0].stdout
    assert "nothing was due" in answers[1].stdout
    assert re.search(r"label +(FAKE|REAL)\b", answers[2].stdout)
