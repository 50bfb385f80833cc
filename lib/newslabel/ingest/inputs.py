"""What to read: files as they were named, and what is found in folders and by patterns."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from urllib.parse import quote

import pyarrow.fs as pafs

from newslabel.errors import DataError
from newslabel.ingest.readers import reader_of
from newslabel.logs import log_event
from newslabel.storage import filesystem, is_remote

UNQUOTED = "/=:@,;+&$!'()*~"  # the signs of names that mean nothing else in a URI
NAMED = 5  # of the files that are passed over, in the log


@dataclass(frozen=True)
class InputFile:
    """A file to read.

    Attributes:
        uri: a path or URI that every executor reaches.
        size_bytes: as it is stored.
        modified_at: when it was written, where the file system says so.
        named: whether it was named itself; else it was found in a folder or by a pattern.
    """

    uri: str
    size_bytes: int
    modified_at: datetime | None
    named: bool


def input_files(inputs: Sequence[str]) -> list[InputFile]:
    """The files to read, each once, in order of their names; local ones by their absolute paths, as executors need.

    Args:
        inputs: files, folders (with all below them) and patterns (*, ?, [ab], and ** for folders), as given.

    Raises:
        DataError: there is no such file, folder or match, it cannot be looked into, or no reader is known for the name
            of a file.
    """
    if not inputs:
        raise DataError("expected at least one input: a file, a folder or a pattern. Received: none")
    problems = []
    found: dict[str, InputFile] = {}
    for given in inputs:
        try:
            for file in _files_of(given):
                if file.named or file.uri not in found:
                    found[file.uri] = file
        except DataError as error:
            problems.append(f"{given}: {error}")
        except OSError as error:
            problems.append(f"{given}: expected a place that can be looked into. Received: {error}")
        except UnicodeError:
            problems.append(f"{given!r}: expected a name in UTF-8. Received: {given!r}")
    refuse(problems, len(inputs))
    return [found[uri] for uri in sorted(found)]


def _files_of(given: str) -> list[InputFile]:
    where, path = filesystem(given)
    there = where.get_file_info(path)
    as_named = there.type != pafs.FileType.NotFound  # else [ and ? are signs of a pattern
    folder, pattern = (path, ()) if as_named else _folder_and_pattern(path)
    if not pattern and there.type == pafs.FileType.NotFound:
        raise DataError(f"there is no such file or folder. Received: {given!r}")
    if not pattern and there.type != pafs.FileType.Directory:
        reader_of(given)
        return [InputFile(given if is_remote(given) else path, there.size, there.mtime, named=True)]
    below = [(info, info.path.removeprefix(folder)) for info in _files_below(where, folder)]
    matching = [(info, name) for info, name in below if _matches(name, pattern)]
    readable = [(info, name) for info, name in matching if _is_readable(name)]
    if len(readable) < len(matching):
        left = sorted({name for _, name in matching} - {name for _, name in readable})
        log_event(
            "files_passed_over", input=given, files=len(left), names=", ".join(left[:NAMED]), why="hidden, or no reader"
        )
    return [InputFile(_uri(given, folder, path, name), info.size, info.mtime, named=False) for info, name in readable]


def _uri(given: str, folder: str, path: str, name: str) -> str:
    """The place of a file below a folder, on the host and with the options of the URI that was given.

    Args:
        given: the folder or the pattern, as it was given.
        folder: the folder's path, by the file system.
        path: the path of what was given, by the file system.
        name: the file's path below the folder.
    """
    if not is_remote(given):
        return f"{folder}{name}"
    place, mark, options = given.partition("?")
    signs = path.removeprefix(folder)  # of a pattern, which is its own spelling
    return f"{place.removesuffix(signs).rstrip('/')}{quote(name, safe=UNQUOTED)}{mark}{options}"


def _files_below(where: pafs.FileSystem, folder: str) -> list[pafs.FileInfo]:
    if isinstance(where, pafs.LocalFileSystem):
        infos = where.get_file_info(_paths_below(folder))
    else:
        infos = where.get_file_info(pafs.FileSelector(folder, recursive=True, allow_not_found=True))
    return [info for info in infos if info.is_file]


def _paths_below(folder: str) -> list[str]:
    """All paths below a local folder, through links too, but each folder once: a link may lead back to where it is."""
    paths: list[str] = []
    seen: set[str] = set()
    to_walk = [folder]
    for start in to_walk:  # which grows by the links that are met, so that what is no link comes first
        for place, folders, names in os.walk(start, onerror=_raised):
            real = os.path.realpath(place)
            folders[:] = sorted(folders) if real not in seen else []
            paths += [f"{place}/{name}" for name in names if real not in seen]
            seen.add(real)
            to_walk += [f"{place}/{name}" for name in folders if os.path.islink(f"{place}/{name}")]  # noqa: PTH114
    told = [path for path in paths if _is_utf_8(path)]
    if len(told) < len(paths):
        log_event("files_passed_over", input=folder, files=len(paths) - len(told), why="their names are not UTF-8")
    return told


def _raised(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _is_utf_8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _folder_and_pattern(path: str) -> tuple[str, tuple[str, ...]]:
    """The folder to look in, and what must match below it: no pattern where the path is a plain one."""
    parts = path.split("/")
    plain = next((number for number, part in enumerate(parts) if any(sign in part for sign in "*?[")), len(parts))
    return "/".join(parts[:plain]), tuple(parts[plain:])


def _matches(below: str, pattern: tuple[str, ...]) -> bool:
    return not pattern or _parts_match(tuple(below.strip("/").split("/")), pattern)


def _parts_match(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_parts_match(parts[start:], pattern[1:]) for start in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _parts_match(parts[1:], pattern[1:])


def _is_readable(below: str) -> bool:
    """Whether a file that was found is one to read: none in a hidden place (.x, _x), where half-written ones lie."""
    if any(part.startswith((".", "_")) for part in below.strip("/").split("/")):
        return False
    try:
        reader_of(below)
    except DataError:
        return False
    return True


def refuse(problems: Sequence[str], n_inputs: int) -> None:
    """Raises DataError that lists the problems, where there are some."""
    if problems:
        listed = "".join(f"\n  {problem}" for problem in problems)
        raise DataError(f"{len(problems)} of {n_inputs} inputs cannot be used, so nothing was written:{listed}")
