"""JSON lines: one object a line."""

import codecs
import json
from collections.abc import Iterator, Mapping
from typing import Any

from newslabel.errors import DataError
from newslabel.ingest.columns import ColumnFinder
from newslabel.ingest.lines import lines_of, open_buffered
from newslabel.ingest.records import MALFORMED_ENCODING, MALFORMED_JSON, Record, fields_of

KEY_SETS_REMEMBERED = 1000
KEYS_NAMED = 50


def read_json_lines(uri: str, finder: ColumnFinder) -> Iterator[Record]:
    """The records of a file of JSON lines in UTF-8; blank lines are none.

    Args:
        uri: the file, whose name tells whether it is compressed.
        finder: finds the fields among each object's keys, as they may differ from line to line.

    Raises:
        DataError: it is one JSON array, or no line at all has a required key, so that the file is something else.
        OSError: the file cannot be read.
    """
    keys = _Keys(finder)
    position = 0
    with open_buffered(uri) as stream:
        for line in lines_of(stream):
            content = (line if position else line.removeprefix(codecs.BOM_UTF8)).strip()
            if content:
                position += 1
                _refuse_array(position, content)
                yield _record(position, content, keys)
    keys.require(position)


class _Keys:
    """Finds the fields of objects, and remembers what was found in the whole file."""

    def __init__(self, finder: ColumnFinder) -> None:
        self._finder = finder
        self._places: dict[tuple[str, ...], dict[str, int]] = {}
        self._fields: set[str] = set()
        self._keys: dict[str, None] = {}

    def places(self, keys: tuple[str, ...]) -> Mapping[str, int]:
        places = self._places.get(keys)
        if places is None:
            places = self._finder.find(keys)
            self._fields.update(places)
            if (
                len(self._places) < KEY_SETS_REMEMBERED
            ):  # files whose every object has other keys must not fill the memory
                self._places[keys] = places
            if len(self._keys) < KEYS_NAMED:
                self._keys.update(dict.fromkeys(keys[:KEYS_NAMED]))
        return places

    def require(self, lines: int) -> None:
        if lines and not self._keys:
            raise DataError(f"expected one JSON object a line. Received: none in {lines} lines")
        if lines:
            self._finder.require(self._fields, self._keys)


def _record(position: int, line: bytes, keys: _Keys) -> Record:
    try:
        raw = line.decode()
    except UnicodeDecodeError:
        return Record(position, line.decode("utf-8", "backslashreplace"), problem=MALFORMED_ENCODING)
    content = _parsed(raw)
    if not isinstance(content, dict):
        return Record(position, raw, problem=MALFORMED_JSON)
    return Record(position, raw, fields_of(list(content.values()), keys.places(tuple(content))))


def _refuse_array(position: int, content: bytes) -> None:
    if position == 1 and content.startswith(b"["):
        raise DataError("expected one JSON object a line. Received: a JSON array")


def _parsed(raw: str) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):  # RecursionError: brackets nested thousands deep
        return None
