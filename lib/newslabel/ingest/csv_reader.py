"""CSV with a header, whatever stands between the fields, and newlines allowed in quotes."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from newslabel.errors import DataError
from newslabel.ingest.columns import ColumnFinder
from newslabel.ingest.records import (
    MALFORMED_CSV,
    MALFORMED_ENCODING,
    BrokenFileError,
    Reading,
    Record,
    as_json,
    fields_of,
    row_as_json,
)
from newslabel.ingest.text_files import LONGEST_LINE, escaped, lines_of, open_text

DELIMITERS = (",", "\t", ";", "|")
HEADER_LINES = 20  # at most, in quotes


def read_csv(uri: str, reading: Reading) -> Iterator[Record]:
    """The records of a CSV file.

    What stands between the fields is that of DELIMITERS by which most of the fields that are looked for are found.

    Args:
        uri: the file, whose name tells whether it is compressed.
        reading: finds the fields in the header, and may name the encoding.

    Raises:
        DataError: a required column is missing, or the file ends inside a quoted field.
        OSError: the file cannot be read.
    """
    csv.field_size_limit(LONGEST_LINE)  # the process', as csv has no other; its default cuts at 128 kB
    with open_text(uri, reading.encoding, newline="") as text:
        lines = _whole(lines_of(text))
        head = list(islice(lines, HEADER_LINES))
        rows = _rows(_Lines(chain(head, lines)), _delimiter(head, reading.finder))
        header = [escaped(name) for name in next(rows, [])]
        places = reading.finder.find(header)
        reading.finder.require(places, header)
        for position, row in enumerate(rows, start=1):
            yield _record(position, row, header, places)


def _delimiter(head: Sequence[str], finder: ColumnFinder) -> str:
    def fields_found(delimiter: str) -> int:
        try:
            return len(finder.find(next(csv.reader(head, delimiter=delimiter), [])))
        except csv.Error:  # by another one it may be no quote that opens here
            return 0

    return max(DELIMITERS, key=fields_found)


def _rows(lines: "_Lines", delimiter: str) -> Iterator[list[str]]:
    """The rows that are not blank. Python's csv yields a record cut off in a quote like any other; this does not."""
    try:
        for row in csv.reader(lines, delimiter=delimiter):
            if lines.at_end:
                message = f"expected a quote that closes. Received: the end of the file in a record of {row!r:.80}"
                raise BrokenFileError(message, escaped(as_json(row)))
            if row:
                yield row
    except csv.Error as error:
        raise DataError(f"expected CSV. Received: {error}") from error


class _Lines:
    """Lines that know whether the end was met: a row that csv yields after that was not complete."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.at_end = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None:
            self.at_end = True
            raise StopIteration
        return line


def _whole(lines: Iterable[tuple[str, bool]]) -> Iterator[str]:
    for line, whole in lines:
        if not whole:  # where the next record begins cannot be told
            raise DataError(f"expected lines of at most {LONGEST_LINE} characters. Received: {line!r:.80}")
        yield line


def _record(position: int, row: Sequence[str], header: Sequence[str], places: Mapping[str, int]) -> Record:
    fitted = row[: len(header)] if not any(row[len(header) :]) else row  # spreadsheets add empty columns
    if len(fitted) != len(header):
        return Record(position, escaped(as_json(row)), problem=MALFORMED_CSV)
    raw = row_as_json(header, fitted)
    if escaped(raw) is not raw:
        return Record(position, escaped(raw), problem=MALFORMED_ENCODING)
    return Record(position, raw, fields_of(fitted, places))
