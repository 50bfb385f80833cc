"""What to read: files as they were named, and what is found in folders and by patterns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

import pyarrow.fs as pafs

from newslabel.errors import DataError
from newslabel.ingest.readers import reader_of
from newslabel.logs import log_event
from newslabel.storage import filesystem, is_remote


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
        DataError: there is no such file, folder or match, or no reader is known for the name of a file.
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
    refuse(problems, len(inputs))
    return [found[uri] for uri in sorted(found)]


def _files_of(given: str) -> list[InputFile]:
    where, path = filesystem(given)
    there = where.get_file_info(path)
    as_named = there.type != pafs.FileType.NotFound  # else [ and ? are signs of a pattern
    folder, pattern = (path, ()) if as_named else _folder_and_pattern(path)
    if not pattern and there.type != pafs.FileType.Directory:
        reader_of(given)
        if there.type == pafs.FileType.NotFound:
            raise DataError(f"there is no such file or folder. Received: {given!r}")
        return [_input_file(there, given, named=True)]
    below = where.get_file_info(pafs.FileSelector(folder, recursive=True, allow_not_found=True))
    matching = [info for info in below if info.is_file and _matches(info.path.removeprefix(folder), pattern)]
    readable = [info for info in matching if _is_readable(info.path.removeprefix(folder))]
    if len(readable) < len(matching):
        log_event("files_passed_over", input=given, files=len(matching) - len(readable), why="hidden, or no reader")
    return [_input_file(info, given, named=False) for info in readable]


def _input_file(info: pafs.FileInfo, given: str, *, named: bool) -> InputFile:
    scheme = given.partition("://")[0] + "://" if is_remote(given) else ""
    uri = given if named and scheme else f"{scheme}{info.path}"
    return InputFile(uri, info.size, info.mtime, named)


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
