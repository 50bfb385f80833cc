"""Text files: decompressed by their names, decoded as they are found to be, read a line at a time."""

import bz2
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from newslabel.ingest.encodings import encoding_of
from newslabel.ingest.stored import open_bytes
from newslabel.storage import without_query

READ_BYTES = 1024 * 1024
# Of a file that is cut off, Python's give all that is there before they raise; Arrow's lose what they were asked last.
OPENERS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        ".gz": gzip.open,
        ".bz2": bz2.open,
        ".zst": lambda stored: pa.CompressedInputStream(stored, "zstd"),
        ".lz4": lambda stored: pa.CompressedInputStream(stored, "lz4"),
    }
)
LAST_BYTES = 4
# A line or a CSV field beyond this is a file of another kind, or a quote left open: it must not fill the memory.
LONGEST_LINE = 64 * 1024 * 1024


class StoredStream(io.RawIOBase):
    """A file's bytes, decompressed by its name, a part at a time as they come.

    Damage is an OSError, by whichever library it was found, raised once all before it was given (by Python's).

    Attributes:
        last: the last bytes that were read.
    """

    def __init__(self, stored: io.RawIOBase, name: str) -> None:
        opener = OPENERS.get(PurePath(name).suffix.lower())
        opened = opener(stored) if opener else stored
        self._read: Callable[[int], bytes] = getattr(opened, "read1", opened.read)
        self.last = b""

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads into the buffer what comes next, and returns how many bytes; 0 at the end."""
        try:
            data = self._read(len(buffer))
        except (EOFError, zlib.error) as error:
            raise OSError(str(error)) from error
        buffer[: len(data)] = data
        self.last = (self.last + data[-LAST_BYTES:])[-LAST_BYTES:]
        return len(data)


@contextmanager
def open_stored(uri: str) -> Iterator[StoredStream]:
    """A file's bytes, decompressed by its name, closed at the end."""
    with open_bytes(uri) as stored:
        yield StoredStream(stored, without_query(uri))


@contextmanager
def open_text(uri: str, encoding: str | None, *, newline: str) -> Iterator[io.TextIOWrapper]:
    """A file's text; bytes that are not of its encoding come as lone surrogates, which cost their record, not the file.

    Of UTF-16 and UTF-32 they cost the file: what stands behind them cannot be told apart.

    Args:
        uri: the file.
        encoding: a name that Python knows; None finds it out.
        newline: as `open` has it.
    """
    if encoding is None:
        with open_stored(uri) as stream:
            encoding = encoding_of(stream)
    with open_stored(uri) as stream:
        buffered = io.BufferedReader(stream, READ_BYTES)
        with io.TextIOWrapper(buffered, encoding=encoding, errors="surrogateescape", newline=newline) as text:
            yield text


def lines_of(text: io.TextIOBase) -> Iterator[tuple[str, bool]]:
    """The text's lines, each with its line end, and whether it is whole: of one beyond LONGEST_LINE only the start."""
    while line := text.readline(LONGEST_LINE):
        whole = len(line) < LONGEST_LINE or line.endswith("\n")
        rest = "" if whole else line
        while rest and not rest.endswith("\n"):
            rest = text.readline(LONGEST_LINE)
        yield line, whole


def escaped(text: str) -> str:
    r"""The text itself, or with its undecodable bytes written as \xNN."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text
