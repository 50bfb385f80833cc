"""Every error that newslabel raises on purpose, and the exit code that a job ends with.

A message says what was wrong, where and what was expected, and ends with what was received.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import ClassVar


class NewslabelError(Exception):
    """The root of the tree; a job that meets one prints its message and ends with `exit_code`."""

    exit_code: ClassVar[int] = 1


class SettingsError(NewslabelError):
    """A setting, an option or a recipe is wrong. Mend it; trying again does not help."""

    exit_code = 2


class DataError(NewslabelError):
    """A file or the articles cannot be used as they are."""

    exit_code = 3


class BundleError(NewslabelError):
    """A model bundle is missing, changed, or made for something else."""

    exit_code = 4


class TableError(NewslabelError):
    """A table cannot be read or written, or breaks its contract."""

    exit_code = 5


class TransientError(NewslabelError):
    """Something outside did not answer; the same command may succeed later (EX_TEMPFAIL of sysexits.h)."""

    exit_code = 75


class Outcome(NewslabelError):  # noqa: N818 - an outcome is no error
    """No error, but a pipeline must stop here; each outcome has an exit code of its own."""


class GateRefusedOutcome(Outcome):
    """A model version did not pass the promotion gate."""

    exit_code = 10


class NoArticlesOutcome(Outcome):
    """A date that was named has no articles."""

    exit_code = 11


class DriftOutcome(Outcome):
    """Labels moved further than the settings allow."""

    exit_code = 12


EXIT_CODES: tuple[tuple[int, str], ...] = (
    (0, "done"),
    (SettingsError.exit_code, "a setting, an option or a recipe is wrong"),
    (DataError.exit_code, "input files or articles cannot be used"),
    (BundleError.exit_code, "a model bundle is missing, changed or unfit"),
    (TableError.exit_code, "a table cannot be read or written"),
    (GateRefusedOutcome.exit_code, "the promotion gate refused a version"),
    (NoArticlesOutcome.exit_code, "a date that was named has no articles"),
    (DriftOutcome.exit_code, "labels have drifted, and --fail-on-drift was given"),
    (TransientError.exit_code, "something did not answer: try again later"),
    (130, "stopped by Ctrl-C"),
)


@contextmanager
def os_errors_as(error_class: type[NewslabelError], problem: str, received: str) -> Iterator[None]:
    """Failures of a file system as an error of ours: a place that cannot be read or written, a disk that is full.

    Args:
        error_class: what they become.
        problem: what is wrong then, such as "the bundle cannot be read"; the system's reason follows it.
        received: the place, or the setting's value, with which the message ends.
    """
    try:
        yield
    except OSError as error:
        raise error_class(f"{problem}: {error}. Received: {received!r}") from error


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest known names, or all where none is near.

    Args:
        name: what was asked for.
        known: the names there are.

    Returns:
        " Did you mean 'a', 'b'?" or " Known: 'a', 'b', 'c'."
    """
    names = sorted(known)
    near = get_close_matches(name, names, n=3, cutoff=0.6)
    if near:
        return f" Did you mean {', '.join(map(repr, near))}?"
    return f" Known: {', '.join(map(repr, names))}." if names else ""
