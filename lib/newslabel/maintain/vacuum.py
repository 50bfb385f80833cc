"""Files that are not needed any more: what was replaced, and what killed jobs left behind; Delta's VACUUM.

How long they are kept all the same is the table's own property, delta.deletedFileRetentionDuration, as its contract
sets it, or a week. VACUUM takes a time of its own, but heeds it no more; and of what was replaced the table's log
remembers no longer than that property says when it was.
"""

from pyspark.sql import SparkSession

from newslabel.table_making import quoted


def unneeded_files(spark: SparkSession, path: str) -> int:
    """How many files `remove_unneeded_files` would remove now."""
    return spark.sql(f"VACUUM {quoted(path)} DRY RUN").count()


def remove_unneeded_files(spark: SparkSession, path: str) -> None:
    """Removes the files that the table has not needed for as long as it keeps such files."""
    spark.sql(f"VACUUM {quoted(path)}")
