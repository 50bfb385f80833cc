"""The corpus' tables as people name them in SQL, read by delta-rs: no Spark, no Java."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from pyarrow.dataset import FileSystemDataset, ParquetFragmentScanOptions, Scanner

from newslabel.errors import TableError
from newslabel.query.earlier import before_newest_version
from newslabel.query.locked import ROWS_PER_BATCH, QueryError
from newslabel.schemas import ARTICLES, DRIFT, FILES, LABELS, REJECTED, SHADOW_LABELS
from newslabel.settings import Settings
from newslabel.storage import filesystem, is_remote, join

ASKED_ABOUT = (ARTICLES, LABELS, REJECTED, SHADOW_LABELS, FILES, DRIFT)
BYTES_READ_AT_ONCE = 1 << 20
READ_AHEAD = 2  # files, and batches of each
CURRENT_LABELS = "current_labels"
EARLIER_LABELS = "earlier_labels"
MADE_BY = {
    ARTICLES.name: "ingest_articles",
    REJECTED.name: "ingest_articles",
    FILES.name: "ingest_articles",
    LABELS.name: "score_articles",
    SHADOW_LABELS.name: "score_articles --model VERSION",
    DRIFT.name: "score_articles",
    CURRENT_LABELS: "score_articles",
    EARLIER_LABELS: "score_articles --rescore, by another champion,",
}


class StreamedDataset(FileSystemDataset):
    """Files of which little is read ahead: Arrow's own reading takes half as much memory again (bench/query_memory.py).

    DuckDB asks it for the columns and the rows that a query needs.
    """

    def scanner(self, **asked: Any) -> Scanner:
        """A scanner of what is asked for."""
        options = ParquetFragmentScanOptions(pre_buffer=False, use_buffered_stream=True, buffer_size=BYTES_READ_AT_ONCE)
        return super().scanner(
            batch_size=ROWS_PER_BATCH,
            batch_readahead=READ_AHEAD,
            fragment_readahead=READ_AHEAD,
            fragment_scan_options=options,
            **asked,
        )


def readable_tables(settings: Settings, sql: str) -> dict[str, Any]:
    """Arrow datasets of those tables that there are, by name; a query reads of them what it needs.

    Args:
        settings: of the corpus.
        sql: the query; what labels were before the newest model version is looked for where it may ask for it.

    Raises:
        TableError: a table is there, but cannot be read.
    """
    places = {contract.name: _delta_place(settings, contract.name) for contract in ASKED_ABOUT}
    tables = {name: _dataset(name, place) for name, place in places.items() if _is_table(name, place)}
    if EARLIER_LABELS in sql.lower() and LABELS.name in tables:
        tables |= _earlier_labels(places[LABELS.name])
    return tables


def views_over(tables: Mapping[str, Any]) -> dict[str, str]:
    """The SQL of the views that those tables allow, by name."""
    return {CURRENT_LABELS: current_labels_sql()} if {ARTICLES.name, LABELS.name} <= set(tables) else {}


def current_labels_sql() -> str:
    """The SELECT over `labels` and `articles` of each story's newest labelled article, which Spark SQL reads too."""
    return files("newslabel.query").joinpath("current_labels.sql").read_text(encoding="utf-8")


@contextmanager
def naming_missing_tables(tables: Mapping[str, Any], unusable_views: Mapping[str, str]) -> Iterator[None]:
    """Turns the error of a query about a table that is not there yet into one that says which job makes it.

    Args:
        tables: those that there are.
        unusable_views: why a view could not be made over them, by its name.

    Raises:
        TableError: in place of such a QueryError.
    """
    try:
        yield
    except QueryError as error:
        missing = re.search(r"Table with name (\w+) does not exist", str(error))
        name = missing[1].lower() if missing else ""
        if name in unusable_views:
            raise TableError(
                f"{name} cannot be made of the tables that there are: {unusable_views[name]}. Received: {name!r}"
            ) from error
        if name not in MADE_BY or name in tables:
            raise
        raise TableError(f"there is no table {name} yet: {MADE_BY[name]} makes it. Received: {name!r}") from error


def _is_table(name: str, place: str) -> bool:
    try:
        return bool(DeltaTable.is_deltatable(place))
    except (DeltaError, OSError) as error:
        raise TableError(f"table {name} cannot be looked for: {error}. Received: {place!r}") from error


def _dataset(name: str, place: str) -> Any:
    with _readable(name, place):
        return _streamed(DeltaTable(place))


def _earlier_labels(place: str) -> dict[str, Any]:
    with _readable(EARLIER_LABELS, place):
        table = before_newest_version(place)
        return {EARLIER_LABELS: _streamed(table)} if table else {}


def _streamed(table: DeltaTable) -> StreamedDataset:
    dataset = table.to_pyarrow_dataset()
    return StreamedDataset(list(dataset.get_fragments()), dataset.schema, dataset.format, dataset.filesystem)


@contextmanager
def _readable(name: str, place: str) -> Iterator[None]:
    try:
        yield
    except (DeltaError, OSError, ValueError) as error:
        raise TableError(f"table {name} cannot be read: {error}. Received: {place!r}") from error


def _delta_place(settings: Settings, name: str) -> str:
    """The table's place as delta-rs takes it: a path, or a URI with a scheme that it knows."""
    place = join(settings.tables.root, name)
    return place.replace("s3a://", "s3://", 1) if is_remote(place) else filesystem(place)[1]
