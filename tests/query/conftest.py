"""Tables as the jobs leave them, written by delta-rs, so that no Spark starts."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from newslabel.query import query_labels
from newslabel.settings import Settings

DAY = date(2026, 11, 20)
NEXT_DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TIME = pa.timestamp("us", tz="UTC")
ARTICLES = pa.schema(
    [
        ("article_id", pa.string()), ("story_id", pa.string()), ("crawl_date", pa.date32()), ("published_at", TIME),
        ("source", pa.string()), ("url", pa.string()), ("author", pa.string()), ("title", pa.string()),
        ("text", pa.string()), ("label", pa.string()), ("content_hash", pa.string()), ("file", pa.string()),
        ("position", pa.int64()), ("batch_id", pa.string()), ("ingested_at", TIME),
    ]
)  # fmt: skip
LABELS = pa.schema(
    [
        ("article_id", pa.string()), ("story_id", pa.string()), ("crawl_date", pa.date32()), ("label", pa.string()),
        ("probability", pa.float64()), ("reason", pa.string()), ("n_tokens", pa.int32()),
        ("unknown_share", pa.float64()), ("why", pa.string()), ("recipe", pa.string()), ("model_version", pa.string()),
        ("scored_at", TIME), ("run_id", pa.string()),
    ]
)  # fmt: skip
REJECTED = pa.schema(
    [
        ("file", pa.string()), ("file_hash", pa.string()), ("position", pa.int64()), ("raw", pa.string()),
        ("reasons", pa.list_(pa.string())), ("batch_id", pa.string()), ("ingested_at", TIME),
        ("ingest_date", pa.date32()),
    ]
)  # fmt: skip
DRIFT = pa.schema(
    [
        ("crawl_date", pa.date32()), ("model_version", pa.string()), ("feature", pa.string()),
        ("statistic", pa.string()), ("value", pa.float64()), ("threshold", pa.float64()), ("alert", pa.bool_()),
        ("scored_at", TIME), ("run_id", pa.string()), ("computed_at", TIME),
    ]
)  # fmt: skip
TABLES = {
    "articles": (ARTICLES, "crawl_date"),
    "labels": (LABELS, "crawl_date"),
    "rejected": (REJECTED, "ingest_date"),
    "shadow_labels": (LABELS, "crawl_date"),
    "drift": (DRIFT, "crawl_date"),
}


@pytest.fixture
def write(settings: Settings) -> Callable[..., None]:
    """Adds rows to a table, or as a test says; columns that a row leaves out are null."""

    def append(name: str, rows: list[dict[str, Any]], **how: Any) -> None:
        schema, partition = TABLES[name]
        table = pa.Table.from_pylist(rows, schema)
        options = {"mode": "append", "partition_by": [partition]} | how
        write_deltalake(f"{settings.tables.root}/{name}", table, **options)

    return append


@pytest.fixture
def add_labelled(write: Callable[..., None]) -> Callable[..., None]:
    """Puts articles into both tables: id, day, probability, and what columns a test gives."""

    def add(article_id: str, day: date, probability: float | None, **columns: Any) -> None:
        label = "UNSURE" if probability is None else "FAKE" if probability >= 0.5 else "REAL"
        row = {
            "article_id": article_id, "story_id": article_id.partition("/")[0], "crawl_date": day, "ingested_at": NOON,
            "label": label, "probability": probability, "n_tokens": 3, "unknown_share": 0.25, "scored_at": NOON,
            "recipe": "by_hand", "model_version": "1", "title": f"Title of {article_id}", "source": "daily.example",
        } | columns  # fmt: skip
        write("articles", [{name: row.get(name) for name in ARTICLES.names} | {"label": None}])
        write("labels", [{name: row.get(name) for name in LABELS.names}])

    return add


@pytest.fixture
def ask(settings: Settings, capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., str]:
    """What query_labels prints."""

    def asking(**options: Any) -> str:
        capfdbinary.readouterr()
        query_labels(settings, **options)
        return capfdbinary.readouterr().out.decode()

    return asking


@pytest.fixture
def corpus(add_labelled: Callable[..., None], write: Callable[..., None]) -> None:
    """Five articles of four stories over two days, three rejected records, and figures of drift, two of which alert."""
    add_labelled("a", DAY, 0.91, url="https://daily.example/a")
    add_labelled("b/old", DAY, 0.2)
    add_labelled("b/new", NEXT_DAY, 0.8, source="weekly.example")
    add_labelled("c", NEXT_DAY, None, source=None, reason="empty_after_cleaning")
    add_labelled("d", NEXT_DAY, 0.1234)
    rejected = [
        {"file": "x.csv", "position": 7, "raw": '{"text": ""}', "reasons": ["empty_text"], "ingest_date": DAY},
        {"file": "x.csv", "position": 3, "raw": "{}", "reasons": ["empty_text", "unknown_label"], "ingest_date": DAY},
        {"file": "y.csv", "position": 1, "raw": "?", "reasons": ["malformed_json"], "ingest_date": NEXT_DAY},
    ]
    write("rejected", rejected)
    write("drift", [
        {"crawl_date": day, "model_version": "1", "feature": feature, "statistic": statistic, "value": value,
         "threshold": threshold, "alert": alert}
        for day, feature, statistic, value, threshold, alert in (
            (DAY, "probability", "psi", 0.123456, 0.25, False),
            (DAY, "articles", "of_median", 2.5, 2.0, True),
            (NEXT_DAY, "n_tokens", "psi", 0.987654, 0.25, True),
        )
    ])  # fmt: skip
