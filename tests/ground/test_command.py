"""Job scripts end with the exit codes that the house promises."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from py4j.protocol import Py4JNetworkError

from newslabel.session import _stopped_at_the_end
from newslabel.spark_errors import map_spark_errors

SCRIPT = '''
"""Tries a job's ends."""
from pathlib import Path
from newslabel import errors
from newslabel.logs import log_event
from newslabel.command import Set, SettingsFile, job_settings, print_table, run_job

def try_end(how: str, settings_file: SettingsFile = None, set_: Set = None) -> None:
    """Ends as it is told."""
    job_settings(settings_file, set_)
    if how == "interrupt":
        raise KeyboardInterrupt
    if how == "bug":
        raise ZeroDivisionError
    if how == "table":
        print_table("Labels", ["title", "n", "share"], [["\\x1b[31mred", 1234, 0.5]])
        return
    if how == "pipe":
        raise BrokenPipeError
    if how == "work":
        log_event("began")
        log_event("goes_on")
        (Path(__file__).parent / "done").touch()
        print_table("", ["", ""], [["bundle", "/models/" + 200 * "x"]])
        return
    raise getattr(errors, how)("it went wrong\\nin two lines\\x07")

run_job(try_end)
'''


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "jobs").mkdir()
    (home / "conf").mkdir()
    (home / "conf" / "newslabel.toml").write_text("[corpus]\nname = 'news'\n")
    file = home / "jobs" / "try_end.py"
    file.write_text(SCRIPT)
    return file


def run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("SettingsError", 2),
        ("DataError", 3),
        ("BundleError", 4),
        ("TableError", 5),
        ("GateRefusedOutcome", 10),
        ("NoArticlesOutcome", 11),
        ("TransientError", 75),
        ("interrupt", 130),
        ("pipe", 75),
    ],
)
def test_each_end_has_its_code_and_a_message_without_a_traceback(script: Path, how: str, code: int) -> None:
    done = run(script, how)
    assert done.returncode == code
    assert done.stderr.startswith("try_end: ")
    assert "Traceback" not in done.stderr
    if how not in {"interrupt", "pipe"}:
        assert done.stderr == "try_end: it went wrong\nin two lines\ufffd\n"


def test_work_goes_on_though_nobody_reads_of_it_any_more(script: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, str(script), "work"], stdout=writing, stderr=writing, check=False)
    os.close(writing)
    assert done.returncode == 0
    assert (script.parent / "done").exists()


def test_a_bundles_place_stands_in_one_line_of_a_log(script: Path) -> None:
    (line,) = (line for line in run(script, "work").stdout.splitlines() if "bundle" in line)
    assert line.split() == ["bundle", "/models/" + 200 * "x"]


def test_a_bug_keeps_its_traceback(script: Path) -> None:
    done = run(script, "bug")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr


def test_wrong_options_and_settings_end_with_two(script: Path) -> None:
    assert run(script).returncode == 2
    assert run(script, "table", "--sett", "x").returncode == 2
    wrong = run(script, "table", "--set", "score.batchsize=1")
    assert wrong.returncode == 2
    assert "Did you mean 'batch_size'" in wrong.stderr


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_the_exit_codes(script: Path, option: str) -> None:
    done = run(script, option)
    assert done.returncode == 0
    text = " ".join(done.stdout.split())
    assert "Ends as it is told." in text
    assert "75 something did not answer" in text


def test_a_table_shows_hostile_text_harmlessly(script: Path) -> None:
    done = run(script, "table")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "\ufffd[31mred   1,234   0.5000" in done.stdout


def test_ctrl_c_says_how_to_go_on(script):
    assert run(script, "interrupt").stderr == "try_end: stopped; run the same command again to go on\n"


def test_ctrl_c_is_told_as_such_though_the_tidying_up_after_it_fails():
    spark = SimpleNamespace(sparkContext=MagicMock(), stop=MagicMock())

    def interrupted() -> None:
        try:
            raise KeyboardInterrupt
        finally:
            raise Py4JNetworkError("Answer from Java side is empty")

    with pytest.raises(KeyboardInterrupt), _stopped_at_the_end(spark):
        interrupted()
    with pytest.raises(Py4JNetworkError), _stopped_at_the_end(spark):
        raise Py4JNetworkError("Answer from Java side is empty")
    with pytest.raises(KeyboardInterrupt), _stopped_at_the_end(spark), map_spark_errors("a table"):
        interrupted()
    assert spark.stop.call_count == 3
