import subprocess
import sys
from pathlib import Path

import pytest

JOB = Path(__file__).resolve().parents[2] / "jobs" / "tokenize_articles.py"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--recipe", "glove_lst"], "there is no recipe 'glove_lst'"),
        (["--recipe", "glove_lstm", "--split", "files"], "--split files takes --test-files as well"),
        (["--recipe", "glove_lstm", "--test-files", "a.csv"], "--test-files goes with --split files"),
        (["--recipe", "glove_lstm", "--split", "folds", "--folds", "5", "--fold", "6"], "Received: 6 of 5"),
        (["--recipe", "glove_lstm", "--split", "random"], "Invalid value for '--split'"),
    ],
)
def test_wrong_options_end_with_2_before_spark_starts(options: list[str], message: str) -> None:
    done = subprocess.run([sys.executable, str(JOB), *options], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert "spark_started" not in done.stderr
