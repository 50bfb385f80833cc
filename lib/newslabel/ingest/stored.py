"""A file's bytes as they are stored: a storage that does not give them is told from damage in what it gives."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from newslabel.storage import filesystem


class UnreadableError(OSError):
    """The storage gives no bytes: no such file, no permission, a network that is down. It may tomorrow."""


class StoredBytes(io.RawIOBase):
    """A file's bytes, of which none are missing unless it says so by an UnreadableError."""

    def __init__(self, file: pa.NativeFile) -> None:
        self._file = file

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """Whether it was opened to be."""
        return bool(self._file.seekable())

    def read(self, size: int = -1) -> bytes:
        """As many bytes as are asked for, all for -1, fewer only at the end."""
        with _unreadable():
            data: bytes = self._file.read(None if size < 0 else size)
            return data

    def readinto(self, buffer: Any) -> int:
        """Reads into the buffer what comes next, and returns how many bytes; 0 at the end."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Goes to a place, and returns it."""
        with _unreadable():
            return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        """The place where it is."""
        return int(self._file.tell())


@contextmanager
def open_bytes(uri: str, *, seekable: bool = False) -> Iterator[StoredBytes]:
    """A file's bytes, not decompressed, closed at the end.

    Args:
        uri: a path or a URI.
        seekable: whether they are read here and there; else from the beginning on.

    Raises:
        UnreadableError: the storage does not give them; so does what is yielded.
    """
    where, path = filesystem(uri)
    with _unreadable():
        file = where.open_input_file(path) if seekable else where.open_input_stream(path, compression=None)
    with file:
        yield StoredBytes(file)


@contextmanager
def _unreadable() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise UnreadableError("there is no such file") from error
    except OSError as error:
        raise UnreadableError(f"expected a file that can be opened and read. Received: {error}") from error
