"""Says on the terminal what is being done, a line a step with the seconds it took and what came of it."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager


class Steps:
    """The steps of a way, taken one after the other.

    Args:
        names: a word for each.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._done = 0
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    @contextmanager
    def next(self) -> Iterator[Callable[[str], None]]:
        """The next step, whose line is written when it is done; one that fails has none.

        Yields:
            A function to tell what came of it.
        """
        began, told = time.monotonic(), [""]
        yield told.append
        name, width = self._names[self._done], max(map(len, self._names))
        self._done += 1
        seconds = time.monotonic() - began
        sys.stdout.write(f"{self._done}/{len(self._names)}  {name:<{width}} {seconds:5.1f} s  {told[-1]}\n")
        sys.stdout.flush()
