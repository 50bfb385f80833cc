"""Files as one frame of records, shared out among tasks by their sizes."""

import heapq
from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from newslabel.ingest.counting import Counted
from newslabel.ingest.inputs import InputFile, refuse
from newslabel.ingest.parsed import ADDED, Parsing, parsed, spark_schema
from newslabel.ingest.readers import RECORDS, read_file
from newslabel.ingest.records import Reading

# a few tasks a core, so that the last ones end together
TASKS_PER_CORE = 4


def shared_out(files: Sequence[InputFile], n_tasks: int) -> list[list[str]]:
    """The files of each of at most so many tasks, about as many bytes for each, the largest files first."""
    shares: list[list[str]] = [[] for _ in range(min(len(files), n_tasks))]
    by_bytes = [(0, number) for number in range(len(shares))]
    for file in sorted(files, key=lambda file: (-file.size_bytes, file.uri)):
        n_bytes, number = by_bytes[0]
        shares[number].append(file.uri)
        heapq.heapreplace(by_bytes, (n_bytes + max(1, file.size_bytes), number))
    return shares


def read_records(spark: SparkSession, shares: Sequence[Sequence[str]], reading: Reading, parsing: Parsing) -> DataFrame:
    """The records of all files, parsed, and for each file a row that tells of it (see `read_file`).

    Args:
        spark: the session.
        shares: the files that each task reads, see `shared_out`.
        reading: how they are read.
        parsing: how their fields are understood.
    """

    def read(numbers: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in numbers:
            for number in batch.column(0).to_pylist():
                for uri in shares[number]:
                    yield from parsed(read_file(uri, reading), parsing)

    schema = spark_schema(pa.schema([*RECORDS, *ADDED]))
    return spark.range(0, len(shares), 1, max(1, len(shares))).mapInArrow(read, schema)


def refuse_broken(counted: Counted, files: Sequence[InputFile], *, strict: bool) -> None:
    """Refuses a batch for its broken files.

    Args:
        counted: what was read.
        files: what it was read from.
        strict: whether one is an error.

    Raises:
        DataError: there are some and `strict` is set, or all files were named and there is no good record in them.
    """
    all_broken = len(counted.broken) == len(counted.ends) and all(file.named for file in files)
    if strict or (all_broken and not counted.n_good):
        refuse(counted.broken, len(files))
