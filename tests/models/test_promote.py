from pathlib import Path

import pytest

from newslabel.errors import BundleError, GateRefusedOutcome, SettingsError
from newslabel.models import Registry, Version, promote_model
from newslabel.models.promote import gate_refusals
from newslabel.settings import PromoteSettings

GATE = PromoteSettings(min_test_accuracy=0.8, max_accuracy_loss=0.02)


def version(accuracy: float | None) -> Version:
    return Version("3", "/models/tiny-3", "tiny", {} if accuracy is None else {"test_accuracy": accuracy})


@pytest.fixture
def record(settings, save):
    def record_one(accuracy: float) -> Version:
        return Registry(settings).record(
            bundle_uri=save(f"{settings.models.root}/{accuracy}"),
            recipe="tiny",
            params={},
            metrics={"test_accuracy": accuracy},
            epochs=[],
            tags={},
        )

    return record_one


@pytest.mark.parametrize(
    ("accuracy", "champion", "refusals"),
    [
        (0.8, None, ()),
        (0.9, 0.9, ()),
        (0.885, 0.9, ()),
        (0.88, 0.9, ()),
        (0.8 + 0.05, 0.87, ()),
        (0.95, 0.5, ()),
        (0.7999, None, ("its test_accuracy must be at least 0.8. Received: 0.7999",)),
        (
            0.85,
            0.9,
            (
                (
                    "its test_accuracy must be at most 0.02 below that of the champion, version 3: at least 0.8800. "
                    "Received: 0.8500"
                ),
            ),
        ),
        (None, 0.9, ("it was not tested: its tokenization has no test part",)),
    ],
)
def test_the_gate(accuracy, champion, refusals):
    assert gate_refusals(version(accuracy), version(champion) if champion else None, GATE) == refusals


def test_a_version_that_passes_becomes_champion(settings, record):
    made = record(0.9)
    summary = promote_model(settings, "latest")
    assert (summary.version, summary.replaced, summary.refusals) == (made, None, ())
    assert Registry(settings).champion() == made


def test_a_version_that_fails_leaves_the_champion(settings, record):
    good, _ = record(0.9), record(0.7)
    promote_model(settings, "1")
    with pytest.raises(
        GateRefusedOutcome, match=r"version 2 stays as it is: .*0.8.*Received: 0.7000; .*below"
    ) as raised:
        promote_model(settings, "2")
    assert raised.value.exit_code == 10
    assert Registry(settings).champion() == good


def test_what_else_is_asked_is_told_who_wants_to_be_champion_and_who_is(settings, record):
    good, better = record(0.9), record(0.95)
    promote_model(
        settings, "1", also=lambda version, champion: (f"{version.number} after {champion}",) * (version != good)
    )
    with pytest.raises(GateRefusedOutcome, match="version 2 stays as it is: 2 after 1"):
        promote_model(settings, "2", also=lambda version, champion: (f"{version.number} after {champion.number}",))
    summary = promote_model(settings, "2", force=True, also=lambda *_: ("never",))
    assert (summary.version, summary.refusals) == (better, ("never",))


def test_force_goes_past_the_gate_and_is_recorded(settings, record):
    import mlflow

    good, bad = record(0.9), record(0.7)
    promote_model(settings, "1")
    summary = promote_model(settings, "2", force=True)
    assert (summary.version, summary.replaced) == (bad, good)
    assert Registry(settings).champion() == bad
    client = mlflow.MlflowClient(settings.models.tracking_uri, settings.models.tracking_uri)
    tags = client.get_model_version("news", "2").tags
    assert "its test_accuracy must be at least 0.8. Received: 0.7000" in tags["newslabel.forced_past_gate"]
    assert "newslabel.forced_past_gate" not in client.get_model_version("news", "1").tags


def test_a_damaged_bundle_does_not_become_champion(settings, record):
    made = record(0.9)
    (Path(made.bundle_uri) / "stopwords.txt").write_text("more\n")
    with pytest.raises(BundleError, match=r"stopwords.txt is not as it was made"):
        promote_model(settings, "1", force=True)
    assert Registry(settings).champion() is None


def test_a_version_that_is_not_there_is_named(settings):
    with pytest.raises(SettingsError, match="there is none yet"):
        promote_model(settings, "latest")
