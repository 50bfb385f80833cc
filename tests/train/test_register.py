"""A bundle is registered, whatever the registry does meanwhile; and the job's way to it, without a training."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from newslabel.errors import BundleError, NewslabelError, SettingsError, TransientError
from newslabel.models import Registry, Version
from newslabel.models.manifest import MANIFEST_FILE, Manifest, hash_files
from newslabel.recipes import Recipe, load_recipe
from newslabel.tokens import Vocabulary
from newslabel.train import check_options, register_bundle
from newslabel.train.register import recorded

CHECKOUT = Path(__file__).resolve().parents[2]
METRICS = {
    "validation": {"accuracy": 0.75},
    "test": {"accuracy": 0.5, "articles": 4, "confusion": {"true_positive": 1}},
    "ranks": [{"rank": 0}, {"rank": 1}],
    "vectors": None,
}


@pytest.fixture
def recipe() -> Recipe:
    return load_recipe("glove_lstm", CHECKOUT / "conf" / "recipes")


@pytest.fixture
def folder(tmp_path, recipe) -> Path:
    """A bundle that any family's could be: registering looks at no weights."""
    folder = tmp_path / "models" / "glove_lstm-by-hand"
    folder.mkdir(parents=True)
    (folder / "recipe.toml").write_text(recipe.to_toml())
    (folder / "stopwords.txt").write_text("the\n")
    (folder / "metrics.json").write_text(json.dumps(METRICS))
    (folder / "reference.json").write_text("{}")
    (folder / "epochs.csv").write_text("epoch,loss,seconds\n1,0.7,2.5\n2,0.5,2.0\n")
    Vocabulary(pa.array(["crawl"]), pa.array([3])).save(folder / "vocabulary.arrow")
    manifest = Manifest(hash_files(folder), data_version="d", code_version="c", made_at="2026-11-20T00:00:00Z")
    (folder / MANIFEST_FILE).write_bytes(manifest.to_bytes())
    return folder


def test_a_bundle_is_registered_with_the_figures_that_lie_in_it(settings, folder, recipe):
    import mlflow

    assert register_bundle(settings, str(folder)) == Version(
        "1",
        str(folder),
        "glove_lstm",
        {"validation_accuracy": 0.75, "test_accuracy": 0.5, "test_articles": 4, "loss": 0.5, "seconds": 2.0},
    )
    client = mlflow.MlflowClient(settings.models.tracking_uri, settings.models.tracking_uri)
    run = client.get_run(client.get_model_version("news", "1").run_id)
    assert run.data.params["workers"] == "2"
    assert run.data.params["training.epochs"] == str(recipe.training.epochs)
    assert "glove" not in run.data.params
    assert (run.data.tags["newslabel.data_version"], run.data.tags["newslabel.code_version"]) == ("d", "c")
    assert [(point.step, point.value) for point in client.get_metric_history(run.info.run_id, "loss")] == [
        (1, 0.7),
        (2, 0.5),
    ]


def test_a_bundle_that_is_registered_already_is_found(settings, folder, monkeypatch):
    first = register_bundle(settings, str(folder))
    monkeypatch.chdir(folder.parent)
    assert register_bundle(settings, folder.name) == first
    with pytest.raises(SettingsError, match="there are 1"):
        Registry(settings).version("2")


def test_a_damaged_bundle_is_not_registered(settings, folder):
    (folder / "stopwords.txt").write_text("a\n")
    with pytest.raises(BundleError, match=r"stopwords.txt is not as it was made"):
        register_bundle(settings, str(folder))
    with pytest.raises(SettingsError, match="there is none yet"):
        Registry(settings).version("latest")


class Failing:
    """A registry that fails to record so often before it records; one that is forgetful has recorded all the same."""

    def __init__(self, error: NewslabelError, times: int, *, is_forgetful: bool = False) -> None:
        self.error = error
        self.times = times
        self.is_forgetful = is_forgetful
        self.asked = 0
        self.versions: list[Version] = []

    def version_of(self, bundle_uri: str) -> Version | None:
        return next((version for version in self.versions if version.bundle_uri == bundle_uri), None)

    def record(self, *, bundle_uri: str, recipe: str, metrics: dict[str, float], **_: object) -> Version:
        self.asked += 1
        if self.asked > self.times or self.is_forgetful:
            self.versions.append(Version(str(len(self.versions) + 1), bundle_uri, recipe, metrics))
        if self.asked <= self.times:
            raise self.error
        return self.versions[-1]


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """How long was waited, in seconds, without waiting."""
    waits: list[float] = []
    monkeypatch.setattr("newslabel.train.register.time.sleep", waits.append)
    return waits


@pytest.fixture
def record(recipe) -> Callable[[Failing], Version]:
    def record_in(registry: Failing) -> Version:
        return recorded(
            registry, bundle_uri="/models/b", recipe=recipe, params={}, metrics=METRICS, epochs=[], versions={}
        )

    return record_in


SILENT = TransientError("no MLflow server answered. Received: 'http://there'")


def test_a_registry_that_is_silent_for_a_while_is_asked_again(record, waits):
    registry = Failing(SILENT, times=2)
    assert record(registry).number == "1"
    assert (registry.asked, waits) == (3, [5, 10])


def test_a_version_that_was_recorded_without_an_answer_is_not_recorded_twice(record, waits):
    registry = Failing(SILENT, times=1, is_forgetful=True)
    assert record(registry).number == "1"
    assert (registry.asked, len(registry.versions)) == (1, 1)


@pytest.mark.parametrize(
    ("error", "asked"), [(SILENT, 4), (SettingsError("the MLflow server refused. Received: 'http://there'"), 1)]
)
def test_a_bundle_that_stays_unregistered_is_named_with_the_command_that_registers_it(record, waits, error, asked):
    registry = Failing(error, times=9)
    with pytest.raises(
        type(error),
        match=r"bundle /models/b .* train_model --bundle /models/b registers it: .*Received: 'http://there'",
    ):
        record(registry)
    assert registry.asked == asked


def test_a_job_trains_goes_on_or_registers():
    check_options({"--recipe": "glove_lstm", "--resume": None}, {"--workers": 2, "--glove": None})
    check_options({"--recipe": None, "--resume": "1a2b"}, {"--workers": 2, "--glove": None})
    check_options({"--recipe": None, "--bundle": "/models/b"}, {"--workers": None})
    check_options({"--recipe": None, "--resume": None, "--bundle": None}, {"--workers": 2, "--glove": "g.txt"})
    with pytest.raises(SettingsError, match=r"--recipe NAME .* --bundle PATH .*Received: --recipe, --bundle"):
        check_options({"--recipe": "glove_lstm", "--bundle": "/models/b"}, {"--workers": 2})
    with pytest.raises(SettingsError, match=r"--resume does not go with --glove. Received: --resume, --workers, --g"):
        check_options({"--recipe": None, "--resume": "1a2b"}, {"--workers": 2, "--glove": "g.txt"})
    with pytest.raises(SettingsError, match=r"--bundle does not go with --workers"):
        check_options({"--recipe": None, "--bundle": "/models/b"}, {"--workers": 2})


def test_the_job_registers_a_bundle_and_starts_no_spark(settings, folder):
    job = [sys.executable, str(CHECKOUT / "jobs" / "train_model.py")]
    places = (f"models.tracking_uri={settings.models.tracking_uri}", f"score.cache={settings.score.cache}")
    options = ["--bundle", str(folder), *(word for place in places for word in ("--set", place))]
    done = subprocess.run([*job, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("version 1")
    assert "test accuracy" in done.stdout
    assert [line.split()[1] for line in done.stderr.splitlines()] == ["event=registered"]


def test_with_no_recipe_the_job_trains_the_corpus_own():
    job = [sys.executable, str(CHECKOUT / "jobs" / "train_model.py"), "--set", "corpus.recipe=glove_lst"]
    done = subprocess.run(job, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("train_model: there is no recipe 'glove_lst'")


def test_the_job_says_what_is_missing_before_spark_starts():
    job = [sys.executable, str(CHECKOUT / "jobs" / "train_model.py"), "--recipe", "glove_lstm"]
    done = subprocess.run(job, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "train_model: recipe glove_lstm keeps its vectors as they are read: give --glove FILE. Received: none\n"
    )
