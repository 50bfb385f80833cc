"""Files as one frame of records, each file read once by a task of its own."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from newslabel.ingest.inputs import InputFile, refuse
from newslabel.ingest.parsed import ADDED, Parsing, parsed, spark_schema
from newslabel.ingest.readers import RECORDS, read_file
from newslabel.ingest.records import Reading


def read_records(spark: SparkSession, files: Sequence[InputFile], reading: Reading, parsing: Parsing) -> DataFrame:
    """The records of all files, parsed, and for each file a row that tells of it (see `read_file`).

    Args:
        spark: the session.
        files: what to read.
        reading: how.
        parsing: how their fields are understood.
    """
    uris = [file.uri for file in files]

    def read(numbers: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in numbers:
            for number in batch.column(0).to_pylist():
                yield from parsed(read_file(uris[number], reading), parsing)

    schema = spark_schema(pa.schema([*RECORDS, *ADDED]))
    return spark.range(0, len(uris), 1, max(1, len(uris))).mapInArrow(read, schema)


def broken_files(records: DataFrame, files: Sequence[InputFile], *, strict: bool) -> list[str]:
    """The files that could not be read to their ends, each with what was expected and what was there.

    Args:
        records: judged, with the rows that tell of their files.
        files: what was read.
        strict: whether one is an error.

    Raises:
        DataError: there are some and `strict` is set, or all files were named and there is no good record in them.
    """
    ends = records.where(f.col("n_records").isNotNull()).select("file", "file_error").collect()
    told = [f"{end.file}: {end.file_error}" for end in sorted(ends) if end.file_error]
    all_broken = len(told) == len(ends) and all(file.named for file in files)
    if strict or (all_broken and records.where(f.size("reasons") == 0).isEmpty()):
        refuse(told, len(files))
    return told
