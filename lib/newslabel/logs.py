"""One line an event, `key=value`, on standard error; and progress as a bar on a terminal, as lines elsewhere."""

import json
import os
import re
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import TextIO

SECONDS_BETWEEN_LINES = 30.0
# whatever could end a line, move a terminal's cursor or reverse its text
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@cache
def run_id() -> str:
    """The id of this process' run, in every log line, commit and label: 12 hexadecimal digits."""
    return uuid.uuid4().hex[:12]


def log_event(event: str, **fields: object) -> None:
    """Writes one line to standard error: time, event, run_id and the fields as key=value."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    pairs = "".join(f" {key}={_value(value)}" for key, value in fields.items())
    write_error(f"{now} event={event} run_id={run_id()}{pairs}\n")


def write_error(lines: str) -> None:
    """Writes to standard error; who reads it may be gone, which ends no work."""
    try:
        sys.stderr.write(lines)
        sys.stderr.flush()
    except BrokenPipeError:
        to_nowhere(sys.stderr)


def to_nowhere(stream: TextIO) -> None:
    """Sends to nowhere what a stream still holds and is still given, as nobody reads it any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def printable(text: str, *, keep_lines: bool = False) -> str:
    """The text with control and direction characters replaced by U+FFFD, safe on a terminal and in a log.

    Args:
        text: whatever came from outside.
        keep_lines: leave line feeds as they are, for messages of our own that have several lines.
    """
    if keep_lines:
        return "\n".join(printable(line) for line in text.split("\n"))
    return UNPRINTABLE.sub("\ufffd", text)


@contextmanager
def progress(description: str, total: int) -> Iterator[Callable[[int], None]]:
    """A function that advances the progress shown: a bar on a terminal, else a line every 30 s.

    Args:
        description: what is being done, a few words.
        total: how many steps there are.
    """
    if sys.stderr.isatty():
        with _bar(description, total) as advance:
            yield advance
    else:
        with _lines(description, total) as advance:
            yield advance


@contextmanager
def _bar(description: str, total: int) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(description, total=total)
        yield lambda steps: bar.advance(task, steps)


@contextmanager
def _lines(description: str, total: int) -> Iterator[Callable[[int], None]]:
    done, is_over = 0, threading.Event()

    def advance(steps: int) -> None:
        nonlocal done
        done += steps

    def tell() -> None:
        while not is_over.wait(SECONDS_BETWEEN_LINES):
            log_event("progress", what=description, done=done, total=total)

    # a step may take hours, in which nobody calls `advance`
    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield advance
    finally:
        is_over.set()
        teller.join()


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    text = printable(str(value))
    return json.dumps(text, ensure_ascii=False) if not text or re.search(r'[\s"=]', text) else text
