"""Which Parquet files hold a tokenization's parts."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from newslabel.schemas import EXAMPLES
from newslabel.spark_errors import map_spark_errors
from newslabel.tables import read_table
from newslabel.tokens.examples import Tokenization
from newslabel.tokens.splits import PARTS


def files_of_parts(spark: SparkSession, tokenization: Tokenization) -> dict[str, list[str]]:
    """The files of each part, sorted; none for a part without examples.

    They are asked of Delta: a folder may also hold files of writes that came to nothing.
    """
    examples = read_table(spark, tokenization.uri, EXAMPLES)
    with map_spark_errors(tokenization.uri):
        return {part: _places(examples.where(f.col("split") == part).inputFiles()) for part in PARTS}


def _places(files: list[str]) -> list[str]:
    # Spark writes file:/tmp/x where others write file:///tmp/x, and encodes nothing in either
    return sorted(file.removeprefix("file:") for file in files)
