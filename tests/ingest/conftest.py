"""Files that a crawler could have left, and what the tables hold after them."""

import csv
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from newslabel.schemas import ARTICLES, FILES, REJECTED, TableContract
from newslabel.settings import Settings
from newslabel.table_making import create_table
from newslabel.tables import read_table, table_path

COLUMNS = ("title", "text", "label", "crawl_date")
# what may differ between two ways to the same tables
OF_THE_RUN = {"batch_id", "ingested_at", "ingest_date"}

WriteCsv = Callable[..., str]
Contents = Callable[..., list[tuple[object, ...]]]


@pytest.fixture(scope="session")
def empty_tables(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables that ingestion makes, which takes longer than copying them."""
    folder = tmp_path_factory.mktemp("empty")
    for contract in (ARTICLES, REJECTED, FILES):
        create_table(spark, str(folder / contract.name), contract)
    return folder


@pytest.fixture
def settings(settings: Settings, empty_tables: Path) -> Settings:
    """Settings by which the tables are there, and empty."""
    shutil.copytree(empty_tables, settings.tables.root)
    return settings


@pytest.fixture
def write_csv(tmp_path: Path) -> WriteCsv:
    """Writes rows of title, text, label, crawl_date; a title alone gets a text and the label FAKE."""

    def write(name: str, *rows: str | Sequence[str]) -> str:
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, *(_row(row) for row in rows)])
        return str(tmp_path / name)

    return write


@pytest.fixture
def contents(spark: SparkSession) -> Contents:
    """What a table holds, sorted: the columns named, or all but those that tell of the run."""

    def read(settings: Settings, contract: TableContract, *columns: str) -> list[tuple[object, ...]]:
        table = read_table(spark, table_path(settings, contract), contract)
        chosen = columns or tuple(name for name in contract.column_names if name not in OF_THE_RUN)
        return sorted(
            (tuple(row) for row in table.select(*chosen).collect()), key=lambda row: [str(value) for value in row]
        )

    return read


@pytest.fixture
def both_tables(contents: Contents) -> Callable[[Settings], list[list[tuple[object, ...]]]]:
    """What articles and rejected hold."""
    return lambda settings: [contents(settings, contract) for contract in (ARTICLES, REJECTED)]


def _row(row: str | Sequence[str]) -> Sequence[str]:
    text = f"This is the complete story of {row}, which the mayor told to all of us."
    return (row, text, "fake", "2026-11-20") if isinstance(row, str) else row
