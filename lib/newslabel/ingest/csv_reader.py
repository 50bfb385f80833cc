"""CSV with a header, a comma between fields, and newlines allowed in quotes."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from newslabel.errors import DataError
from newslabel.ingest.columns import ColumnFinder
from newslabel.ingest.lines import MAX_RECORD_BYTES, lines_of, open_buffered
from newslabel.ingest.records import MALFORMED_CSV, MALFORMED_ENCODING, Record, as_json, fields_of, row_as_json


def read_csv(uri: str, finder: ColumnFinder) -> Iterator[Record]:
    """The records of a CSV file in UTF-8, with or without a byte-order mark.

    Args:
        uri: the file, whose name tells whether it is compressed.
        finder: finds the fields in the header.

    Raises:
        DataError: a required column is missing, or the file ends inside a quoted field.
        OSError: the file cannot be read.
    """
    with open_buffered(uri) as stream:
        # bytes that are not UTF-8 come as lone surrogates, which cost their own record, not the file
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        rows = _rows(text)
        header = [_escaped(name) for name in next(rows, [])]
        places = finder.find(header)
        finder.require(places, header)
        for position, row in enumerate(rows, start=1):
            yield _record(position, row, header, places)


def _rows(text: io.TextIOWrapper) -> Iterator[list[str]]:
    """The rows that are not blank. Python's csv yields a record cut off in a quote like any other; this does not."""
    csv.field_size_limit(MAX_RECORD_BYTES)  # the process', as csv has no other; its default cuts at 128 kB
    lines = _Lines(text)
    try:
        for row in csv.reader(lines):
            if lines.at_end:
                raise DataError(
                    f"expected a quote that closes. Received: the end of the file in a record of {row!r:.80}"
                )
            if row:
                yield row
    except csv.Error as error:
        raise DataError(f"expected CSV. Received: {error}") from error


class _Lines:
    """Lines that know whether the end was met: a row that csv yields after that was not complete."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._lines = lines_of(text)
        self.at_end = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None:
            self.at_end = True
            raise StopIteration
        return line


def _record(position: int, row: Sequence[str], header: Sequence[str], places: Mapping[str, int]) -> Record:
    if len(row) != len(header):
        return Record(position, _escaped(as_json(row)), problem=MALFORMED_CSV)
    raw = row_as_json(header, row)
    if _escaped(raw) is not raw:
        return Record(position, _escaped(raw), problem=MALFORMED_ENCODING)
    return Record(position, raw, fields_of(row, places))


def _escaped(text: str) -> str:
    r"""The text itself, or with its undecodable bytes written as \xNN."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text
