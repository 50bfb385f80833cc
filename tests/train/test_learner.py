"""A family that is fitted at once goes the way of all others, from a tokenization to labels."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from small_training import ROWS, make_tokenization, recipe_with, settings_below

import newslabel.models
from newslabel import load_scorer
from newslabel.errors import DataError, SettingsError
from newslabel.models import Registry, load_bundle, promote_model, save_bundle
from newslabel.score.one_text import label_text
from newslabel.settings import Settings
from newslabel.tokens import Vocabulary
from newslabel.train import TrainSummary, check_resume, check_training, train_model
from newslabel.train.learner_rank import fit_rank
from newslabel.train.plan import TrainingPlan
from newslabel.train.work_files import read_evaluations, write_plan
from newslabel.train.work_folder import new_work_folder


@dataclass
class Night:
    settings: Settings
    trained: TrainSummary


@pytest.fixture(scope="module")
def night(spark, kernels, tmp_path_factory) -> Night:
    settings = settings_below(tmp_path_factory.mktemp("night"), kernels)
    make_tokenization(spark, settings, ROWS, recipe_with("linear"))
    return Night(settings, train_model(spark, settings, recipe_with("linear")))


def test_it_learns_by_one_rank_without_epochs(night):
    (rank,) = night.trained.metrics["ranks"]
    assert (rank["rank"], rank["rows"]) == (0, 160)
    assert night.trained.epochs == []
    assert night.trained.metrics["test"]["articles"] == 40
    assert night.trained.metrics["test"]["accuracy"] >= 0.95
    assert night.trained.metrics["validation"]["auc"] >= 0.95
    assert [name for name, _ in night.trained.facts()][:2] == ["recipe", "examples"]


def test_its_bundle_scores_what_its_metrics_tell(night):
    bundle = load_bundle(night.trained.version.bundle_uri)
    assert {name: sum(histogram["counts"]) for name, histogram in bundle.reference().items()} == {
        "probability": 40,
        "n_tokens": 40,
        "unknown_share": 40,
    }
    fake, real, unknown = load_scorer(night.trained.version.bundle_uri, night.settings.score.cache).score(
        ["word9 word1", "word9 word8", "nothing"], ["word7 word20", "word7 word20", "of it"]
    )
    assert fake > 0.8
    assert real < 0.3
    assert np.isnan(unknown)


def test_it_is_a_version_with_its_parameters_that_becomes_champion_and_labels(night):
    import mlflow

    client = mlflow.MlflowClient(night.settings.models.tracking_uri, night.settings.models.tracking_uri)
    run = client.get_run(client.get_model_version("news", "1").run_id)
    assert run.data.params["network.inverse_regularization"] == "10.0"
    assert {key: value for key, value in run.data.params.items() if "network" not in key and "." in key} == {
        **{key: value for key, value in run.data.params.items() if key.startswith(("tokens.", "decision."))},
        "training.seed": "0",
        "training.balance": "none",
        "training.calibrate": "True",
        "training.folds": "0",
    }
    assert "batch_size" not in run.data.params
    assert run.data.params["workers"] == "1"
    assert Registry(night.settings).version("1").metrics["test_accuracy"] >= 0.95
    promote_model(night.settings, "1")
    label = label_text(night.settings, "word1 and word8 and word9")
    assert (label.label, label.version) == ("FAKE", "linear, version 1")


def test_nothing_is_left_of_the_work(night):
    assert list((Path(night.settings.models.root) / "_work").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": 2}, r"recipe linear is fitted at once, by one worker, .*leave out --workers\. Received: 2"),
        ({"glove": "glove.txt"}, r"with no vectors .*leave out --glove\. Received: glove.txt"),
        (
            {"workers": 3, "batch_per_worker": 8},
            r"leave out --workers and --batch-per-worker\. Received: 3, 8",
        ),
    ],
)
def test_options_that_it_has_no_use_for_are_refused_before_spark_starts(night, options, message):
    with pytest.raises(SettingsError, match=message):
        check_training(night.settings, recipe_with("linear"), **options)


def test_it_takes_one_worker_whatever_the_settings_say_of_others(night):
    train = night.settings.train.model_copy(update={"workers": 8})
    settings = night.settings.model_copy(update={"train": train})
    assert check_training(settings, recipe_with("linear")).plan.workers == 1
    assert check_training(settings, recipe_with("linear"), workers=1).plan.workers == 1


def test_a_fit_that_was_killed_is_gone_on_with_by_one_worker(night):
    work_uri = new_work_folder(night.settings)
    write_plan(
        work_uri, TrainingPlan(recipe=recipe_with("linear"), examples=night.trained.examples_id, vocabulary_size=32)
    )
    (Path(work_uri) / "owner.json").write_text(json.dumps({"host": "elsewhere", "pid": 1, "began": 0}))
    run = work_uri.rpartition("/")[2]
    assert check_resume(night.settings, run).plan.workers == 1
    with pytest.raises(SettingsError, match=r"leave out --workers\. Received: 2"):
        check_resume(night.settings, run, workers=2)


def test_a_key_of_training_that_it_has_no_use_for_is_refused(night):
    with pytest.raises(
        SettingsError,
        match=r"'linear' is fitted at once, and has no use for training.epochs and training.patience; .*Received: 3, 2",
    ):
        check_training(night.settings, recipe_with("linear", epochs=3, patience=2))


def test_an_encoder_that_it_cannot_read_is_refused_before_its_tokenization_is_looked_for(night):
    with pytest.raises(
        SettingsError, match=r"encoder must be 'token_ids', which .* 'linear' reads\. Received: 'word_p"
    ):
        check_training(night.settings, recipe_with("linear").model_copy(update={"encoder": "word_pieces"}))


TOLD = [([2, 4], "FAKE"), ([3, 4], "REAL"), ([2], "FAKE"), ([3], "REAL")]
MANY_REAL = [*TOLD, *[([3, 5], "REAL")] * 20]


def weights_of(work_uri: str) -> dict[str, np.ndarray]:
    return {file.stem: np.load(file) for file in Path(work_uri).glob("network/weights/*.npy")}


def test_a_row_that_scoring_does_not_judge_is_counted_apart_and_in_no_figure(work):
    nothing = [([], "FAKE"), ([1, 1], "FAKE"), ([5], "REAL")]  # no word, unknown ones, one that weighs nothing
    work_uri = work(
        recipe_with("linear"), train=[*TOLD, ([2], "FAKE")], validation=[([2], "FAKE"), *nothing], test=nothing
    )
    assert fit_rank(work_uri, "")["rows"] == 5
    evaluations = read_evaluations(work_uri)
    assert set(evaluations) == {"validation", "test", "calibration", "importances"}
    validation, test = (evaluations[part]["metrics"] for part in ("validation", "test"))
    assert (validation["articles"], validation["unjudged"], validation["accuracy"]) == (1, 3, 1)
    assert (test["articles"], test["unjudged"], test["accuracy"], test["log_loss"]) == (0, 3, None, None)
    assert sum(evaluations["validation"]["reference"]["probability"]["counts"]) == 1
    assert sum(evaluations["validation"]["reference"]["n_tokens"]["counts"]) == 4


def test_the_rarer_class_counts_as_the_recipe_says(work):
    intercepts = {}
    for balance in ("none", "undersample", "class_weights"):
        work_uri = work(recipe_with("linear", balance=balance), train=MANY_REAL, validation=[], test=[])
        intercepts[balance] = (fit_rank(work_uri, "")["rows"], float(weights_of(work_uri)["intercept"][0]))
    assert {balance: rows for balance, (rows, _) in intercepts.items()} == {
        "none": 24,
        "undersample": 4,
        "class_weights": 24,
    }
    assert intercepts["none"][1] < intercepts["class_weights"][1]
    assert intercepts["none"][1] < intercepts["undersample"][1]


def test_a_fit_replaces_what_an_earlier_try_left(work):
    work_uri = work(recipe_with("linear"), train=TOLD, validation=[], test=[])
    fit_rank(work_uri, "")
    first = weights_of(work_uri)
    (Path(work_uri) / "network" / "weights" / "odd.npy").touch()
    fit_rank(work_uri, "")
    again = weights_of(work_uri)
    assert list(again) == list(first)
    assert all((again[name] == first[name]).all() for name in first)


def test_nothing_to_learn_from_is_said(work):
    with pytest.raises(DataError, match="there are no examples to read"):
        fit_rank(work(recipe_with("linear"), train=[], validation=[], test=[]), "")


ONES_OWN = """
import numpy as np
from pydantic import BaseModel
from newslabel.models.contracts import Learner

class Network(BaseModel):
    doubt: float = 0.0

class Known:
    def __init__(self, network, weights):
        self.certainty, self.is_fake = 1 - network.doubt, weights("is_fake")

    @property
    def vocabulary_size(self):
        return len(self.is_fake)

    def probabilities(self, token_ids, offsets, features):
        first = self.is_fake[token_ids[offsets[:-1]]]
        return np.where(first, self.certainty, 1 - self.certainty)

def fit(network, examples, *, seed):
    is_fake = np.zeros(examples.vocabulary_size, bool)
    is_fake[examples.token_ids[examples.offsets[:-1]][examples.is_positive]] = True
    return {"is_fake": is_fake}

FAMILY = Learner(Network, fit=fit, predictor=Known)
"""


def test_a_family_of_ones_own_is_one_file(work, tmp_path, monkeypatch):
    (tmp_path / "families").mkdir()
    (tmp_path / "families" / "first_word.py").write_text(ONES_OWN)
    monkeypatch.setattr(newslabel.models, "__path__", [*newslabel.models.__path__, str(tmp_path / "families")])
    monkeypatch.delitem(sys.modules, "newslabel.models.first_word", raising=False)
    recipe = recipe_with("linear").model_copy(update={"family": "first_word", "network": {"doubt": 0.2}})
    work_uri = work(recipe, train=TOLD, validation=TOLD, test=[([2], "FAKE"), ([3], "FAKE")], vocabulary_size=6)
    fit_rank(work_uri, "")
    assert read_evaluations(work_uri)["validation"]["metrics"]["accuracy"] == 1
    assert read_evaluations(work_uri)["test"]["metrics"]["accuracy"] == 0.5
    bundle = save_bundle(
        str(tmp_path / "models"),
        recipe=recipe,
        vocabulary=Vocabulary(pa.array(["hoax", "official", "it", "is"]), pa.array([4, 3, 2, 1])),
        stop_words=(),
        network=str(Path(work_uri) / "network"),
        metrics={},
        epochs=[],
        reference={},
        versions={"data_version": "d", "code_version": "c"},
    )
    found = load_scorer(bundle, tmp_path / "cache").score(["hoax is it", "official"], ["", ""])
    np.testing.assert_allclose(found, [0.8, 0.2])


def test_a_fit_imports_no_tensorflow(work):
    code = (
        "import sys; from newslabel.train.learner_rank import fit_rank; fit_rank(sys.argv[1], '');"
        "print([name for name in ('tensorflow', 'keras', 'horovod') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, work(recipe_with("linear"), train=TOLD, validation=TOLD, test=TOLD)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
