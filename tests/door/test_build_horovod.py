"""The build of Horovod's wheel, by a Python that only plays its part: which commands run, and what is left behind."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PYTHON = """#!/bin/bash
echo "$*" >> "$CALLS"
case "$*" in
    -) echo cp311-tensorflow-cpu-2.21.0-x86_64 ;;
    *"pip download"*)
        mkdir -p horovod-0.28.1/horovod/tensorflow
        echo 'xla_mpi_ops.cc' > horovod-0.28.1/horovod/tensorflow/CMakeLists.txt
        tar czf "${@: -1}/horovod-0.28.1.tar.gz" horovod-0.28.1 ;;
    *"pip wheel"*)
        [ -z "$BROKEN" ] || { echo "no cmake here"; exit 1; }
        ! grep -q xla_mpi_ops.cc "${@: -1}/horovod/tensorflow/CMakeLists.txt" || exit 1
        touch "${@: -2:1}/horovod-0.28.1.whl" ;;
esac
"""


@pytest.fixture
def build(tmp_path):
    """Runs the script in a checkout whose .venv holds that Python; BROKEN=1 makes the compilation fail."""
    (tmp_path / "home" / "tools").mkdir(parents=True)
    (tmp_path / "home" / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "temporary").mkdir()
    shutil.copy(CHECKOUT / "tools" / "build_horovod.sh", tmp_path / "home" / "tools")
    python = tmp_path / "home" / ".venv" / "bin" / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    places = {"NEWSLABEL_CACHE": "cache", "CALLS": "calls", "TMPDIR": "temporary"}
    environ = os.environ | {name: str(tmp_path / place) for name, place in places.items()}

    def run(**more):
        script = tmp_path / "home" / "tools" / "build_horovod.sh"
        return subprocess.run(
            [script], cwd=tmp_path, env={**environ, "BROKEN": "", **more}, capture_output=True, text=True, check=False
        )

    return run


def left_behind(tmp_path):
    return [path.name for folder in ("temporary", "cache/wheels") for path in (tmp_path / folder).iterdir()]


def test_a_wheel_is_built_once_and_installed_each_time(build, tmp_path):
    first = build()
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == "building Horovod 0.28.1 (about 3 minutes, once a machine)\n"
    second = build()
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    calls = (tmp_path / "calls").read_text()
    assert (calls.count("pip wheel"), calls.count("pip install")) == (1, 2)
    assert left_behind(tmp_path) == ["horovod-0.28.1-cp311-tensorflow-cpu-2.21.0-x86_64-cpu"]


def test_a_build_that_fails_shows_its_log_and_leaves_nothing(build, tmp_path):
    broken = build(BROKEN="1")
    assert broken.returncode == 1
    assert broken.stderr == "no cmake here\nHorovod did not build; the end of its log stands above.\n"
    assert left_behind(tmp_path) == []
    assert build().returncode == 0
