import subprocess
import sys
from pathlib import Path

import pytest

JOB = Path(__file__).resolve().parents[2] / "jobs" / "tokenize_articles.py"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--recipe", "glove_lst"], "there is no recipe 'glove_lst'"),
        (["--set", "corpus.recipe=glove_gr"], "there is no recipe 'glove_gr'"),
        (["--recipe", "glove_lstm", "--split", "files"], "--split files takes --test-files as well"),
    ],
)
def test_wrong_options_end_with_2_before_spark_starts(options: list[str], message: str) -> None:
    done = subprocess.run([sys.executable, str(JOB), *options], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert "spark_started" not in done.stderr


def test_help_does_not_wait_for_pyspark_to_be_imported() -> None:
    command = [sys.executable, "-X", "importtime", str(JOB), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "typer" in imported
    assert "pyspark" not in imported
