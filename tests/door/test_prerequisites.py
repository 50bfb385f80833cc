"""What set-up names as missing, on a machine made of small scripts."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from tiny_bert import needs_bert

CHECKOUT = Path(__file__).resolve().parents[2]
GOOD = {
    "python3.11": "echo 3.11.7",
    "java": """echo 'openjdk version "17.0.15" 2025-04-15' >&2""",
    "g++": "exit 0",
    "make": "exit 0",
    "apt-get": "exit 0",
}


@pytest.fixture(scope="module")
def prerequisites():
    spec = importlib.util.spec_from_file_location("prerequisites", CHECKOUT / "tools" / "check_prerequisites.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def check(tmp_path):
    """Runs the check where PATH holds these programs and no others."""

    def run(programs, **environ):
        folder = tmp_path / "programs"
        for name, script in programs.items():
            write_program(folder / name, script)
        return subprocess.run(
            [sys.executable, CHECKOUT / "tools" / "check_prerequisites.py"],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": str(folder), "HOME": str(tmp_path), **environ},
        )

    return run


def write_program(file, script):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def test_a_machine_that_has_everything_gets_its_python_named(check, tmp_path):
    done = check(GOOD)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{tmp_path}/programs/python3.11\n"
    assert done.stderr == ""


def test_all_that_is_missing_is_named_at_once_each_with_its_command(check):
    done = check({"apt-get": "exit 0"})
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Python 3.11 or 3.12 is needed.\n    found: no python3.11 and no python3.12" in done.stderr
    assert "apt-get install python3.11 python3.11-venv\n" in done.stderr
    assert "Java 17 or 21 is needed, by Spark.\n    found: no java\n    mend:  " in done.stderr
    assert "A compiler of C++ 17 is needed, by Horovod.\n    found: no c++, no g++, no clang++\n" in done.stderr
    assert "apt-get install g++ make\n" in done.stderr
    assert "make is needed on PATH, by Horovod.\n" in done.stderr
    assert done.stderr.endswith("Nothing was changed. Mend what stands above and run make setup again.\n")


def test_a_python_that_is_too_new_is_no_python(check):
    done = check({**GOOD, "python3.11": "exit 127", "python3": "echo 3.13.0"})
    assert "found: python3 is 3.13.0\n" in done.stderr


def test_the_python_that_the_user_names_is_the_one_that_counts(check, tmp_path):
    write_program(tmp_path / "mine", "echo 3.12.1")
    assert check(GOOD, PYTHON=str(tmp_path / "mine")).stdout == f"{tmp_path}/mine\n"
    assert "found: python3.9 is 3.9.18\n" in check({**GOOD, "python3.9": "echo 3.9.18"}, PYTHON="python3.9").stderr


def test_a_python_without_venv_gets_the_package_named(check):
    done = check({**GOOD, "python3.11": 'case "$2" in *ensurepip*) exit 1;; *) echo 3.11.2;; esac'})
    assert "programs/python3.11 lacks them\n" in done.stderr
    assert "apt-get install python3.11-venv\n" in done.stderr


def test_java_home_counts_before_path_and_its_fault_is_told(check, tmp_path):
    write_program(tmp_path / "old" / "bin" / "java", """echo 'java version "1.8.0_402"' >&2""")
    done = check(GOOD, JAVA_HOME=f"{tmp_path}/old")
    assert f"found: {tmp_path}/old/bin/java is Java 8 (JAVA_HOME is {tmp_path}/old)\n" in done.stderr


def test_a_good_java_that_is_installed_but_not_chosen_is_pointed_at(check, tmp_path):
    home = tmp_path / ".sdkman" / "candidates" / "java" / "21.0.5-tem"
    write_program(home / "bin" / "java", """echo 'openjdk version "21.0.5" 2024-10-15 LTS' >&2""")
    done = check({**GOOD, "java": """echo 'openjdk version "11.0.2" 2019-01-15' >&2"""})
    assert "found: java is Java 11\n" in done.stderr
    assert f"mend:  export JAVA_HOME={home}\n" in done.stderr


def test_a_java_without_the_vector_module_is_not_enough(check):
    java = """case "$1" in --add-modules*) exit 1;; *) echo 'openjdk version "17.0.9" 2023-10-17' >&2;; esac"""
    assert "found: java is Java 17 without the module jdk.incubator.vector\n" in check({**GOOD, "java": java}).stderr


def test_a_java_that_does_not_start_is_told_from_one_that_is_not_there(check):
    assert "found: java does not run\n" in check({**GOOD, "java": "exit 1"}).stderr


def test_a_compiler_that_cannot_compile_shows_what_it_said(check):
    done = check({**GOOD, "g++": "echo no string_view; exit 1"})
    assert "found: g++ fails: no string_view\n" in done.stderr


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6-Debian-1deb12u1)', 17),
        ('openjdk version "21.0.5" 2024-10-15 LTS\nOpenJDK Runtime Environment Temurin-21.0.5+11 (build …)', 21),
        ('java version "21.0.1" 2023-10-17 LTS\nJava(TM) SE Runtime Environment (build 21.0.1+12-LTS-29)', 21),
        ('openjdk version "17" 2021-09-14', 17),
        ('openjdk version "25-ea" 2025-09-16', 25),
        ('java version "1.8.0_402"', 8),
        ('Picked up JAVA_TOOL_OPTIONS: -Dversion="9"\nopenjdk version "17.0.2" 2022-01-18', 17),
        ("Unable to locate a Java Runtime.", None),
    ],
)
def test_the_version_is_read_from_what_each_java_prints(prerequisites, output, version):
    assert prerequisites.java_version(output) == version


def test_a_full_disk_is_named_with_what_it_must_hold(prerequisites, monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=10**9))
    monkeypatch.setattr(prerequisites, "HOME", tmp_path)
    problems = prerequisites.check_room()
    assert all(problem.found == "1.0 GB free" for problem in problems)
    assert any(f"for {tmp_path}" in problem.wanted for problem in problems)
    assert any("git clone . /larger/disk/newslabel" in problem.mend for problem in problems)


def test_set_up_changes_nothing_before_all_is_there(house):
    (house.folder / ".venv").unlink()
    programs = house.folder / "programs"
    write_program(programs / "java", "exit 1")
    for name in ("bash", "make", "cat", "rm", "mkdir", "touch", "sed"):
        (programs / name).symlink_to(shutil.which(name))
    (programs / "python3").symlink_to(sys.executable)
    environ = {key: value for key, value in os.environ.items() if key not in {"JAVA_HOME", "MAKEFLAGS", "MAKELEVEL"}}
    done = subprocess.run(
        ["make", "-C", house.folder, "setup"],
        capture_output=True, text=True, check=False, env={**environ, "PATH": str(programs)},
    )  # fmt: skip
    assert done.returncode == 2
    assert "Java 17 or 21 is needed" in done.stderr
    assert "A compiler of C++ 17 is needed" in done.stderr
    assert not (house.folder / ".venv").exists()


def test_make_alone_prints_what_there_is(house):
    done = subprocess.run(["make", "-s", "-C", house.folder], capture_output=True, text=True, check=True)
    targets = [line.split()[1] for line in done.stdout.splitlines()]
    assert targets == ["help", "setup", "demo", "test", "check", "clean", "constraints"]
    assert "EXTRAS=bert" in done.stdout


def test_an_extra_is_installed_where_it_is_asked_for_and_nowhere_else(house):
    (house.folder / ".venv").unlink()
    shutil.copy2(CHECKOUT / "requirements-bert.txt", house.folder)

    def planned(*words):
        command = ["make", "-n", "-C", house.folder, "PYTHON=python3", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert ".venv/.stamps/bert" not in planned("all-steps").stdout
    assert ".venv/.stamps/bert" in planned("all-steps", "EXTRAS=bert").stdout
    assert "--no-deps -r requirements-bert.txt" in planned(".venv/.stamps/bert").stdout
    refused = planned("all-steps", "EXTRAS=berd")
    assert (refused.returncode, "EXTRAS may name bert. Received: berd" in refused.stderr) == (2, True)


def test_what_is_installed_is_what_is_pinned():
    from importlib.metadata import version

    pins = {}
    for file in ("requirements.txt", "constraints.txt"):
        for line in (CHECKOUT / file).read_text().splitlines():
            name, _, pinned = line.partition("#")[0].strip().partition("==")
            pins |= {name: pinned} if name else {}
    assert len(pins) > 90
    assert {name: version(name) for name in pins} == pins


@needs_bert
def test_what_is_installed_of_the_extra_is_what_is_pinned():
    from importlib.metadata import version

    lines = [line.partition("#")[0].strip() for line in (CHECKOUT / "requirements-bert.txt").read_text().splitlines()]
    pins = dict(line.split("==") for line in lines if line)
    assert {name: version(name) for name in pins} == pins
