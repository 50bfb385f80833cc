"""Files as one frame of records, each file read once by a task of its own."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from newslabel.errors import DataError
from newslabel.ingest.columns import ColumnFinder
from newslabel.ingest.readers import RECORDS, read_file, reader_of
from newslabel.storage import filesystem, is_remote

SPARK_SCHEMA = ", ".join(f"{field.name} {'bigint' if field.type == pa.int64() else 'string'}" for field in RECORDS)


def input_files(inputs: Sequence[str]) -> list[str]:
    """The files to read, each once, in order of their names; local ones by their absolute paths, as executors need.

    Args:
        inputs: paths and URIs as given.

    Raises:
        DataError: there is none, or no reader is known for the names of some.
    """
    if not inputs:
        raise DataError("expected at least one input file. Received: none")
    problems = []
    for uri in inputs:
        try:
            reader_of(uri)
        except DataError as error:
            problems.append(f"{uri}: {error}")
    _refuse(problems, len(inputs))
    return sorted({uri if is_remote(uri) else filesystem(uri)[1] for uri in inputs})


def read_records(spark: SparkSession, files: Sequence[str], finder: ColumnFinder) -> DataFrame:
    """The records of all files; for a file that cannot be read also a row that says why in `file_error`.

    Args:
        spark: the session.
        files: paths or URIs that every executor reaches.
        finder: finds the fields among each file's columns.
    """

    def read(numbers: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in numbers:
            for number in batch.column(0).to_pylist():
                yield from read_file(files[number], finder)

    return spark.range(0, len(files), 1, len(files)).mapInArrow(read, SPARK_SCHEMA)


def refuse_broken_files(records: DataFrame, files: Sequence[str]) -> None:
    """Refuses the whole batch if a file of it cannot be used.

    Raises:
        DataError: names every such file, what was expected and what was there.
    """
    broken = records.where(f.col("file_error").isNotNull()).select("file", "file_error").collect()
    _refuse([f"{row.file}: {row.file_error}" for row in sorted(broken)], len(files))


def _refuse(problems: Sequence[str], n_files: int) -> None:
    if problems:
        listed = "".join(f"\n  {problem}" for problem in problems)
        raise DataError(f"{len(problems)} of {n_files} files cannot be used, so nothing was written:{listed}")
