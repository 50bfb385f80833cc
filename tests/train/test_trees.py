"""A learner that is made tree by tree: its curve, what counted in it, and its cross-validation in Spark's tasks."""

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import accuracy_score, log_loss
from small_training import ROWS, make_tokenization, recipe_with, settings_below

from newslabel import load_scorer
from newslabel.errors import DataError
from newslabel.models import load_bundle
from newslabel.models.families import load_learner, network_of
from newslabel.tokens import Vocabulary
from newslabel.train import train_model
from newslabel.train.cross_validation import cross_validated, fold_figures, folds_of, rows_of
from newslabel.train.importances import greatest, named_importances
from newslabel.train.learner_part import examples_of, learner_part
from newslabel.train.learner_rank import fit_rank
from newslabel.train.learning_curve import learning_curve
from newslabel.train.work_files import read_epochs


@pytest.fixture(scope="module")
def trained(spark, kernels, tmp_path_factory):
    settings = settings_below(tmp_path_factory.mktemp("trees"), kernels)
    recipe = recipe_with("lightgbm", network={"trees": 60, "rate": 0.2, "min_leaf_rows": 3}, folds=3)
    make_tokenization(spark, settings, ROWS, recipe)
    return settings, train_model(spark, settings, recipe)


def test_it_goes_the_way_of_all_models_and_finds_the_words_that_tell(trained):
    settings, summary = trained
    assert summary.metrics["test"]["accuracy"] >= 0.95
    assert {name for name, *_ in summary.importances()[:3]} == {"word0", "word1", "word2"}
    fake, real, unknown = load_scorer(summary.version.bundle_uri, settings.score.cache).score(
        ["word9 word1", "word9 word8", "nothing"], ["word7 word20", "word7 word20", "of it"]
    )
    assert real < 0.4
    assert fake > 0.6
    assert np.isnan(unknown)


def test_each_tree_is_an_epoch_of_the_bundle_and_of_the_registry(trained):
    import mlflow

    settings, summary = trained
    assert load_bundle(summary.version.bundle_uri).epochs() == summary.epochs
    assert [epoch["epoch"] for epoch in summary.epochs] == list(range(1, 61))
    assert list(summary.epochs[0]) == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy"]
    assert summary.epochs[0]["loss"] > 0.5
    assert summary.epochs[-1]["loss"] < 0.3
    assert [epoch["epoch"] for epoch in summary.shown_epochs()] == list(range(2, 61, 2))
    client = mlflow.MlflowClient(settings.models.tracking_uri, settings.models.tracking_uri)
    run = client.get_run(client.get_model_version("news", "1").run_id)
    history = client.get_metric_history(run.info.run_id, "val_loss")
    assert [(point.step, point.value) for point in history] == [
        (epoch["epoch"], epoch["val_loss"]) for epoch in summary.epochs
    ]
    figures = run.data.metrics
    assert figures["cross_validation_accuracy"] == summary.metrics["cross_validation"]["accuracy"] >= 0.9
    assert figures["cross_validation_auc_spread"] < 0.1


def test_mean_and_spread_are_of_the_folds_and_stand_among_the_facts(trained):
    _, summary = trained
    told = load_bundle(summary.version.bundle_uri).metrics["cross_validation"]
    assert sum(fold["articles"] for fold in told["folds"]) == 160
    accuracies = [fold["accuracy"] for fold in told["folds"]]
    assert (told["accuracy"], told["accuracy_spread"]) == pytest.approx(
        (np.mean(accuracies), np.std(accuracies, ddof=1))
    )
    assert ("cross validation accuracy", told["accuracy"]) in summary.facts()


def rows_told(count: int, seed: int, *, fakes: int = 2) -> list[tuple[list[int], str]]:
    """Texts of which one in so many is FAKE; most of these hold the word 2, few of the others do."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        label = "REAL" if number % fakes else "FAKE"
        row = [draw.randrange(3, 9) for _ in range(draw.randrange(1, 9))]
        rows.append((row + [2] * (draw.random() < (0.8 if label == "FAKE" else 0.1)), label))
    return rows


def test_the_curve_is_of_the_models_own_probabilities_after_each_tree(work, tmp_path):
    recipe = recipe_with("lightgbm", network={"trees": 9, "rate": 0.3, "min_leaf_rows": 2})
    work_uri = work(
        recipe, train=rows_told(1100, 1), validation=[*rows_told(50, 2), ([1], "FAKE"), ([], "REAL")], test=[]
    )
    fit_rank(work_uri, "")
    curve = read_epochs(work_uri)
    learner, network = load_learner("trees"), network_of(recipe)
    weights = {file.stem: np.load(file) for file in Path(work_uri).glob("network/weights/*.npy")}
    predictor = learner.predictor(network, weights.__getitem__)
    for name, prefix in (("train", ""), ("validation", "val_")):
        part = learner_part([str(tmp_path / f"{name}.parquet")], recipe, tmp_path)
        staged = predictor.staged(part.token_ids, part.offsets, part.features)[part.is_known]
        truth = part.is_positive[part.is_known]
        assert len(truth) == {"train": 1100, "validation": 50}[name]
        for tree in (0, 8):
            assert curve[tree][f"{prefix}loss"] == pytest.approx(log_loss(truth, staged[:, tree]))
            assert curve[tree][f"{prefix}accuracy"] == accuracy_score(truth, staged[:, tree] >= 0.5)


def test_without_a_validation_part_the_curve_is_of_the_training_alone(work):
    work_uri = work(recipe_with("lightgbm", network={"trees": 3}), train=rows_told(60, 1), validation=[], test=[])
    fit_rank(work_uri, "")
    assert [list(step) for step in read_epochs(work_uri)] == [["epoch", "loss", "accuracy"]] * 3


def test_a_learner_without_steps_has_no_curve():
    assert learning_curve(load_learner("linear"), None, None, None) == []


def test_what_counted_is_told_by_name_the_greatest_first():
    vocabulary = Vocabulary(pa.array(["hoax", "official"]), pa.array([2, 1]))
    found = {"features": [1.0, 0.0, 2.0], "words": {"1": 0.5, "2": 3.0, "3": 5.5}}
    named = named_importances(found, recipe_with("lightgbm"), vocabulary)
    assert json.loads(json.dumps(named)) == {
        "features": {"word_length": 2, "title_words": 1, "text_words": 0},
        "words": {"official": 5.5, "hoax": 3, "(a word without an id)": 0.5},
    }
    assert list(named["words"]) == ["official", "hoax", "(a word without an id)"]
    assert greatest(named, 3) == [
        ("official", "word", 5.5, 5.5 / 12),
        ("hoax", "word", 3, 3 / 12),
        ("word_length", "feature", 2, 2 / 12),
    ]
    hashed = named_importances(
        {"features": [0, 0, 0], "words": {"5": 1.0}}, recipe_with("lightgbm"), Vocabulary.hashed(8)
    )
    assert hashed["words"] == {"(words of hash 3)": 1}
    assert (named_importances({}, recipe_with("linear"), vocabulary), greatest({}, 3)) == ({}, [])


def test_every_row_is_in_one_fold_and_equal_texts_are_in_the_same(work, tmp_path):
    work(recipe_with("lightgbm"), train=[*rows_told(400, 1), *rows_told(400, 1)], validation=[], test=[])
    part = learner_part([str(tmp_path / "train.parquet")], recipe_with("lightgbm"), tmp_path)
    drawn, others = folds_of(part, 4, 0), folds_of(part, 4, 1)
    texts = [tuple(part.token_ids[begin:end]) for begin, end in zip(part.offsets[:-1], part.offsets[1:], strict=True)]
    assert len(set(zip(texts, drawn.tolist(), strict=True))) == len(set(texts))
    assert set(drawn.tolist()) == {0, 1, 2, 3}
    assert np.bincount(drawn).min() > 120
    assert (drawn != others).any()
    chosen = rows_of(part, drawn == 2)
    kept = [
        tuple(chosen.token_ids[begin:end]) for begin, end in zip(chosen.offsets[:-1], chosen.offsets[1:], strict=True)
    ]
    assert kept == [text for text, fold in zip(texts, drawn, strict=True) if fold == 2]
    assert (chosen.rows, chosen.features.shape, len(chosen.is_known)) == (len(kept), (len(kept), 3), len(kept))


@pytest.mark.parametrize("name", ["linear", "lightgbm"])
def test_folds_are_judged_in_sparks_tasks_as_they_are_in_this_process(spark, work, name):
    work_uri = work(recipe_with(name), train=rows_told(300, 3), validation=rows_told(120, 4), test=[])
    told = cross_validated(spark, work_uri, 3)
    assert told["folds"] == [fold_figures(work_uri, 3, fold) for fold in range(3)]
    assert sum(fold["articles"] for fold in told["folds"]) == 300
    assert 0.75 < told["accuracy"] < 0.95
    assert cross_validated(spark, work_uri, 0) == {}


def test_a_fold_is_judged_by_a_model_that_did_not_see_it(work, tmp_path):
    """Its figures are those of a training on the other rows that is tested by the fold."""
    recipe, rows = recipe_with("lightgbm"), [*rows_told(300, 5)]
    work_uri = work(recipe, train=rows, validation=rows_told(120, 6), test=[])
    part = learner_part([str(tmp_path / "train.parquet")], recipe, tmp_path)
    drawn = dict(
        zip(
            [tuple(part.token_ids[begin:end]) for begin, end in zip(part.offsets[:-1], part.offsets[1:], strict=True)],
            folds_of(part, 3, 0).tolist(),
            strict=True,
        )
    )
    found = fold_figures(work_uri, 3, 1)
    shutil.rmtree(work_uri)
    work_uri = work(
        recipe,
        train=[row for row in rows if drawn[tuple(row[0])] != 1],
        validation=rows_told(120, 6),
        test=[row for row in rows if drawn[tuple(row[0])] == 1],
    )
    fit_rank(work_uri, "")
    wanted = json.loads((Path(work_uri) / "evaluations.json").read_text())["test"]["metrics"]
    assert found.pop("confusion") == wanted.pop("confusion")
    assert {**found, "unjudged": 0} == pytest.approx(wanted)


def test_what_balances_the_classes_is_for_learning_alone(work, tmp_path):
    rows = rows_told(400, 7, fakes=8)
    for balance in ("undersample", "class_weights"):
        work_uri = work(recipe_with("lightgbm", balance=balance), train=rows, validation=[], test=[])
        assert sum(fold_figures(work_uri, 4, fold)["articles"] for fold in range(4)) == 400
    part = learner_part([str(tmp_path / "train.parquet")], recipe_with("lightgbm"), tmp_path, "class_weights")
    weights = examples_of(rows_of(part, folds_of(part, 4, 0) != 0), 9).weights
    assert weights.sum() == pytest.approx(len(weights))


def test_a_fold_that_leaves_one_class_alone_is_an_error_of_ours(spark, work):
    rows = [*[([3, number % 5 + 4], "REAL") for number in range(40)], ([2], "FAKE")]
    with pytest.raises(
        DataError, match=r"without fold \d of training.folds=2: .*examples of both classes\. Received: 0 "
    ):
        cross_validated(spark, work(recipe_with("lightgbm"), train=rows, validation=[], test=[]), 2)
