"""The weekly job: looks after every table of the corpus that there is, whatever else runs beside it."""

from dataclasses import dataclass
from typing import ClassVar

from pyspark.sql import SparkSession

from newslabel.errors import TableError
from newslabel.logs import log_event, progress
from newslabel.maintain.compaction import compacted, crowded_partitions
from newslabel.maintain.vacuum import remove_unneeded_files, unneeded_files
from newslabel.schemas import ARTICLES, DRIFT, FILES, LABELS, REJECTED, SHADOW_LABELS, TableContract
from newslabel.settings import Settings
from newslabel.spark_errors import map_spark_errors
from newslabel.table_making import exists
from newslabel.tables import table_path

# examples/ID is left out: it is written once, by one commit, so that it has neither small files nor old ones
MAINTAINED = (ARTICLES, REJECTED, FILES, LABELS, SHADOW_LABELS, DRIFT)


@dataclass(frozen=True)
class MaintainedTable:
    """What became of a table, or what would with `dry_run`.

    Attributes:
        name: of the table.
        partitions: how many had several files, which are made into fewer.
        files_before: files of its newest version, before.
        files_after: the same after.
        bytes_before: their size, before.
        bytes_after: the same after.
        removed: files removed that were not needed any more, for as long as the table keeps such files.
    """

    COLUMNS: ClassVar = ("table", "partitions", "files", "then", "bytes", "then", "files removed")

    name: str
    partitions: int
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    removed: int

    def shown(self) -> tuple[str | int, ...]:
        """What is to be shown, a value for each of COLUMNS."""
        return tuple(vars(self).values())


def maintain_tables(spark: SparkSession, settings: Settings, *, dry_run: bool = False) -> list[MaintainedTable]:
    """Compacts the tables' partitions, a commit each, and removes files that are not needed any more.

    Rows stay as they are, and nothing becomes due. Other jobs may write at the same time: a partition that one of them
    changes meanwhile is left to the next time; where it loses to a compaction, it tries again, as it does beside any
    job. The statistics by which queries skip files are written with every file, by Delta itself.

    Args:
        spark: the session.
        settings: of the corpus.
        dry_run: change nothing, and tell what would be done.

    Raises:
        TableError: a table cannot be read or written.
    """
    there = [contract for contract in MAINTAINED if exists(spark, table_path(settings, contract))]
    if not there:
        raise TableError(f"there are no tables yet. Received: tables.root = {settings.tables.root!r}")
    maintained = []
    with progress("tables maintained", len(there)) as advance:
        for contract in there:
            with map_spark_errors(table_path(settings, contract)):
                maintained.append(_maintained(spark, settings, contract, dry_run=dry_run))
            advance(1)
    return maintained


def _maintained(spark: SparkSession, settings: Settings, contract: TableContract, *, dry_run: bool) -> MaintainedTable:
    path = table_path(settings, contract)
    before = after = _size(spark, path)
    crowded = crowded_partitions(spark, path, contract.partitioned_by)
    if not dry_run:
        crowded = [each for each in crowded if compacted(spark, path, each)]
        after = _size(spark, path)
    unneeded = unneeded_files(spark, path)
    if unneeded and not dry_run:
        remove_unneeded_files(spark, path)
    done = MaintainedTable(contract.name, len(crowded), before[0], after[0], before[1], after[1], unneeded)
    log_event("table_looked_at" if dry_run else "table_maintained", **vars(done))
    return done


def _size(spark: SparkSession, path: str) -> tuple[int, int]:
    """Files and bytes of a table's newest version."""
    from delta.tables import DeltaTable

    detail = DeltaTable.forPath(spark, path).detail().select("numFiles", "sizeInBytes").first()
    return int(detail.numFiles), int(detail.sizeInBytes)
