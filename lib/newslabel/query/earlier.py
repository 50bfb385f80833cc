"""The labels as they were before the newest model version labelled anything, by time travel: what it changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
from deltalake import DeltaTable

# when the version that labelled last began to label what is labelled by it now
FIRST_OF_NEWEST = """
    SELECT epoch_us(min(scored_at)) FROM labels GROUP BY model_version ORDER BY max(scored_at) DESC LIMIT 1
"""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def before_newest_version(place: str, labels: Any) -> DeltaTable | None:
    """The table of labels as its newest model version found it; None where there were no labels before it.

    Args:
        place: the table's, as delta-rs takes it.
        labels: what it holds now, an Arrow dataset.

    Raises:
        DeltaError: its history does not go back so far any more.
    """
    began = _first_of_newest(labels)
    table = DeltaTable(place)
    if began is None or _made_at(table) > began:
        return None
    table.load_as_version(began)  # a label says when it was begun to be made, which is before its commit
    return table if table.file_uris() else None


def _first_of_newest(labels: Any) -> datetime | None:
    with duckdb.connect(":memory:") as connection:
        connection.register("labels", labels)
        rows = connection.sql(FIRST_OF_NEWEST).fetchall()
    return EPOCH + timedelta(microseconds=rows[0][0]) if rows else None


def _made_at(table: DeltaTable) -> datetime:
    """When the oldest commit that its history tells of was made."""
    return EPOCH + timedelta(milliseconds=min(commit["timestamp"] for commit in table.history()))
