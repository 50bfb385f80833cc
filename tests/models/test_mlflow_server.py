"""The registry on a real MLflow server: full MLflow, in an environment beside ours, outside the checkout."""

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import venv
from importlib.metadata import version
from pathlib import Path

import pytest

from newslabel.configure import load_settings
from newslabel.errors import SettingsError
from newslabel.models import Registry, Version

CACHE = Path(os.environ.get("NEWSLABEL_CACHE") or Path.home() / ".cache" / "newslabel")


@pytest.fixture(scope="module")
def full_mlflow() -> Path:
    """The Python of an environment with all of MLflow; made once, kept for later runs."""
    release = version("mlflow-skinny")
    folder = CACHE / "tests" / f"mlflow-{release}-{sys.implementation.cache_tag}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        # of what this environment has in a version that MLflow takes, it needs no copy
        [packages] = folder.glob("lib/python*/site-packages")
        (packages / "ours.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
        # compiled is what the server comes to import, when it does: that is the lesser part
        quiet = ["-q", "--disable-pip-version-check", "--retries", "1", "--no-compile"]
        made = subprocess.run(
            [python, "-m", "pip", "install", *quiet, f"mlflow=={release}"], capture_output=True, text=True, check=False
        )
        if made.returncode:
            shutil.rmtree(folder)
            pytest.skip(f"a network is needed to install mlflow {release}: {made.stderr.splitlines()[-1]}")
        (folder / "complete").touch()
    return python


@pytest.fixture(scope="module")
def server(full_mlflow, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    places = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder)]
    uri = f"http://127.0.0.1:{port}"
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [full_mlflow, "-m", "mlflow", "server", *options, *places],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            wait_for(port, process)
            yield uri
        finally:
            os.killpg(process.pid, 15)


def wait_for(port, process):
    deadline = time.monotonic() + 120
    is_up = False
    while not is_up:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
        with socket.socket() as connection:
            is_up = connection.connect_ex(("127.0.0.1", port)) == 0


def test_a_server_serves_as_the_default_does_by_its_uri_alone(server, capfd):
    settings = load_settings(None, overrides=[f"models.tracking_uri={server}"], environ={})
    registry = Registry(settings)
    assert registry.champion() is None
    for number, accuracy in ((1, 0.9), (2, 0.8)):
        made = registry.record(
            bundle_uri=f"/models/tiny-{number}",
            recipe="tiny",
            params={"training.epochs": 2},
            metrics={"test_accuracy": accuracy},
            epochs=[{"epoch": 1, "loss": 0.7}, {"epoch": 2, "loss": 0.5}],
            tags={"newslabel.data_version": "tiny-0123456789ab"},
        )
    first = Version("1", "/models/tiny-1", "tiny", {"test_accuracy": 0.9, "loss": 0.5})
    assert registry.version("1") == registry.version_of("/models/tiny-1") == first
    assert registry.version("latest") == made
    registry.make_champion(first, {"newslabel.promoted": "yes"})
    assert Registry(settings).champion() == first
    assert registry.version_of("/models/tiny-3") is None
    with pytest.raises(SettingsError, match="there are 1, 2"):
        registry.version("3")
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "")
