import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from newslabel.configure import load_settings
from newslabel.errors import BundleError, SettingsError, TransientError
from newslabel.models import Registry, Version
from newslabel.models.mlflow_errors import mlflow_errors_of
from newslabel.settings import Settings


def record(registry: Registry, bundle_uri: str = "/models/tiny-1", **metrics: float) -> Version:
    return registry.record(
        bundle_uri=bundle_uri,
        recipe="tiny",
        params={"training.epochs": 2},
        metrics=metrics,
        epochs=[{"epoch": 1, "loss": 0.7}, {"epoch": 2, "loss": 0.5}],
        tags={"newslabel.data_version": "tiny-0123456789ab"},
    )


def settings_with(uri: str, timeout_s: float = 2) -> Settings:
    overrides = [f"models.tracking_uri={uri}", f"models.timeout_s={timeout_s}"]
    return load_settings(None, overrides=overrides, environ={})


@pytest.fixture
def registry(settings) -> Registry:
    return Registry(settings)


def test_a_bundle_is_recorded_and_found_by_number_and_as_latest(registry):
    assert record(registry, test_accuracy=0.9) == Version(
        "1", "/models/tiny-1", "tiny", {"test_accuracy": 0.9, "loss": 0.5}
    )
    record(registry, "/models/tiny-2", test_accuracy=0.8)
    assert registry.version("1").bundle_uri == "/models/tiny-1"
    assert registry.version("2").bundle_uri == "/models/tiny-2"
    assert registry.version("latest").number == "2"


def test_versions_are_ordered_as_numbers(registry):
    for number in range(1, 12):
        record(registry, f"/models/tiny-{number}")
    assert registry.version("latest").number == "11"


def test_parameters_curves_and_versions_of_data_are_kept(registry, settings):
    import mlflow

    record(registry, test_accuracy=0.9)
    client = mlflow.MlflowClient(settings.models.tracking_uri, settings.models.tracking_uri)
    (run,) = client.search_runs([client.get_experiment_by_name("news").experiment_id])
    assert run.data.params == {"training.epochs": "2"}
    assert run.data.tags["newslabel.data_version"] == "tiny-0123456789ab"
    assert run.info.status == "FINISHED"
    assert [(point.step, point.value) for point in client.get_metric_history(run.info.run_id, "loss")] == [
        (1, 0.7),
        (2, 0.5),
    ]


def test_there_is_no_champion_before_one_was_made(registry):
    assert registry.champion() is None
    record(registry)
    assert registry.champion() is None


def test_the_champion_is_the_version_made_last(registry):
    first, second = record(registry, "/models/tiny-1"), record(registry, "/models/tiny-2")
    registry.make_champion(second, {})
    registry.make_champion(first, {})
    assert registry.champion() == first


@pytest.mark.parametrize("which", ["7", "latest", "first", "-1", ""])
def test_a_version_that_is_not_there_is_named_with_those_that_are(registry, which):
    with pytest.raises(SettingsError, match=f"there is none yet, train_model makes one. Received: '{which}'"):
        registry.version(which)
    record(registry)
    if which != "latest":
        with pytest.raises(SettingsError, match=f"there are 1. Received: '{which}'"):
            registry.version(which)


def test_the_registry_is_quiet(registry, capfd):
    record(registry)
    assert capfd.readouterr() == ("", "")


@contextmanager
def deaf_server() -> Iterator[str]:
    """A server that takes a connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def other_server(status: int, body: bytes = b"<html>another page</html>") -> Iterator[str]:
    """A web server that is not MLflow."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def no_server() -> Iterator[str]:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


ASKS = (Registry.check, Registry.champion, lambda registry: registry.version("latest"))


@pytest.mark.parametrize("server", [deaf_server, lambda: other_server(429), lambda: other_server(503), no_server])
def test_a_server_that_does_not_answer_is_said_within_15_seconds(server):
    with server() as uri:
        for asks in ASKS:
            began = time.monotonic()
            with pytest.raises(TransientError, match=f"no MLflow server answered within 2 s: .*Received: .*'{uri}'"):
                asks(Registry(settings_with(uri)))
            assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, b"Invalid Host header", "error code 400 .*Invalid Host header"),
        (401, b"You are not authenticated.", "error code 401 .*You are not authenticated"),
        (403, b'{"error_code": "PERMISSION_DENIED", "message": "not yours"}', "PERMISSION_DENIED: not yours"),
        (403, b'{"message": "Forbidden"}', "Forbidden"),
        (404, b"<html>", "error code 404"),
        (422, b"<html>", "error code 422"),
        (200, b"<html>log in first</html>", "not in a valid JSON format.*log in first"),
    ],
)
def test_a_server_that_refuses_is_a_wrong_setting_with_its_reason(status, body, reason):
    with other_server(status, body) as uri:
        for asks in ASKS:
            with pytest.raises(SettingsError, match=f"the MLflow server refused: .*{reason}.*Received: .*'{uri}'"):
                asks(Registry(settings_with(uri)))


@pytest.mark.parametrize("status", [409, 501, 520])
def test_a_server_that_may_answer_otherwise_the_next_time_is_to_be_asked_again(status):
    with other_server(status) as uri, pytest.raises(TransientError, match=f"error code {status}"):
        Registry(settings_with(uri)).check()


def test_a_database_that_does_not_answer_is_to_be_asked_again():
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import TEMPORARILY_UNAVAILABLE

    with (
        pytest.raises(TransientError, match=r"did not answer: \(psycopg2\) gone. Received: .*'postgresql://there'"),
        mlflow_errors_of("postgresql://there", 2),
    ):
        raise MlflowException("(psycopg2) gone", TEMPORARILY_UNAVAILABLE)


def register_by_hand(settings: Settings, tags: dict[str, str], run_id: str | None = None) -> None:
    """A version that others put into our registry, champion at once."""
    import mlflow

    client = mlflow.MlflowClient(settings.models.tracking_uri, settings.models.tracking_uri)
    client.create_registered_model("news")
    client.create_model_version("news", "s3://models/theirs", run_id=run_id, tags=tags)
    client.set_registered_model_alias("news", "champion", "1")


@pytest.mark.parametrize(
    ("tags", "missing"),
    [({}, "newslabel.bundle_uri"), ({"newslabel.bundle_uri": "/models/theirs"}, "newslabel.recipe")],
)
def test_a_version_that_somebody_else_registered_is_no_bundle(settings, registry, tags, missing):
    register_by_hand(settings, tags)
    for asks in (Registry.champion, lambda registry: registry.version("1")):
        with pytest.raises(BundleError, match=f"version 1 of 'news' .*lacks the tag {missing}. Received: "):
            asks(registry)
    assert registry.version_of("/models/tiny-1") is None


def test_a_champion_whose_figures_are_gone_is_not_taken_for_none(settings, registry):
    tags = {"newslabel.bundle_uri": "/models/theirs", "newslabel.recipe": "tiny"}
    register_by_hand(settings, tags, run_id="0" * 32)
    with pytest.raises(SettingsError, match=r"MLflow's store lacks what it refers to: .*Received: "):
        registry.champion()


def test_the_first_of_two_trainings_may_be_faster_to_make_the_experiment(settings, registry, monkeypatch):
    import mlflow

    asked = mlflow.MlflowClient.get_experiment_by_name

    def ask_too_early(client, name):
        monkeypatch.undo()
        client.create_experiment(name)

    monkeypatch.setattr(mlflow.MlflowClient, "get_experiment_by_name", ask_too_early)
    assert record(registry).number == "1"
    assert mlflow.MlflowClient.get_experiment_by_name is asked


def test_a_registration_that_fails_leaves_no_run_that_seems_to_go_on(settings, registry, monkeypatch):
    import mlflow
    from mlflow.exceptions import MlflowException

    def fail(*_, **__):
        raise MlflowException("no answer")

    monkeypatch.setattr(mlflow.MlflowClient, "create_model_version", fail)
    monkeypatch.setattr(mlflow.MlflowClient, "set_terminated", fail)  # nor is it heard that the run is over
    with pytest.raises(SettingsError):
        record(registry)
    monkeypatch.undo()
    record(registry)
    client = mlflow.MlflowClient(settings.models.tracking_uri, settings.models.tracking_uri)
    runs = client.search_runs([client.get_experiment_by_name("news").experiment_id])
    assert sorted(run.info.status for run in runs) == ["FAILED", "FINISHED"]


def test_no_message_tells_a_password():
    with pytest.raises(TransientError) as raised:
        Registry(settings_with("http://ada:secret@127.0.0.1:9")).check()
    assert "Received: models.tracking_uri = 'http://***@127.0.0.1:9'" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_version_is_found_by_its_bundle(registry):
    record(registry, "/models/tiny-1")
    second = record(registry, "/models/tiny-2")
    assert registry.version_of("/models/tiny-2") == second
    assert registry.version_of("/models/tiny-3") is None


def test_a_file_that_is_no_database_is_a_wrong_setting(tmp_path):
    file = tmp_path / "locked.db"  # a name that says nothing of its state
    file.write_text("this is a text, and long enough for sqlite to see that")
    with pytest.raises(SettingsError, match=r"must be a sqlite file or a server: .*file is not a database"):
        Registry(settings_with(f"sqlite:///{file}")).check()


@pytest.mark.parametrize("uri", ["ftp://somewhere/else", "mlruns", "sqlite:////dev/null/mlflow.db"])
def test_what_is_no_store_is_a_wrong_setting(uri):
    with pytest.raises(SettingsError, match=r"Received: .*(ftp|mlruns|sqlite)"):
        Registry(settings_with(uri)).check()
