"""The bench of recipes runs on made news, and writes what it found as Markdown."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"


def test_a_quick_run_ends_with_its_figures_as_json():
    command = [sys.executable, str(BENCH / "compare_recipes.py"), "--quick", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    figures = json.loads(done.stdout.splitlines()[-1])
    assert [row["name"] for row in figures["rows"]] == ["linear"]
    assert (figures["resplits"], figures["patterns"]) == (2, ["isot.csv"])
    assert figures["rows"][0]["evaluation_gap"] == 0


def test_the_document_is_written_between_its_markers(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    compare_recipes = pytest.importorskip("compare_recipes")
    monkeypatch.setattr(compare_recipes, "DOCUMENT", tmp_path / "models.md")
    monkeypatch.setattr(
        compare_recipes, "shown_tables", lambda _: [compare_recipes.Shown("all", ["a", "b"], [["1", "2"]])]
    )
    compare_recipes.DOCUMENT.write_text(f"Before\n\n{compare_recipes.BEGIN}\nold\n{compare_recipes.END}\n\nAfter\n")
    compare_recipes.write_document({}, "python bench/compare_recipes.py")
    assert compare_recipes.DOCUMENT.read_text() == (
        f"Before\n\n{compare_recipes.BEGIN}\n\n```\npython bench/compare_recipes.py\n```\n\n"
        f"all\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n{compare_recipes.END}\n\nAfter\n"
    )
