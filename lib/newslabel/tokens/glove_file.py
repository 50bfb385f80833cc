"""The lines of a file of word vectors, wherever it is and however it is packed."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from newslabel.errors import DataError
from newslabel.storage import filesystem, is_file, open_input

BYTES_AT_ONCE = 1 << 20
DEFAULT_WIDTH = "100d"
UNREADABLE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error, pa.ArrowException)


@contextmanager
def glove_lines(uri: str) -> Iterator[Iterable[bytes]]:
    """The file's lines, unpacked as they are read.

    Args:
        uri: a text file, plain or .gz; or a .zip archive, in which `#` names the file.

    Raises:
        DataError: no such file, a broken one, or an archive that does not say which file is meant.
    """
    archive, hash_sign, member = uri.partition(".zip#")
    place = archive + ".zip" if hash_sign else uri
    try:
        if not is_file(place):
            raise DataError(f"there is no such GloVe file. Received: {place!r}")
        with _in_archive(place, member) if place.endswith(".zip") else open_input(place) as stream:
            yield io.BufferedReader(stream, BYTES_AT_ONCE)
    except UNREADABLE as error:
        raise DataError(f"the GloVe file cannot be read: {error}. Received: {uri!r}") from error


@contextmanager
def _in_archive(place: str, member: str) -> Iterator[Any]:
    where, path = filesystem(place)
    with (
        where.open_input_file(path) as file,
        zipfile.ZipFile(file) as archive,
        archive.open(_chosen(archive.namelist(), member, place)) as stream,
    ):
        yield stream


def _chosen(names: list[str], member: str, place: str) -> str:
    """The file asked for; without a wish the only text file, or of several the one of 100 numbers a word."""
    texts = [name for name in names if name.endswith(".txt")]
    wanted = [name for name in texts if len(texts) == 1 or DEFAULT_WIDTH in name]
    candidates = [name for name in names if name == member] if member else wanted
    if len(candidates) != 1:
        known = ", ".join(f"{place}#{name}" for name in texts) or "it has no .txt file"
        raise DataError(f"name the file of the archive that is meant: {known}. Received: {member or place!r}")
    return candidates[0]
