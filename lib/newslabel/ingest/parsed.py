"""What Python has to say of a record's fields, all of it where the file is read.

Each Python function that Spark calls by itself has workers of its own, and hands every text over and back: five such
functions took longer than reading.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa

from newslabel.ingest.dates import names_no_day, parse_crawl_date, parse_time
from newslabel.ingest.identity import canonical_url
from newslabel.ingest.language import language_if_doubtful
from newslabel.ingest.mojibake import is_mojibake, repaired

ADDED = pa.schema(
    [
        ("own_crawl_date", pa.date32()),
        ("published_time", pa.timestamp("us", tz="UTC")),
        ("is_no_day", pa.bool_()),
        ("canonical_url", pa.string()),
        ("is_mojibake", pa.bool_()),
        ("language", pa.string()),
    ]
)
SPARK_TYPES = {
    pa.string(): "string",
    pa.int64(): "bigint",
    pa.date32(): "date",
    pa.bool_(): "boolean",
    pa.timestamp("us", tz="UTC"): "timestamp",
}


@dataclass(frozen=True)
class Parsing:
    """How fields are understood.

    Attributes:
        zone: where a crawl date begins and ends.
        repair: whether mojibake in title and text is repaired.
        languages: whether the language of a doubtful text is found out.
    """

    zone: ZoneInfo
    repair: bool = True
    languages: bool = True


def parsed(batches: Iterator[pa.RecordBatch], parsing: Parsing) -> Iterator[pa.RecordBatch]:
    """The batches with title and text repaired, and the columns of ADDED.

    Args:
        batches: of records, each with title, text, url, published_at and crawl_date, as text or null.
        parsing: how they are understood.
    """
    for batch in batches:
        yield _parsed(batch, parsing)


def spark_schema(schema: pa.Schema) -> str:
    """A schema of Arrow as Spark's SQL writes it."""
    return ", ".join(f"{field.name} {SPARK_TYPES[field.type]}" for field in schema)


def _parsed(batch: pa.RecordBatch, parsing: Parsing) -> pa.RecordBatch:
    titles, texts = (_texts(batch, name, repair=parsing.repair) for name in ("title", "text"))
    published = batch["published_at"].to_pylist()
    columns = {
        **dict(zip(batch.schema.names, batch.columns, strict=True)),
        "title": titles,
        "text": texts,
        "own_crawl_date": [_day(text, parsing.zone) for text in batch["crawl_date"].to_pylist()],
        "published_time": [_time(text) for text in published],
        "is_no_day": [bool(text) and names_no_day(text) for text in published],
        "canonical_url": [url and canonical_url(url) for url in batch["url"].to_pylist()],
        "is_mojibake": [is_mojibake(title) or is_mojibake(text) for title, text in zip(titles, texts, strict=True)],
        "language": [language_if_doubtful(text) if parsing.languages else None for text in texts],
    }
    return pa.RecordBatch.from_pydict(columns, schema=pa.schema([*batch.schema, *ADDED]))


def _texts(batch: pa.RecordBatch, name: str, *, repair: bool) -> list[str | None]:
    texts: list[str | None] = batch[name].to_pylist()
    return [repaired(text) for text in texts] if repair else texts


def _day(text: str | None, zone: ZoneInfo) -> date | None:
    return parse_crawl_date(text, zone) if text else None


def _time(text: str | None) -> datetime | None:
    return parse_time(text) if text else None
