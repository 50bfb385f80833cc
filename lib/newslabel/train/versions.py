"""Which code trained a model."""

import subprocess
from importlib.metadata import version
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def code_version(package: Path = PACKAGE) -> str:
    """The package's version, and the commit where it runs from a checkout: 0.1.0+g1a2b3c4d5e6f; if edited, .changed.

    Args:
        package: the folder of the package.
    """
    released = version("newslabel")
    # installed inside another project's checkout, that one's commit would say nothing of us
    if _git(package, "ls-files", "--error-unmatch", "__init__.py") is None:
        return released
    commit = _git(package, "rev-parse", "--short=12", "HEAD")
    if commit is None:
        return released
    changed = ".changed" if _git(package, "diff", "--quiet", "HEAD", "--", ".") is None else ""
    return f"{released}+g{commit}{changed}"


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says, or None where it fails or is not there."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
