"""Many small files of a partition made into few large ones: Delta's OPTIMIZE, in a commit that changes no row."""

from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from pyspark.sql import SparkSession

from newslabel.logs import log_event
from newslabel.spark_errors import ConflictError, map_spark_errors
from newslabel.tables import partition_predicate

Partition = Mapping[str, str]  # value by column; empty where a table has no partitions


def crowded_partitions(spark: SparkSession, path: str, columns: Sequence[str]) -> list[Partition]:
    """The partitions that have several files in the table's newest version.

    Args:
        spark: the session.
        path: the table.
        columns: by which it is partitioned.
    """
    # where files are stands in the table's log: none of them is opened
    files = spark.read.format("delta").load(path).inputFiles()
    folders = Counter(tuple(file.split("/")[-1 - len(columns) : -1]) for file in files)
    crowded = sorted(partition for partition, count in folders.items() if count > 1)
    return [dict(unquote(folder).split("=", 1) for folder in partition) for partition in crowded]


def compacted(spark: SparkSession, path: str, partition: Partition) -> bool:
    """Whether files were made into fewer; they were not where all are large, or another job changed them meanwhile.

    Args:
        spark: the session.
        path: the table.
        partition: of it.

    Raises:
        TableError: it cannot be written.
    """
    from delta.tables import DeltaTable

    optimize = DeltaTable.forPath(spark, path).optimize()
    if partition:
        optimize = optimize.where(partition_predicate(partition))
    try:
        with map_spark_errors(path):
            metrics = optimize.executeCompaction().select("metrics.*").first()
    except ConflictError:
        log_event("compaction_left_for_next_time", table=path, **partition)
        return False
    return bool(metrics.numFilesRemoved)
