"""A record as a reader yields it, and how values of any type become its text."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from newslabel.errors import DataError
from newslabel.ingest.columns import ColumnFinder

# Why a record has no fields; a reason of rejection like those of the quality rules.
MALFORMED_CSV = "malformed_csv"
MALFORMED_JSON = "malformed_json"
MALFORMED_ENCODING = "malformed_encoding"
TOO_LARGE = "too_large"  # more bytes than ingest.max_record_bytes
HTTP_ERROR = "http_error"  # a page that the server sent in place of the one asked for
UNKNOWN_COMPRESSION = "unknown_compression"  # a page that the server compressed in a way that nothing here undoes
BROKEN_PAGE = "broken_page"  # HTML that the extractor cannot take
BROKEN_FILE = "broken_file"  # here the file breaks off, and what stands behind cannot be read
# No reason: something of another kind, which is counted and not kept.
PASSED_OVER = "passed_over"

# A headline and a body keep their blanks: they are the article. All else is trimmed.
KEPT_AS_WRITTEN = ("title", "text")


class BrokenFileError(DataError):
    """A file breaks off within a record, of which `rest` is what is there."""

    def __init__(self, message: str, rest: str) -> None:
        super().__init__(message)
        self.rest = rest


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Attributes:
        finder: finds the fields among a file's columns or keys.
        encoding: of all text files; None finds out that of each.
        max_record_bytes: a larger record is not taken in, and only so much of it is kept.
    """

    finder: ColumnFinder
    encoding: str | None = None
    max_record_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file.

    Attributes:
        position: its number in the file, from 1.
        raw: what stood there, as text: the line itself, or the fields as JSON.
        fields: text by field; what is missing or blank is left out.
        problem: why there are no fields, one of the reasons above, else None.
    """

    position: int
    raw: str
    fields: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None


def fields_of(values: Sequence[object], places: Mapping[str, int]) -> dict[str, str]:
    """The record's fields as text, without those that are missing or blank.

    Args:
        values: a record's values, in the order of the file's columns.
        places: the place of each field among them.
    """
    texts = {name: as_text(values[place]) for name, place in places.items()}
    return {
        name: text if name in KEPT_AS_WRITTEN else text.strip()
        for name, text in texts.items()
        if text is not None and not text.isspace() and text
    }


def as_text(value: object) -> str | None:
    """A value as text: lists joined by commas, dates in ISO form, objects as JSON; null and NaN are None."""
    if isinstance(value, str):
        return valid_unicode(value)
    if value is None or value != value:  # noqa: PLR0124 - NaN alone differs from itself
        return None
    if isinstance(value, bool | Mapping):
        return valid_unicode(as_json(value))
    if isinstance(value, list | tuple):
        return ", ".join(text for text in map(as_text, value) if text)
    if isinstance(value, date):
        return value.isoformat()
    return valid_unicode(value.decode() if isinstance(value, bytes) else str(value))


def as_json(value: object) -> str:
    """A value as JSON on one line, of which types that JSON lacks are text."""
    return json.dumps(value, ensure_ascii=False, default=_text_for_json)


def row_as_json(names: Iterable[str], values: Iterable[object]) -> str:
    """A record of named columns as a JSON object; columns that have neither a name nor a value are left out."""
    named = {}
    for number, (name, value) in enumerate(zip(names, values, strict=True), start=1):
        if name.strip() and name not in named:
            named[name] = None if value != value else value  # noqa: PLR0124 - NaN, which is no JSON
        elif value not in (None, ""):
            named[f"{name.strip()}_{number}"] = value
    return as_json(named)


def valid_unicode(text: str) -> str:
    r"""The text with lone surrogates (JSON's "\ud800") replaced by U+FFFD, as Arrow and Spark take no others."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _text_for_json(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value.isoformat() if isinstance(value, date) else str(value)
