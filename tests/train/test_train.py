import csv
import dataclasses
import json
import os
import shutil
import signal
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from deltalake import DeltaTable
from small_training import ROWS, WORDS, make_tokenization, settings_below, small_recipe, write_glove

from newslabel import load_scorer
from newslabel.errors import DataError, SettingsError, TableError, TransientError
from newslabel.models import Registry, load_bundle
from newslabel.recipes import CalibrationRecipe
from newslabel.schemas import LABELS
from newslabel.settings import Settings
from newslabel.table_making import create_table
from newslabel.tokens.examples import tokenization_uri
from newslabel.tokens.splits import PARTS
from newslabel.train import MadeBundle, check_training, register_bundle, train_model
from newslabel.train.files import files_by_delta_rs, files_by_spark
from newslabel.train.plan import TrainingPlan


@dataclasses.dataclass
class Night:
    settings: Settings
    glove: str
    two_workers: object
    two_workers_again: object
    one_worker: object
    logged: str


@pytest.fixture(scope="module")
def night(spark, kernels, tmp_path_factory) -> Night:
    folder = tmp_path_factory.mktemp("night")
    settings, recipe = settings_below(folder, kernels), small_recipe()
    make_tokenization(spark, settings, ROWS, recipe)
    glove = write_glove(folder)
    with pytest.MonkeyPatch.context() as patch:
        lines = []
        patch.setattr("newslabel.train.progress.log_event", lambda event, **fields: lines.append((event, fields)))
        trained = [train_model(spark, settings, recipe, glove=glove, workers=workers) for workers in (2, 2, 1)]
    # where the machine is slow, lines of how far an epoch is come between
    return Night(settings, glove, *trained, logged=[each for each in lines if each[0] == "epoch"])


def weights_of(summary) -> dict[str, np.ndarray]:
    bundle = load_bundle(summary.version.bundle_uri)
    return {name: bundle.weights(name) for name in ("table", "recurrent", "dense_kernel", "output_bias")}


def test_both_ranks_end_with_the_same_weights(night):
    ranks = night.two_workers.metrics["ranks"]
    assert [(rank["rank"], rank["rows"], rank["steps_per_epoch"]) for rank in ranks] == [(0, 80, 10), (1, 80, 10)]
    assert ranks[0]["weights"] == ranks[1]["weights"]


def test_two_workers_are_as_accurate_as_one(night):
    accuracies = [summary.metrics["test"]["accuracy"] for summary in (night.two_workers, night.one_worker)]
    assert min(accuracies) >= 0.95
    assert abs(accuracies[0] - accuracies[1]) <= 0.025


def test_the_same_seed_and_worker_count_give_the_same_weights(night):
    first, again = weights_of(night.two_workers), weights_of(night.two_workers_again)
    for name, weights in first.items():
        assert (again[name] == weights).all()
    assert (weights_of(night.one_worker)["recurrent"] != first["recurrent"]).any()


def test_the_bundle_is_the_network_whose_metrics_it_tells(night):
    bundle = load_bundle(night.two_workers.version.bundle_uri)
    model = bundle.keras_model()
    fake, real = model(np.array([[9, 3, 7, 20], [9, 8, 7, 20]], np.int32)).numpy()[:, 1]
    assert fake > 0.9
    assert real < 0.1
    assert bundle.metrics["test"]["articles"] == 40
    assert sum(bundle.metrics["test"]["confusion"].values()) == 40
    assert 0.95 <= bundle.metrics["validation"]["auc"] <= 1
    assert bundle.metrics["vectors"] == {"coverage_words": 1.0, "coverage_text": 1.0}
    assert bundle.stop_words == ("the", "of")
    assert bundle.recipe.model_copy(update={"calibration": CalibrationRecipe()}) == small_recipe()
    assert bundle.manifest.data_version == "glove_lstm-0123456789ab"
    assert bundle.manifest.code_version.startswith("0.1.0")


def test_a_scorer_says_what_keras_plus_calibration_says(night, kernels):
    bundle_uri = night.two_workers.version.bundle_uri
    bundle, scorer = load_bundle(bundle_uri), load_scorer(bundle_uri, kernels)
    slope, intercept = bundle.recipe.calibration.slope, bundle.recipe.calibration.intercept
    assert slope > 0
    assert (slope, intercept) != (1, 0)
    model, rows, texts = bundle.keras_model(), *part_of(night, "test")[:2]
    own = np.array([model(np.array([row], np.int32)).numpy()[0, 1] for row in rows], np.float64)
    inner = np.clip(own, 0.0001, 0.9999)
    log_odds = np.log(inner / (1 - inner)) + (own - inner) / (0.0001 * 0.9999)
    expected = 1 / (1 + np.exp(-(slope * log_odds + intercept)))
    found = scorer.score([None] * len(texts), texts)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.abs(found - own).max() > 0.005


def test_the_figures_are_those_of_calibrated_probabilities(night, kernels):
    bundle_uri = night.two_workers.version.bundle_uri
    metrics, scorer = load_bundle(bundle_uri).metrics, load_scorer(bundle_uri, kernels)
    for part in ("validation", "test"):
        _, texts, is_fake = part_of(night, part)
        told = scorer.score([None] * len(texts), texts)
        assert metrics[part]["brier"] == pytest.approx(np.mean((told - is_fake) ** 2), abs=1e-5)
        log_loss = -np.log(np.where(is_fake, told, 1 - told)).mean()
        assert metrics[part]["log_loss"] == pytest.approx(log_loss, abs=1e-4)
        assert metrics[part]["accuracy"] == np.mean((told >= 0.5) == is_fake)
        reference = load_bundle(bundle_uri).reference()["probability"]
        if part == "validation":
            assert reference["counts"] == np.histogram(told, reference["edges"])[0].tolist()


def part_of(night, part: str) -> tuple[list[list[int]], list[str], np.ndarray]:
    """A part's token ids, the texts that they stand for, and whether they are FAKE."""
    examples = DeltaTable(tokenization_uri(night.settings, "glove_lstm-0123456789ab")).to_pyarrow_table(
        columns=["token_ids", "label"], filters=[("split", "=", part)]
    )
    rows = examples["token_ids"].to_pylist()
    return rows, [" ".join(WORDS[number - 2] for number in row) for row in rows], examples["label"].to_numpy() == "FAKE"


def test_every_epoch_stands_in_the_bundle_and_was_logged(night):
    file = Path(night.two_workers.version.bundle_uri) / "epochs.csv"
    epochs = list(csv.DictReader(file.read_text().splitlines()))
    assert [epoch["epoch"] for epoch in epochs] == ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert list(epochs[0]) == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "samples_per_s", "seconds"]
    assert float(epochs[-1]["val_accuracy"]) >= 0.95
    assert float(epochs[-1]["loss"]) < float(epochs[0]["loss"])
    assert [(event, fields["epoch"]) for event, fields in night.logged[:8]] == [
        ("epoch", f"{number}/8") for number in range(1, 9)
    ]
    assert set(night.logged[0][1]) == set(epochs[0])


def test_the_validation_part_is_kept_as_reference(night):
    reference = load_bundle(night.two_workers.version.bundle_uri).reference()
    assert {name: sum(histogram["counts"]) for name, histogram in reference.items()} == {
        "probability": 40,
        "n_tokens": 40,
        "unknown_share": 40,
    }


def test_each_training_is_a_version_with_its_parameters_and_curves(night):
    import mlflow

    assert [summary.version.number for summary in (night.two_workers, night.two_workers_again, night.one_worker)] == [
        "1",
        "2",
        "3",
    ]
    client = mlflow.MlflowClient(night.settings.models.tracking_uri, night.settings.models.tracking_uri)
    found = client.get_model_version("news", "1")
    run = client.get_run(found.run_id)
    assert run.data.params["workers"] == "2"
    assert run.data.params["training.batch_size"] == "16"
    assert run.data.params["network.units"] == "8"
    assert run.data.params["glove"] == "vectors.txt"
    assert found.tags["newslabel.data_version"] == "glove_lstm-0123456789ab"
    assert found.tags["newslabel.code_version"].startswith("0.1.0")
    assert len(client.get_metric_history(found.run_id, "val_accuracy")) == 8
    assert min(point.value for point in client.get_metric_history(found.run_id, "samples_per_s")) > 10
    assert 100 < run.data.metrics["rank_peak_mib"] < 4000
    version = Registry(night.settings).version("1")
    assert 0 < version.metrics["test_brier"] < 0.1
    assert 0 < version.metrics["test_calibration_error"] < 0.2
    assert version.metrics["test_accuracy"] == night.two_workers.metrics["test"]["accuracy"]
    assert version.bundle_uri == night.two_workers.version.bundle_uri


def test_nothing_is_left_of_the_work(night):
    root = Path(night.settings.models.root)
    assert list((root / "_work").iterdir()) == []
    assert sorted(path.name for path in root.iterdir()) == sorted(
        ["_work", *(Path(Registry(night.settings).version(number).bundle_uri).name for number in "123")]
    )


def test_the_learning_rate_grows_with_the_batch_that_grows_with_the_ranks():
    plan = TrainingPlan(recipe=small_recipe(), examples="made", vocabulary_size=2, batch_per_worker=8)
    assert [plan.batch_size(ranks) for ranks in (1, 2, 4)] == [8, 16, 32]
    assert [plan.learning_rate(ranks) for ranks in (1, 2, 4)] == [0.015, 0.03, 0.06]
    plan = plan.model_copy(update={"batch_per_worker": None})
    assert (plan.batch_size(4), plan.learning_rate(4)) == (16, 0.03)


def test_the_files_of_the_parts_are_those_that_spark_reads(spark, night, tmp_path):
    uri = tokenization_uri(night.settings, "glove_lstm-0123456789ab")
    files = files_by_delta_rs(uri)
    assert {part: len(names) > 0 for part, names in files.items()} == dict.fromkeys(PARTS, True)
    assert files_by_spark(spark, uri) == files
    blank = shutil.copytree(uri, tmp_path / "with a blank, 100 % ä")
    assert all(Path(file).exists() for files in files_by_delta_rs(str(blank)).values() for file in files)
    with pytest.raises(TableError, match="the tokenization cannot be read"):
        files_by_delta_rs(str(tmp_path))
    create_table(spark, str(tmp_path / "labels"), LABELS)
    with pytest.raises(TableError, match="column token_ids: wanted array<int>, found no such column"):
        files_by_delta_rs(str(tmp_path / "labels"))


def test_three_examples_train_on_two_workers(spark, kernels, tmp_path):
    settings, recipe = settings_below(tmp_path, kernels), small_recipe(epochs=2)
    make_tokenization(spark, settings, {"train": 3}, recipe)
    summary = train_model(spark, settings, recipe, glove=write_glove(tmp_path), workers=2)
    assert [(rank["rows"], rank["steps_per_epoch"]) for rank in summary.metrics["ranks"]] == [(2, 1), (1, 1)]
    assert summary.metrics["ranks"][0]["weights"] == summary.metrics["ranks"][1]["weights"]
    assert (summary.metrics["validation"], summary.metrics["test"]) == (None, None)
    assert load_bundle(summary.version.bundle_uri).recipe.calibration == CalibrationRecipe()
    assert [set(epoch) for epoch in summary.epochs] == [{"epoch", "loss", "accuracy", "samples_per_s", "seconds"}] * 2
    assert "test_accuracy" not in summary.version.metrics


@pytest.fixture(scope="module")
def patient(spark, kernels, tmp_path_factory):
    """Trains until nothing is learnt any more, by the ranks' own work or by a function in its place."""
    folder = tmp_path_factory.mktemp("patient")
    recipe = small_recipe(epochs=40, patience=2, warmup_epochs=0.5, clip_norm=1.0, learning_rate=0.1, calibrate=False)
    settings = settings_below(folder, kernels)
    make_tokenization(spark, settings, ROWS, recipe)
    return partial(train_model, spark, settings, recipe, glove=write_glove(folder), workers=2, batch_per_worker=4)


@pytest.fixture(scope="module")
def undisturbed(patient):
    return patient()


def test_a_training_that_learns_no_more_ends_with_its_best_weights(undisturbed):
    assert [rank["steps_per_epoch"] for rank in undisturbed.metrics["ranks"]] == [20, 20]
    losses = [epoch["val_loss"] for epoch in undisturbed.epochs]
    assert len(losses) == np.argmin(losses) + 3 < 40
    told = undisturbed.metrics["validation"]["log_loss"]  # of rounded probabilities
    assert abs(told - min(losses)) < abs(told - losses[-1])
    assert load_bundle(undisturbed.version.bundle_uri).recipe.calibration == CalibrationRecipe()


def test_one_that_loses_a_rank_while_it_waits_for_a_gain_ends_the_same(patient, undisturbed, tmp_path, monkeypatch):
    lost = tmp_path / "lost"
    first_without_gain = len(undisturbed.epochs) - 2

    def lose_a_rank(work_uri, cache):
        from newslabel.train import callbacks
        from newslabel.train.rank import train_rank

        end = callbacks.KeepCourse.on_epoch_end

        def end_and_die(self, epoch, logs=None):
            end(self, epoch, logs)
            if epoch == first_without_gain and os.environ["HOROVOD_RANK"] == "1" and not lost.exists():
                lost.touch()
                time.sleep(0.5)  # rank 0 has the time to write it down
                os.kill(os.getpid(), signal.SIGKILL)

        callbacks.KeepCourse.on_epoch_end = end_and_die
        return train_rank(work_uri, cache)

    monkeypatch.setattr("newslabel.train.train._train_rank", lose_a_rank)
    summary = patient()
    assert lost.exists()
    assert [epoch["val_loss"] for epoch in summary.epochs] == [epoch["val_loss"] for epoch in undisturbed.epochs]
    assert all((weights_of(summary)[name] == weights).all() for name, weights in weights_of(undisturbed).items())


def test_on_gpus_it_computes_in_float16_and_keeps_a_float32_network(spark, kernels, tmp_path, monkeypatch):
    def train_as_on_gpus(work_uri, cache):
        import keras

        from newslabel.train import rank

        rank.take_gpu = lambda **_: True
        compiled = rank.compiled

        def checked(model, plan, steps):
            model = compiled(model, plan, steps)
            assert model.get_layer("lstm").compute_dtype == "float16"
            assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
            return model

        rank.compiled = checked
        return rank.train_rank(work_uri, cache)

    settings, recipe = settings_below(tmp_path, kernels), small_recipe(clip_norm=1.0)
    make_tokenization(spark, settings, ROWS, recipe)
    monkeypatch.setattr("newslabel.train.train._train_rank", train_as_on_gpus)
    summary = train_model(spark, settings, recipe, glove=write_glove(tmp_path), workers=2)
    assert summary.metrics["ranks"][0]["weights"] == summary.metrics["ranks"][1]["weights"]
    assert summary.metrics["test"]["accuracy"] >= 0.95
    model = load_bundle(summary.version.bundle_uri).keras_model()
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}


def test_a_training_that_the_registry_does_not_take_is_not_lost(spark, night, kernels, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise TransientError("no MLflow server answered. Received: 'http://there'")

    trained = night.two_workers
    bundle = str(shutil.copytree(trained.version.bundle_uri, tmp_path / "bundle"))
    with monkeypatch.context() as patch:
        patch.setattr("newslabel.train.train._trained", lambda *_: trained.metrics["ranks"])
        made = partial(MadeBundle, bundle, metrics=trained.metrics, epochs=trained.epochs, versions={})
        patch.setattr("newslabel.train.train._saved", lambda _, plan, *__: made(plan=plan))
        patch.setattr("newslabel.train.register.time.sleep", lambda seconds: None)
        patch.setattr(Registry, "record", fail)
        with pytest.raises(TransientError, match=f"train_model --bundle {bundle} registers it: no MLflow server"):
            train_model(spark, night.settings, small_recipe(), glove=night.glove)
    version = register_bundle(settings_below(tmp_path, kernels), bundle)
    assert (version.number, version.metrics) == ("1", trained.version.metrics)


def test_frozen_vectors_without_a_file_are_refused(spark, night):
    with pytest.raises(SettingsError, match="recipe glove_lstm keeps its vectors as they are read: give --glove FILE"):
        train_model(spark, night.settings, small_recipe(), workers=2)


def test_more_workers_than_cores_are_refused(spark, night):
    with pytest.raises(SettingsError, match=r"every worker needs a core of its own.*Received: 3"):
        train_model(spark, night.settings, small_recipe(), glove=night.glove, workers=3)


def test_a_recipe_that_cleans_otherwise_than_its_tokenization_is_refused(spark, night):
    recipe = small_recipe()
    changed = recipe.model_copy(update={"clean": recipe.clean.model_copy(update={"rules": ("lowercase",)})})
    with pytest.raises(SettingsError, match="another 'clean' than the tokenization glove_lstm-0123456789ab"):
        train_model(spark, night.settings, changed, glove=night.glove)


def test_a_tokenization_that_is_not_there_is_named(night):
    with pytest.raises(DataError, match=r"there is no such tokenization.*Received: 'glove_lstm-0123456789ac'"):
        check_training(night.settings, small_recipe(), glove=night.glove, examples_id="glove_lstm-0123456789ac")


def test_a_registry_that_does_not_answer_is_said_before_training(spark, night):
    models = night.settings.models.model_copy(update={"tracking_uri": "http://127.0.0.1:9"})
    settings = night.settings.model_copy(update={"models": models})
    with pytest.raises(TransientError, match="no MLflow server answered"):
        train_model(spark, settings, small_recipe(), glove=night.glove)


def test_a_models_root_that_cannot_be_written_is_a_wrong_setting(spark, night, tmp_path):
    (tmp_path / "file").touch()
    models = night.settings.models.model_copy(update={"root": str(tmp_path / "file" / "models")})
    settings = night.settings.model_copy(update={"models": models})
    with pytest.raises(SettingsError, match=r"models.root must be writable: .*Received: '.*file/models'"):
        train_model(spark, settings, small_recipe(), glove=night.glove)


def test_metrics_are_written_as_json_that_any_reader_takes(night):
    text = (Path(night.two_workers.version.bundle_uri) / "metrics.json").read_text()
    assert set(json.loads(text)) == {"validation", "test", "ranks", "vectors"}
    assert "NaN" not in text
