"""The job scripts of a checkout: their names, what each says of itself, whether it works with Spark."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def find_jobs(home: Path) -> dict[str, Path]:
    """Every job's script by the job's name."""
    return {script.stem: script for script in sorted((home / "jobs").glob("[!_]*.py"))}


def summary(script: Path) -> str:
    """The first line of a script's docstring; empty where it has none."""
    return (ast.get_docstring(ast.parse(script.read_bytes())) or "").partition("\n")[0]


def starts_spark(script: Path, lib: Path) -> bool:
    """Whether a job can start Spark: it, or a module of newslabel that it imports, asks for `spark_session`.

    Read from the source, so that it cannot fall out of step with it and nothing need be imported.
    """
    seen: set[Path] = set()
    waiting = [script]
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        for node in ast.walk(ast.parse(file.read_bytes())):
            if not isinstance(node, ast.ImportFrom) or not node.module or not node.module.startswith("newslabel"):
                continue
            names = [alias.name for alias in node.names]
            if "spark_session" in names:
                return True
            waiting += _files(node.module, names, lib)
    return False


def _files(module: str, names: list[str], lib: Path) -> list[Path]:
    folder = lib.joinpath(*module.split("."))
    candidates = [folder.with_suffix(".py"), folder / "__init__.py", *(folder / f"{name}.py" for name in names)]
    return [file for file in candidates if file.is_file()]
