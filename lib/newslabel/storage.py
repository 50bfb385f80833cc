"""Files wherever tables and bundles live: a folder, s3a://, hdfs://, gs:// or abfss://, by pyarrow's file systems.

Spark reads tables itself; this is for what lies beside them.
"""

import os
import shutil
import uuid
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import urlparse

import pyarrow as pa
import pyarrow.fs as pafs

from newslabel.errors import SettingsError


def filesystem(uri: str) -> tuple[pafs.FileSystem, str]:
    """The file system that a place is on, and the path there.

    Args:
        uri: a path, absolute or relative to the working directory, or a URI.

    Raises:
        SettingsError: a kind of URI that is not known, or no library for it.
    """
    if not is_remote(uri):
        return pafs.LocalFileSystem(), os.path.abspath(uri.removeprefix("file://"))  # noqa: PTH100 - keeps "..", links
    try:
        found: tuple[pafs.FileSystem, str] = pafs.FileSystem.from_uri(uri.replace("s3a://", "s3://", 1))
    except (pa.ArrowInvalid, OSError) as error:
        raise SettingsError(f"this place cannot be used: {error}. Received: {uri!r}") from error
    return found


def is_remote(uri: str) -> bool:
    """Whether the place is a URI other than file://."""
    scheme = urlparse(uri).scheme if "://" in uri else ""
    return scheme not in ("", "file")


def without_query(uri: str) -> str:
    """The place without a URI's options (`?region=…`), so that it ends in its name."""
    return uri.partition("?")[0] if is_remote(uri) else uri


def join(uri: str, *names: str) -> str:
    """The place `names` below `uri`."""
    return "/".join((uri.rstrip("/"), *names))


def exists(uri: str) -> bool:
    """Whether there is a file or a folder."""
    where, path = filesystem(uri)
    return bool(where.get_file_info(path).type != pafs.FileType.NotFound)


def is_file(uri: str) -> bool:
    """Whether there is a file."""
    where, path = filesystem(uri)
    return bool(where.get_file_info(path).type == pafs.FileType.File)


def list_names(uri: str) -> list[str]:
    """The names in a folder, sorted; none where there is no such folder."""
    where, path = filesystem(uri)
    return sorted(info.base_name for info in where.get_file_info(pafs.FileSelector(path, allow_not_found=True)))


def newest_change(uri: str) -> datetime | None:
    """When a folder, or a file in it, was changed last; None where there is no such folder."""
    where, path = filesystem(uri)
    infos = [where.get_file_info(path), *where.get_file_info(pafs.FileSelector(path, allow_not_found=True))]
    return max((info.mtime for info in infos if info.mtime), default=None)


def open_input(uri: str) -> pa.NativeFile:
    """A stream of the file's bytes, decompressed where its name ends in .gz, .bz2, .zst or .lz4."""
    where, path = filesystem(uri)
    return where.open_input_stream(path, compression="detect")


def read_bytes(uri: str) -> bytes:
    """A file's bytes as they are.

    Raises:
        OSError: no such file, or it cannot be read.
    """
    where, path = filesystem(uri)
    with where.open_input_stream(path, compression=None) as stream:
        data: bytes = stream.read()
        return data


def write_bytes(uri: str, data: bytes) -> None:
    """Writes a file whole or not at all: aside first, then renamed (object stores put it at once anyway)."""
    where, path = filesystem(uri)
    where.create_dir(os.path.dirname(path), recursive=True)  # noqa: PTH120 - a path of any file system
    aside = f"{path}.{uuid.uuid4().hex[:8]}.part"
    try:
        with where.open_output_stream(aside, compression=None) as stream:
            stream.write(data)
        where.move(aside, path)
    except OSError:
        with suppress(OSError):
            where.delete_file(aside)
        raise


def delete_folder(uri: str) -> None:
    """Deletes a folder with all in it; there need be none."""
    where, path = filesystem(uri)
    if where.get_file_info(path).type == pafs.FileType.Directory:
        where.delete_dir(path)


def upload_folder(folder: Path, uri: str) -> None:
    """Moves a local folder to a place that must not exist yet; on a local place it is there whole or not at all.

    Where that fails, the folder stays.
    """
    where, path = filesystem(uri)
    if is_remote(uri):
        pafs.copy_files(str(folder), path, destination_filesystem=where)
    else:
        _copy_whole(folder, Path(path))
    shutil.rmtree(folder)


def download_folder(uri: str, folder: Path) -> None:
    """Copies all files below a place into a local folder."""
    where, path = filesystem(uri)
    pafs.copy_files(path, str(folder), source_filesystem=where)


def _copy_whole(folder: Path, path: Path) -> None:
    aside = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        aside.mkdir(parents=True)
        pafs.copy_files(str(folder), str(aside))
        aside.rename(path)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
        raise
