"""Delta tables: made, checked and read by their contract, written by whole commits."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from newslabel.errors import TableError, TransientError
from newslabel.logs import log_event
from newslabel.schemas import SCHEMA_VERSION, TableContract
from newslabel.settings import Settings
from newslabel.storage import delete_folder, join, list_names
from newslabel.storage import exists as place_exists

CONFLICT_TRIES = 8
CONFLICT_WAIT_S = 0.5
# in the class or the text of Delta's error; the last two come when two jobs make one table
SIGNS_OF_CONFLICT = ("Concurrent", "DELTA_CONCURRENT", "ConcurrentModification", "ProtocolChanged", "MetadataChanged")


def table_path(settings: Settings, contract: TableContract, *names: str) -> str:
    """Where a table is: `tables.root`/name, or a place below it."""
    return join(settings.tables.root, contract.name, *names)


def exists(spark: SparkSession, path: str) -> bool:
    """Whether there is a Delta table."""
    from delta.tables import DeltaTable

    with map_spark_errors(path):
        return bool(DeltaTable.isDeltaTable(spark, path))


def create_table(spark: SparkSession, path: str, contract: TableContract) -> None:
    """Makes the table where it is missing, with its constraints, comments and properties.

    Raises:
        TableError: the place cannot be written, or holds something else.
    """
    from delta.tables import DeltaTable

    if _is_there_soon(spark, path):
        return
    builder = (
        DeltaTable.createIfNotExists(spark)
        .location(path)
        .comment(contract.comment)
        .addColumns(contract.spark_schema())
        .partitionedBy(*contract.partitioned_by)
        .property(SCHEMA_VERSION, str(contract.version))
    )
    for name, condition in contract.checks.items():
        builder = builder.property(f"delta.constraints.{name}", condition)
    for key, value in contract.properties.items():
        builder = builder.property(key, value)
    try:
        with map_spark_errors(path):
            builder.execute()
    except (ConflictError, TableError):  # of two jobs that make it at once, one finds it half made
        if not _is_there_soon(spark, path):
            raise


def read_table(spark: SparkSession, path: str, contract: TableContract) -> DataFrame:
    """The table as its contract has it: a nullable column that an older table lacks reads as null.

    Raises:
        TableError: no such table, or a column that is missing or of another type (names column, wanted, found).
    """
    from pyspark.sql import functions as f

    with map_spark_errors(path):
        if not exists(spark, path):
            raise TableError(f"there is no table {contract.name} yet. Received: {path!r}")
        table = spark.read.format("delta").load(path)
        _check_columns(table, contract, path)
        return table.select(
            *(
                f.col(column.name) if column.name in table.columns else f.lit(None).cast(column.type).alias(column.name)
                for column in contract.columns
            )
        )


def insert_new_rows(spark: SparkSession, rows: DataFrame, *, path: str, contract: TableContract, match: str) -> int:
    """Inserts the rows that the table does not have yet, in one commit.

    Args:
        spark: the session.
        rows: the contract's columns; equal rows among them all go in, so drop those first.
        path: the table; made where it is missing.
        contract: its contract.
        match: when a row is there already, in SQL over `table` and `new`.

    Returns:
        How many rows went in.
    """
    from delta.tables import DeltaTable

    create_table(spark, path, contract)
    new = rows.select(*contract.column_names).alias("new")

    def merge() -> int:
        done = DeltaTable.forPath(spark, path).alias("table").merge(new, match).whenNotMatchedInsertAll().execute()
        return int(done.first()["num_inserted_rows"])

    return _retried_on_conflict(merge, path)


def replace_partition(
    spark: SparkSession, rows: DataFrame, *, path: str, contract: TableContract, partition: Mapping[str, date | str]
) -> None:
    """Makes a partition hold these rows and no others, in one commit; no rows clear it.

    Args:
        spark: the session.
        rows: the contract's columns, all of that partition (another row fails the commit).
        path: the table; made where it is missing.
        contract: its contract.
        partition: value by partition column.

    Raises:
        TransientError: another job changed the partition at the same time; nothing was written.
    """
    create_table(spark, path, contract)
    predicate = " AND ".join(f"{column} = {_literal(value)}" for column, value in partition.items())
    with map_spark_errors(path):
        (
            rows.select(*contract.column_names)
            .write.format("delta")
            .mode("overwrite")
            .option("replaceWhere", predicate)
            .save(path)
        )


class ConflictError(TransientError):
    """Another job changed the same rows at the same time; nothing was written."""


@contextmanager
def map_spark_errors(place: str) -> Iterator[None]:
    """Failures of Spark, Delta and the file system as TableError, or ConflictError where a retry helps.

    Args:
        place: what was worked at, for the message.
    """
    import delta.exceptions  # noqa: F401 - makes a conflict an exception of its own class
    from py4j.protocol import Py4JJavaError

    try:
        yield
    except (PySparkException, Py4JJavaError, OSError) as error:
        text = _message(error)
        if any(sign in f"{type(error).__name__} {text}" for sign in SIGNS_OF_CONFLICT):
            raise ConflictError(f"another job changed {place!r} at the same time; nothing was written") from error
        raise TableError(f"{text}. Received: {place!r}") from error


def _retried_on_conflict(work: Callable[[], int], path: str) -> int:
    for attempt in range(1, CONFLICT_TRIES + 1):
        try:
            with map_spark_errors(path):
                return work()
        except ConflictError:
            if attempt == CONFLICT_TRIES:
                raise
            log_event("commit_conflict", table=path, attempt=attempt)
            time.sleep(CONFLICT_WAIT_S * attempt)
    raise AssertionError("the last attempt returns or raises")


def _is_there_soon(spark: SparkSession, path: str) -> bool:
    """Whether there is a Delta table; a log without a commit is given the time in which another job makes it."""
    log = join(path, "_delta_log")
    for _ in range(CONFLICT_TRIES):
        if exists(spark, path):
            return True
        if not place_exists(log):
            return False
        time.sleep(CONFLICT_WAIT_S)
    if not list_names(
        log
    ):  # its maker was killed before the first commit; Delta does not make a table over an empty log
        delete_folder(log)
    return False


def _check_columns(table: DataFrame, contract: TableContract, path: str) -> None:
    found = {field.name: field.dataType for field in table.schema.fields}
    for wanted in contract.spark_schema().fields:
        if wanted.name not in found and wanted.nullable:
            continue
        if found.get(wanted.name) != wanted.dataType:
            there = found[wanted.name].simpleString() if wanted.name in found else "no such column"
            raise TableError(
                f"table {contract.name}, column {wanted.name}: wanted {wanted.dataType.simpleString()}, "
                f"found {there}. Received: {path!r}"
            )


def _literal(value: date | str) -> str:
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


def _message(error: BaseException) -> str:
    java = getattr(error, "java_exception", None)
    text = str(java.toString()) if java is not None else str(error)
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
