import shutil
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


def test_an_encoder_that_the_family_cannot_read_ends_with_2_before_spark_starts(tmp_path: Path) -> None:
    recipe = (JOB.parents[1] / "conf" / "recipes" / "sms_dense.toml").read_text()
    (tmp_path / "sms_dense.toml").write_text(recipe.replace('"token_ids"', '"words_and_lengths"'))
    shutil.copytree(JOB.parents[1] / "conf" / "recipes" / "cleaning", tmp_path / "cleaning")
    options = [
        "--recipe",
        "sms_dense",
        "--settings",
        str(JOB.parents[1] / "conf" / "sms.toml"),
        "--set",
        f"corpus.recipes={tmp_path}",
    ]
    done = subprocess.run([sys.executable, str(JOB), *options], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "encoder must be 'token_ids', which the family 'dense' reads. Received: 'words_and_lengths'" in done.stderr
    assert "spark_started" not in done.stderr


def test_help_does_not_wait_for_pyspark_to_be_imported() -> None:
    command = [sys.executable, "-X", "importtime", str(JOB), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "typer" in imported
    assert "pyspark" not in imported
