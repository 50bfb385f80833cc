"""What every recipe is asked on a split: the articles of its test part, as they were crawled."""

from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from newslabel.errors import DataError
from newslabel.recipes import TEXT_FIELDS
from newslabel.schemas import ARTICLES, EXAMPLES
from newslabel.settings import Settings
from newslabel.spark_errors import map_spark_errors
from newslabel.tables import read_table, table_path
from newslabel.tokens.examples import Tokenization
from newslabel.tokens.splits import TEST, TRAIN


@dataclass(frozen=True)
class Exam:
    """A split's test part.

    Attributes:
        articles: article_id, label and the text fields, by id: some kB an article, in the driver's memory.
        positive_share: of the training part, how much is of the positive class.
    """

    articles: pa.Table
    positive_share: float


def exam_of(spark: SparkSession, settings: Settings, tokenization: Tokenization) -> Exam:
    """The exam of a split, the same by whatever recipe its articles were tokenized.

    Raises:
        DataError: no article tests.
        TableError: a table cannot be read.
        TransientError: Spark's JVM is gone.
    """
    with map_spark_errors(tokenization.uri):
        examples = read_table(spark, tokenization.uri, EXAMPLES)
        tested = examples.where(f.col("split") == TEST).select("article_id", "crawl_date", "label")
        articles = read_table(spark, table_path(settings, ARTICLES), ARTICLES).drop("label")
        asked = tested.join(articles, ["article_id", "crawl_date"]).select("article_id", "label", *TEXT_FIELDS)
        is_positive = f.col("label") == tokenization.recipe.classes.positive
        share = examples.where(f.col("split") == TRAIN).agg(f.avg(is_positive.cast("double"))).collect()[0][0]
        articles_asked = asked.toArrow().sort_by("article_id")
    if not len(articles_asked):
        raise DataError(f"the split leaves no article to test: there are too few. Received: {tokenization.rows}")
    return Exam(articles_asked, float(share))
