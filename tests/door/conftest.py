"""A small checkout with the real front door, whose jobs are the test's own."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

SHOW = '''"""Shows what a job is given.

More words, which are not listed.
"""
import json, os, sys
from newslabel.session import spark_session

print(json.dumps({"words": sys.argv[1:], "folder": os.getcwd(), "environ": dict(os.environ)}))
'''
PLAIN = '"""Ends with the exit code that it is given."""\nimport sys\n\nsys.exit(int(sys.argv[1]))\n'


@dataclass(frozen=True)
class House:
    folder: Path

    def run(self, *words: str, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.folder / "spark-submit.sh"), *words]
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("SPARK", "PYSPARK"))}
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=cwd, timeout=300, env={**inherited, **environ}
        )

    def add_job(self, name: str, source: str) -> None:
        (self.folder / "jobs" / f"{name}.py").write_text(source, encoding="utf-8")


@pytest.fixture
def house(tmp_path: Path) -> House:
    """The door of this checkout in a folder of its own, with two jobs: show_words and give_code."""
    folder = tmp_path / "house"
    (folder / "jobs").mkdir(parents=True)
    shutil.copytree(CHECKOUT / "tools", folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(CHECKOUT / "conf", folder / "conf")
    for file in ("spark-submit.sh", "Makefile", "requirements.txt", "constraints.txt"):
        shutil.copy2(CHECKOUT / file, folder / file)
    (folder / "lib").symlink_to(CHECKOUT / "lib")
    (folder / ".venv").symlink_to(sys.prefix)
    house = House(folder)
    house.add_job("show_words", SHOW)
    house.add_job("give_code", PLAIN)
    return house
