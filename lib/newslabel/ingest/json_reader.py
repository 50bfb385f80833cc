"""JSON lines: one object a line."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from newslabel.errors import DataError
from newslabel.ingest.columns import ColumnFinder
from newslabel.ingest.records import (
    MALFORMED_ENCODING,
    MALFORMED_JSON,
    TOO_LARGE,
    BrokenFileError,
    Reading,
    Record,
    fields_of,
)
from newslabel.ingest.text_files import escaped, lines_of, open_text

KEY_SETS_REMEMBERED = 1000
KEYS_NAMED = 50
ARRAY = re.compile(r"\[\s*(\{|$)")  # of objects; a line of a log may begin with a bracket too
NO_JSON = object()


def read_json_lines(uri: str, reading: Reading) -> Iterator[Record]:
    """The records of a file of JSON lines; blank lines are none.

    Args:
        uri: the file, whose name tells whether it is compressed.
        reading: finds the fields among each object's keys, as they may differ from line to line, and may name the
            encoding.

    Raises:
        DataError: it is one JSON array, or no line at all has a required key, so that the file is something else; or it
            ends within a line.
        OSError: the file cannot be read.
    """
    keys = Keys(reading.finder)
    position = 0
    with open_text(uri, reading.encoding, newline="\n") as text:
        for line, whole in lines_of(text):
            content = line.strip()
            if content:
                position += 1
                if position == 1 and ARRAY.match(content):
                    raise DataError("expected one JSON object a line. Received: a JSON array")
                if whole and not line.endswith("\n") and keys.has_some:
                    _refuse_half_a_line(content)
                yield record_of_line(position, content, keys) if whole else _cut_off(position, content)
    keys.require(position)


class Keys:
    """Finds the fields of objects, and remembers what was found in the whole file."""

    def __init__(self, finder: ColumnFinder) -> None:
        self._finder = finder
        self._places: dict[tuple[str, ...], dict[str, int]] = {}
        self._fields: set[str] = set()
        self._keys: dict[str, None] = {}

    def places(self, keys: tuple[str, ...]) -> Mapping[str, int]:
        """The place of each field among an object's keys."""
        places = self._places.get(keys)
        if places is None:
            places = self._finder.find(keys)
            self._fields.update(places)
            # files whose every object has other keys must not fill the memory
            if len(self._places) < KEY_SETS_REMEMBERED:
                self._places[keys] = places
            if len(self._keys) < KEYS_NAMED:
                self._keys.update(dict.fromkeys(keys[:KEYS_NAMED]))
        return places

    @property
    def has_some(self) -> bool:
        """Whether there was an object with keys."""
        return bool(self._keys)

    def require(self, lines: int) -> None:
        """Refuses a file no line of which has the required fields."""
        if lines and not self._keys:
            raise DataError(f"expected one JSON object a line. Received: none in {lines} lines")
        if lines:
            self._finder.require(self._fields, self._keys)


def record_of_line(position: int, line: str, keys: Keys) -> Record:
    """The record that a line of JSON holds; with a problem where it holds none."""
    if escaped(line) is not line:
        return Record(position, escaped(line), problem=MALFORMED_ENCODING)
    content = _parsed(line)
    if not isinstance(content, dict):
        return Record(position, line, problem=MALFORMED_JSON)
    places = keys.places(tuple(content))
    try:
        return Record(position, line, fields_of(list(content.values()), places))
    except RecursionError:  # lists nested hundreds deep
        return Record(position, line, problem=MALFORMED_JSON)


def _cut_off(position: int, line: str) -> Record:
    return Record(position, escaped(line), problem=TOO_LARGE)


def _refuse_half_a_line(line: str) -> None:
    if _parsed(line) is NO_JSON:
        raise BrokenFileError(f"expected a whole line. Received: {line!r:.80} at the end of the file", escaped(line))


def _parsed(raw: str) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):  # RecursionError: brackets nested thousands deep
        return NO_JSON
