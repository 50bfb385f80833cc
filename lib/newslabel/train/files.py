"""Which Parquet files hold a tokenization's parts."""

from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from pyspark.sql import SparkSession
from pyspark.sql import functions as f
from pyspark.sql.pandas.types import from_arrow_schema

from newslabel.errors import TableError
from newslabel.schemas import EXAMPLES, SCHEMA_VERSION
from newslabel.spark_errors import map_spark_errors
from newslabel.storage import filesystem, is_remote
from newslabel.table_making import check_columns
from newslabel.tables import read_table
from newslabel.tokens.examples import Tokenization
from newslabel.tokens.splits import PARTS


def files_of_parts(spark: SparkSession, tokenization: Tokenization) -> dict[str, list[str]]:
    """The files of each part, sorted; none for a part without examples.

    They are asked of Delta: a folder may also hold files of writes that came to nothing.

    Raises:
        TableError: no such table, or not as its contract has it.
    """
    if is_remote(tokenization.uri):
        return files_by_spark(spark, tokenization.uri)  # which alone may know how to get there
    # Spark takes 12 s for it where it has read no table yet
    return files_by_delta_rs(filesystem(tokenization.uri)[1])


def files_by_spark(spark: SparkSession, uri: str) -> dict[str, list[str]]:
    """What `files_of_parts` gives, of a table anywhere."""
    examples = read_table(spark, uri, EXAMPLES)
    with map_spark_errors(uri):
        return {part: _places(examples.where(f.col("split") == part).inputFiles()) for part in PARTS}


def files_by_delta_rs(path: str) -> dict[str, list[str]]:
    """What `files_of_parts` gives, of a table on this host."""
    try:
        table = DeltaTable(path)
        columns = from_arrow_schema(pa.schema(table.schema().to_arrow()))
        check_columns(columns, table.metadata().configuration.get(SCHEMA_VERSION), path, EXAMPLES)
        # delta-rs writes a folder's blanks as %20
        return {
            part: sorted(map(unquote, table.file_uris(file_pruning_predicate=[("split", "=", part)]))) for part in PARTS
        }
    except (DeltaError, OSError) as error:
        raise TableError(f"the tokenization cannot be read: {error}. Received: {path!r}") from error


def _places(files: list[str]) -> list[str]:
    # Spark writes file:/tmp/x where others write file:///tmp/x, and encodes nothing in either
    return sorted(file.removeprefix("file:") for file in files)
