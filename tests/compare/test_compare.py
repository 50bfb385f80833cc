"""Real trainings on small articles: the baseline, a network, and no more trained than is missing."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from newslabel.compare import CompareOptions, check_comparison, compare_recipes
from newslabel.compare import compare as at_work
from newslabel.compare.options import Trial
from newslabel.compare.results import trial_id
from newslabel.errors import DataError
from newslabel.recipes import load_recipe
from newslabel.settings import Settings
from newslabel.tokens.splits import HashSplit

CHECKOUT = Path(__file__).resolve().parents[2]
CHEAP = CompareOptions(["linear"], resplits=2, test_files=["blogs.csv"], without_rules=["datelines"])


@pytest.fixture(scope="module")
def compare(spark, corpus, settings_below):
    """Compares with models in a folder, and says which trials were made."""

    def run(models: Path, options: CompareOptions, settings: Settings | None = None):
        settings = settings or settings_below(corpus, models)
        return compare_recipes(spark, settings, check_comparison(options, settings))

    return run


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def undisturbed(compare, models):
    return compare(models, CHEAP)


def trials(models: Path) -> dict[str, pq.ParquetFile]:
    return {file.stem: pq.read_table(file) for file in (models / "comparisons" / "trials").glob("*.parquet")}


def test_each_row_is_tried_on_each_split(undisturbed, models):
    assert (undisturbed.tried, undisturbed.found) == (6, 0)
    assert [row["name"] for row in undisturbed.figures["rows"]] == ["linear", "linear, without datelines"]
    assert len(trials(models)) == 6
    assert json.loads(Path(undisturbed.place).read_text()) == undisturbed.figures
    assert undisturbed.figures["patterns"] == ["blogs.csv"]


def test_all_rows_test_on_the_same_articles_and_each_split_on_others(undisturbed, models):
    tested = [tuple(table["article_id"].to_pylist()) for table in trials(models).values()]
    assert {tested.count(each) for each in tested} == {2}
    assert len(set(tested)) == 3


def test_the_figures_are_those_of_the_probabilities_that_lie_there(undisturbed, models):
    of_base = [undisturbed.figures["rows"][0][name]["mean"] for name in ("accuracy", "auc")]
    found = []
    for table in trials(models).values():
        truth, said = table["is_positive"].to_numpy(), table["probability"].to_numpy()
        found.append((np.mean((said >= 0.5) == truth), roc_auc_score(truth, said), len(table)))
    resplits = [each for each in found if each[2] != 120]  # the others test on the 120 articles of blogs.csv
    assert len(resplits) == 4
    means = np.mean([each[:2] for each in resplits], axis=0)
    both = np.mean([[row[name]["mean"] for name in ("accuracy", "auc")] for row in undisturbed.figures["rows"]], axis=0)
    np.testing.assert_allclose(both, means)
    assert min(of_base) > 0.75


def test_a_bundle_scores_what_its_training_told(undisturbed):
    assert [row["evaluation_gap"] for row in undisturbed.figures["rows"]] == [0, 0]


def test_a_leak_that_is_left_in_is_worth_something(undisturbed):
    base, leaky = undisturbed.figures["rows"]
    assert leaky["accuracy"]["mean"] >= 0.98
    assert base["accuracy"]["mean"] <= 0.95
    assert leaky["less_baseline"]["accuracy"]["value"] >= 0.03


def test_nothing_is_registered_and_no_bundle_and_no_tokenization_is_left(undisturbed, models, corpus):
    assert {file.name for file in models.iterdir()} - {"_work"} == {"comparisons"}
    assert not list((models / "_work").iterdir())
    assert not list((corpus / "examples").iterdir())


def test_the_same_again_trains_nothing(undisturbed, compare, models, monkeypatch):
    monkeypatch.setattr(at_work, "tried", None)
    monkeypatch.setattr(at_work, "tokenize_articles", None)
    again = compare(models, CHEAP)
    assert (again.tried, again.found, again.place) == (0, 6, undisturbed.place)
    assert again.figures == undisturbed.figures


def test_what_was_killed_goes_on_where_it_was(undisturbed, compare, tmp_path, monkeypatch):
    options, tried, made = CompareOptions(["linear"], resplits=2), at_work.tried, []

    def killed_once(*arguments):
        made.append(arguments)
        if len(made) == 2:
            raise KeyboardInterrupt
        return tried(*arguments)

    monkeypatch.setattr(at_work, "tried", killed_once)
    with pytest.raises(KeyboardInterrupt):
        compare(tmp_path, options)
    assert len(trials(tmp_path)) == 1
    done = compare(tmp_path, options)
    assert (done.tried, done.found, len(made)) == (1, 1, 3)
    for figure in ("accuracy", "auc", "brier", "calibration_error", "coverage"):
        assert done.figures["rows"][0][figure] == undisturbed.figures["rows"][0][figure]


def test_a_recipe_more_trains_only_what_is_new(undisturbed, compare, models):
    summary = compare(models, CompareOptions(["tiny"], resplits=2))
    assert (summary.tried, summary.found) == (2, 2)
    linear, tiny = summary.figures["rows"]
    assert linear["accuracy"] == undisturbed.figures["rows"][0]["accuracy"]
    assert tiny["name"] == "tiny"
    assert tiny["evaluation_gap"] <= 0.05
    assert tiny["costs"]["samples_per_s"] > 0
    assert {file.name for file in models.iterdir()} - {"_work"} == {"comparisons"}


def test_a_pretrained_network_of_other_weights_is_another_trial(tmp_path):
    def name(folder: str, weights: str) -> str:
        preset = tmp_path / folder
        preset.mkdir()
        (preset / "config.json").write_text("{}")
        (preset / "model.safetensors").write_text(weights)
        recipe = load_recipe("bert", CHECKOUT / "conf" / "recipes")
        return trial_id(Trial(recipe, HashSplit(0, 0.8, 0.1), None, str(preset), 1), "comparison-0")

    assert name("one", "a") == name("same", "a") != name("other", "b")


def test_a_split_that_leaves_nothing_to_test_is_told(compare, settings_below, corpus, tmp_path):
    narrow = settings_below(corpus, tmp_path)
    all_trains = {"train_share": 0.999998, "validation_share": 0.000001}
    narrow = narrow.model_copy(update={"tokenize": narrow.tokenize.model_copy(update=all_trains)})
    with pytest.raises(DataError, match=r"leaves no article to test: there are too few\. Received: .*'train': 240"):
        compare(tmp_path, CompareOptions(["linear"], resplits=2), settings=narrow)


def test_files_that_no_article_came_from_are_told(compare, tmp_path):
    options = CompareOptions(["linear"], resplits=2, test_files=["nothing.csv"])
    with pytest.raises(DataError, match=r"--test-files matches the file of no labelled article"):
        compare(tmp_path, options)
