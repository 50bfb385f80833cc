"""Standard output: tables, in a pipe as wide as they need; and its reader, who may have had enough of it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from newslabel.logs import to_nowhere

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

UNBOUNDED_WIDTH = 100_000


class ReaderGoneError(Exception):
    """Who read standard output (head, say) has closed it: no error of ours, but there is nobody to print for."""


@contextmanager
def standard_output() -> Iterator[TextIO]:
    """Standard output, flushed at the end.

    Raises:
        ReaderGoneError: its reader is gone.
    """
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError as error:
        to_nowhere(sys.stdout)
        raise ReaderGoneError from error


def console() -> "Console":
    """Where tables are printed: as wide as the terminal; in a pipe there is no width to fit."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else UNBOUNDED_WIDTH)


def print_on(console: "Console", table: "Table") -> None:
    """Prints a table to standard output.

    Raises:
        ReaderGoneError: its reader is gone.
    """
    # a console that prints by itself would end the process where the pipe is broken
    with console.capture() as shown:
        console.print(table)
    with standard_output() as output:
        output.write(shown.get())
