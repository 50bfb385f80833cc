"""The lines of a text file, one at a time, wherever the file is and whether compressed or not."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, AnyStr

from newslabel.errors import DataError
from newslabel.storage import open_input

READ_BYTES = 1024 * 1024
# A line or a CSV field beyond this is a file of another kind, or a quote left open: it must not fill the memory.
MAX_RECORD_BYTES = 64 * 1024 * 1024


@contextmanager
def open_buffered(uri: str) -> Iterator[io.BufferedReader]:
    """A file's bytes, decompressed by its name, closed at the end."""
    with open_input(uri) as stream, io.BufferedReader(stream, READ_BYTES) as buffered:
        yield buffered


def lines_of(stream: IO[AnyStr]) -> Iterator[AnyStr]:
    """The stream's lines, each with its line end.

    Raises:
        DataError: a line longer than MAX_RECORD_BYTES.
    """
    number = 0
    while line := stream.readline(MAX_RECORD_BYTES):
        number += 1
        if len(line) == MAX_RECORD_BYTES:
            raise DataError(f"expected lines of at most {MAX_RECORD_BYTES} bytes. Received: a longer line {number}")
        yield line
