"""How a Delta table comes to be: once, by its contract, whoever else makes it at the same time or was killed at it."""

import time
from datetime import UTC, datetime

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from newslabel.errors import TableError
from newslabel.logs import log_event
from newslabel.schemas import SCHEMA_VERSION, TableContract
from newslabel.spark_errors import ConflictError, map_spark_errors
from newslabel.storage import join, newest_change

# a log that has no first commit, untouched for so long, is what a killed job left; a living one commits within seconds
HALF_MADE_S = 60
LOOK_AGAIN_S = 0.5


def loaded(spark: SparkSession, path: str) -> DataFrame | None:
    """What is in a Delta table, whatever its contract; None where there is no table.

    By reading: of a log that it once saw without a commit, DeltaTable.isDeltaTable says for ever that it is no table.
    """
    with map_spark_errors(path):
        try:
            return spark.read.format("delta").load(path)
        except AnalysisException:
            return None


def exists(spark: SparkSession, path: str) -> bool:
    """Whether there is a Delta table."""
    return loaded(spark, path) is not None


def create_table(spark: SparkSession, path: str, contract: TableContract) -> bool:
    """Makes the table where it is missing, with its constraints, comments and properties; returns whether it did.

    Columns that the contract has gained, and that may be null, are added to a table that is there.

    Raises:
        TableError: the place cannot be written, or holds something else.
    """
    table = _there_soon(spark, path)
    if table is None:
        try:
            with map_spark_errors(path):
                _make(spark, path, contract)
        except (ConflictError, TableError):  # of two jobs that make it at once, one finds it half made
            table = _there_soon(spark, path)
            if table is None:
                raise
    if table is not None:
        with map_spark_errors(path):
            check_contract(table, path, contract)
            _add_columns(table, path, contract)
    return table is None


def check_contract(table: DataFrame, path: str, contract: TableContract) -> None:
    """Raises TableError where a table is of another schema version, or a column is missing or of another type."""
    check_columns(table.schema, _schema_version(table.sparkSession, path), path, contract)


def check_columns(columns: StructType, version: str | None, path: str, contract: TableContract) -> None:
    """`check_contract` of a table's columns and its schema version, wherever they were read; None for no version."""
    if version not in (None, str(contract.version)):
        raise TableError(
            f"table {contract.name} has schema version {version}, this newslabel reads version {contract.version}: "
            f"read it with the newslabel that made it (DESCRIBE HISTORY names its version), or give tables.root "
            f"another place and ingest and score again. Received: {path!r}"
        )
    found = {field.name: field.dataType for field in columns.fields}
    for wanted in contract.spark_schema().fields:
        if wanted.name not in found and wanted.nullable:
            continue
        if found.get(wanted.name) != wanted.dataType:
            there = found[wanted.name].simpleString() if wanted.name in found else "no such column"
            raise TableError(
                f"table {contract.name}, column {wanted.name}: wanted {wanted.dataType.simpleString()}, "
                f"found {there}. Received: {path!r}"
            )


def _make(spark: SparkSession, path: str, contract: TableContract) -> None:
    from delta.tables import DeltaTable

    builder = (
        DeltaTable.createIfNotExists(spark)
        .location(path)
        .comment(contract.comment)
        .addColumns(contract.spark_schema())
        .property(SCHEMA_VERSION, str(contract.version))
    )
    if contract.partitioned_by:
        builder = builder.partitionedBy(*contract.partitioned_by)
    for name, condition in contract.checks.items():
        builder = builder.property(f"delta.constraints.{name}", condition)
    for key, value in contract.properties.items():
        builder = builder.property(key, value)
    builder.execute()


def _there_soon(spark: SparkSession, path: str) -> DataFrame | None:
    """What `loaded` gives; a log without a commit is given the time in which another job makes it."""
    log = join(path, "_delta_log")
    waiting = False
    while (table := loaded(spark, path)) is None:
        with map_spark_errors(path):
            changed_at = newest_change(log)
        if changed_at is None:
            return None
        if (datetime.now(UTC) - changed_at).total_seconds() > HALF_MADE_S:
            with map_spark_errors(path):
                _remove_empty_log(spark, log)
            return None
        if not waiting:
            log_event("waiting_for_table", table=path, at_most_s=HALF_MADE_S)
        waiting = True
        time.sleep(LOOK_AGAIN_S)
    return table


def _remove_empty_log(spark: SparkSession, log: str) -> None:
    """Removes a log of no commit, over which Delta makes no table.

    What is new stays: another job may have removed the log already, and be at its own first commit. By Hadoop's file
    system, since that one takes away a folder only if it is empty: a commit that came meanwhile stays, too.
    """
    hadoop = spark.sparkContext._jvm.org.apache.hadoop.fs  # type: ignore[union-attr] # noqa: SLF001 - no public way
    folder = hadoop.Path(log)
    files = folder.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())  # noqa: SLF001
    oldest_living = (time.time() - HALF_MADE_S) * 1000
    for status in files.listStatus(folder):
        # a commit that was begun and not named yet (.x), and an empty folder of Delta's own (_x)
        if status.getPath().getName().startswith((".", "_")) and status.getModificationTime() < oldest_living:
            files.delete(status.getPath(), False)
    if not files.listStatus(folder):
        files.delete(folder, False)


def _add_columns(table: DataFrame, path: str, contract: TableContract) -> None:
    missing = [column for column in contract.columns if column.name not in table.columns]
    for column in missing:
        comment = column.comment.replace("\\", "\\\\").replace("'", "\\'")
        table.sparkSession.sql(
            f"ALTER TABLE {quoted(path)} ADD COLUMNS ({column.name} {column.type} COMMENT '{comment}')"
        )
        log_event("column_added", table=path, column=column.name)


def _schema_version(spark: SparkSession, path: str) -> str | None:
    """None for a table that newslabel did not make."""
    # DESCRIBE DETAIL would say so too, but adds up the sizes of all files first
    properties = spark.sql(f"SHOW TBLPROPERTIES {quoted(path)}").collect()
    return next((str(row.value) for row in properties if row.key == SCHEMA_VERSION), None)


def quoted(path: str) -> str:
    """The table at a place as SQL names it."""
    return "delta.`" + path.replace("`", "``") + "`"
