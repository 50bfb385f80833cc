"""Writes records as crawlers leave them: CSV, gzipped JSON lines and Parquet, each with names of its own.

Equal records give equal bytes (Parquet: with the same pyarrow).
"""

import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from newslabel.demo.records import Record

# what a format calls each field of a record, and the classes
CSV_NAMES = {
    "title": "title",
    "text": "text",
    "label": "label",
    "url": "url",
    "author": "author",
    "source": "source",
    "published_at": "published_at",
    "crawl_date": "crawl_date",
}
JSON_NAMES = {
    "url": "link",
    "source": "site",
    "author": "authors",
    "title": "headline",
    "text": "body",
    "label": "class",
    "published_at": "published",
    "crawl_date": "crawled_at",
}
PARQUET_NAMES = {
    "source": "domain",
    "title": "title",
    "text": "content",
    "author": "byline",
    "url": "url",
    "label": "target",
    "published_at": "date",
    "crawl_date": "scraped_at",
}
JSON_CLASSES = {"FAKE": "fake", "REAL": "true"}
PARQUET_CLASSES = {"FAKE": "1", "REAL": "0"}


def write_csv(records: Sequence[Record], path: Path) -> None:
    """Writes a CSV file; of a malformed record the last three fields are missing."""
    names = _names(CSV_NAMES, records)
    with path.open("wb") as file:
        file.write(_csv_line(list(names.values())))
        for record in records:
            values = [getattr(record, field) or "" for field in names]
            line = _csv_line(values[:-3] if record.kind == "malformed" else values)
            file.write(_spoilt(line, record))


def write_json_lines(records: Sequence[Record], path: Path) -> None:
    """Writes gzipped JSON lines; a malformed record's line is cut in the middle."""
    names = _names(JSON_NAMES, records)
    # no name and no time of writing in gzip's header: they would make each file another
    with path.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as file:
        for record in records:
            values = _values(record, names, JSON_CLASSES)
            line = json.dumps(values, ensure_ascii=False).encode()
            file.write(_spoilt(line[: len(line) // 2] if record.kind == "malformed" else line, record) + b"\n")


def write_parquet(records: Sequence[Record], path: Path) -> None:
    """Writes a Parquet file, all columns strings."""
    names = _names(PARQUET_NAMES, records)
    rows = [_values(record, names, PARQUET_CLASSES) for record in records]
    schema = pa.schema([(name, pa.string()) for name in names.values()])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)


def _names(names: Mapping[str, str], records: Sequence[Record]) -> Mapping[str, str]:
    """A crawl that nobody has labelled has no such column."""
    labelled = any(record.label for record in records)
    return {field: name for field, name in names.items() if labelled or field != "label"}


def _values(record: Record, names: Mapping[str, str], classes: Mapping[str, str]) -> dict[str, str | None]:
    values = {name: getattr(record, field) for field, name in names.items()}
    if "label" in names:
        values[names["label"]] = classes.get(record.label or "", record.label)
    return values


def _csv_line(values: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue().encode()


def _spoilt(line: bytes, record: Record) -> bytes:
    """An undecodable record's accents as ISO-8859-1 has them, in a file that is UTF-8."""
    return line.replace("é".encode(), "é".encode("iso-8859-1")) if record.kind == "undecodable" else line
