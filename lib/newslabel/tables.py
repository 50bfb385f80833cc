"""Delta tables: read by their contract, written by whole commits."""

from collections.abc import Mapping
from datetime import date

from pyspark.sql import DataFrame, SparkSession

from newslabel.errors import TableError
from newslabel.schemas import TableContract
from newslabel.settings import Settings
from newslabel.spark_errors import map_spark_errors, retried_on_conflict
from newslabel.storage import filesystem, is_remote, join
from newslabel.table_making import check_contract, create_table, loaded

Partition = Mapping[str, date | str | list[date]]


def table_path(settings: Settings, contract: TableContract, *names: str) -> str:
    """Where a table is: `tables.root`/name, or a place below it."""
    return join(settings.tables.root, contract.name, *names)


def read_table(spark: SparkSession, path: str, contract: TableContract, *, is_checked: bool = False) -> DataFrame:
    """The table as its contract has it: a nullable column that an older table lacks reads as null.

    Args:
        spark: the session.
        path: the table.
        contract: its contract.
        is_checked: it was read, and found to be as its contract has it, a moment ago.

    Raises:
        TableError: no such table, or a column that is missing or of another type (names column, wanted, found).
    """
    from pyspark.sql import functions as f

    table = loaded(spark, path)
    if table is None:
        raise TableError(f"there is no table {contract.name} yet. Received: {path!r}")
    with map_spark_errors(path):
        if not is_checked:
            check_contract(table, path, contract)
        return table.select(
            *(
                f.col(column.name) if column.name in table.columns else f.lit(None).cast(column.type).alias(column.name)
                for column in contract.columns
            )
        )


def table_version(spark: SparkSession, path: str) -> int:
    """The number of a table's newest commit."""
    if not is_remote(path):  # elsewhere Spark alone may know how to get there; it makes a table of the history first
        return _local_version(filesystem(path)[1])
    from delta.tables import DeltaTable

    with map_spark_errors(path):
        return int(DeltaTable.forPath(spark, path).history(1).first()["version"])


def insert_new_rows(spark: SparkSession, rows: DataFrame, *, path: str, contract: TableContract, match: str) -> int:
    """Inserts the rows that the table does not have yet, in one commit.

    Args:
        spark: the session.
        rows: the contract's columns; equal rows among them all go in, so drop those first.
        path: the table, which is there, see `create_table`.
        contract: its contract.
        match: when a row is there already, in SQL over `table` and `new`.

    Returns:
        How many rows went in.
    """
    from delta.tables import DeltaTable

    new = rows.select(*contract.column_names).alias("new")

    def merge() -> int:
        done = DeltaTable.forPath(spark, path).alias("table").merge(new, match).whenNotMatchedInsertAll().execute()
        return int(done.first()["num_inserted_rows"])

    return retried_on_conflict(merge, path)


def replace_table(spark: SparkSession, rows: DataFrame, *, path: str, contract: TableContract) -> None:
    """Makes the table hold these rows and no others, in one commit; of equal jobs at once, the last one's stay.

    Args:
        spark: the session.
        rows: the contract's columns.
        path: the table; made where it is missing.
        contract: its contract.
    """
    create_table(spark, path, contract)
    chosen = rows.select(*contract.column_names)
    retried_on_conflict(lambda: chosen.write.format("delta").mode("overwrite").save(path), path)


def replace_partition(
    rows: DataFrame,
    *,
    path: str,
    contract: TableContract,
    partition: Partition,
) -> None:
    """Makes a partition, or several, hold these rows and no others, in one commit; no rows clear it.

    Args:
        rows: the contract's columns, all of that partition (another row fails the commit).
        path: the table, which is there, see `create_table`.
        contract: its contract.
        partition: value, or values, by partition column.

    Raises:
        TransientError: another job changed the partition at the same time; nothing was written.
    """
    with map_spark_errors(path):
        (
            rows.select(*contract.column_names)
            .write.format("delta")
            .mode("overwrite")
            .option("replaceWhere", partition_predicate(partition))
            .save(path)
        )


def partition_predicate(partition: Partition) -> str:
    """Which rows are of a partition, or of several, in SQL.

    Args:
        partition: value, or values, by partition column.
    """
    values_of = {column: value if isinstance(value, list) else [value] for column, value in partition.items()}
    return " AND ".join(f"{column} IN ({', '.join(map(_literal, values))})" for column, values in values_of.items())


def _local_version(path: str) -> int:
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    try:
        return int(DeltaTable(path).version())
    except (DeltaError, OSError) as error:
        raise TableError(f"{error}. Received: {path!r}") from error


def _literal(value: date | str) -> str:
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"
