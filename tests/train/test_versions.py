import subprocess
from pathlib import Path

import pytest

from newslabel.train.versions import code_version


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A package of one file, in a checkout of its own."""
    package = tmp_path / "lib" / "newslabel"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("# one\n")
    git(tmp_path, "init", "-q")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    return subprocess.run(
        ["git", "-C", str(folder), *who, *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "add", "lib")
    git(folder, "commit", "-q", "-m", "one")
    return git(folder, "rev-parse", "--short=12", "HEAD")


def test_a_checkout_names_its_commit(checkout):
    head = commit(checkout)
    assert code_version(checkout / "lib" / "newslabel") == f"0.1.0+g{head}"


def test_an_edited_checkout_says_so(checkout):
    head = commit(checkout)
    (checkout / "lib/newslabel/__init__.py").write_text("# two\n")
    assert code_version(checkout / "lib" / "newslabel") == f"0.1.0+g{head}.changed"


def test_a_package_that_a_repository_does_not_hold_has_no_commit(checkout):
    assert code_version(checkout / "lib" / "newslabel") == "0.1.0"


def test_a_package_outside_any_repository_has_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert code_version(tmp_path) == "0.1.0"


def test_no_git_at_all_is_no_error(checkout, monkeypatch):
    commit(checkout)
    monkeypatch.setenv("PATH", "")
    assert code_version(checkout / "lib" / "newslabel") == "0.1.0"
