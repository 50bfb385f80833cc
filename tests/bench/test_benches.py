"""Each bench runs, and says what it promises; how fast anything is, is not for a test."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"
WAYS = {  # of a quick run
    "clean_articles": [
        "as it is", "plain Python UDF", "NLTK's tokenizer in a UDF", "Spark ML, words", "Spark ML, counts",
    ],
    "clean_kernel": ["as it is", "plain Python", "Arrow, rule by rule"],
    "clean_scale": ["20,000 articles", "200,000 articles"],
    "kernel_start": ["read back", "compiled"],
    "query_memory": ["as it is", "eight read ahead", "Arrow's own reading"],
    "query_start": ["query_labels, one commit", "query_labels, 500 commits", "Spark SQL, 500 commits"],
    "score_articles": ["predict_batch_udf"],
    "score_cores": ["two cores"],
    "score_kernel": [
        "as it is", "the recurrent product alone", "the product left to LLVM", "nothing fetched ahead",
        "widths as arguments", "Keras, compiled", "Keras' predict",
    ],
    "score_kinds": ["GRU", "BiLSTM, maximum and mean, Keras"],
    "score_scale": ["20,000 articles"],
    "score_why": ["label", "label, and ten words"],
    "sms_recipes": ["sms_gru", "sms_gru, plain Keras"],
    "spark_start": ["as it is", "no classes kept"],
    "train_kinds": ["GRU", "BiLSTM, maximum and mean, Keras"],
    "train_memory": ["10,000 examples", "200,000 examples"],
    "train_model": ["two workers", "plain Keras"],
    "train_step": ["as it is", "Keras", "Keras with oneDNN", "Keras with XLA"],
}  # fmt: skip


def run(name, *options):
    command = [sys.executable, str(BENCH / f"{name}.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_script_that_makes_a_claim_is_tested_here():
    claims = {file.stem for file in BENCH.glob("*.py") if "run_bench(" in file.read_text() and file.stem != "measure"}
    assert claims == set(WAYS)


@pytest.mark.parametrize("name", WAYS)
def test_a_quick_run_ends_with_its_figures_as_json(name):
    result = json.loads(run(name, "--quick", "--json").splitlines()[-1])
    assert list(result) == ["bench", "figures", "ratios", "runs", "cores", "processor", "quick"]
    assert (result["bench"], result["quick"], len(result["runs"])) == (name, True, 1)
    assert list(result["figures"]) == list(result["ratios"]) == WAYS[name]
    assert result["ratios"][WAYS[name][0]] == 1
    answers = [figures["mean_probability"] for figures in result["figures"].values() if "mean_probability" in figures]
    assert answers == pytest.approx(answers[:1] * len(answers), abs=1e-5)


CLAIM = """\"\"\"One is less than two.\"\"\"
import os
from measure import Bench, run_bench

def figures(value):
    return {"value": value, "process": os.getpid()}

ways = {"one": lambda _: figures(1), "two": lambda _: figures(2)}
run_bench(Bench(str(__doc__), ways, compared="value"))
"""


@pytest.fixture
def claim(tmp_path, monkeypatch):
    """A script of two ways that says in which process it was."""
    monkeypatch.setenv("PYTHONPATH", str(BENCH))
    (tmp_path / "claim.py").write_text(CLAIM)
    return tmp_path / "claim"


def test_every_run_that_counts_is_a_process_of_its_own(claim):
    result = json.loads(run(claim, "--runs", "2", "--json").splitlines()[-1])
    assert (result["quick"], result["ratios"]) == (False, {"one": 1, "two": 2})
    assert len({figures["process"] for turn in result["runs"] for figures in turn.values()}) == 4


def test_a_first_way_that_took_no_time_that_the_clock_tells_is_no_failure(claim):
    file = claim.with_suffix(".py")
    file.write_text(file.read_text().replace("figures(1)", "figures(0)"))
    ratios = json.loads(run(claim, "--quick", "--json").splitlines()[-1])["ratios"]
    assert ratios == {"one": 1, "two": None}


def test_help_says_the_claim(claim):
    assert "One is less than two." in run(claim, "--help")
