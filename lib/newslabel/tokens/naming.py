"""What a tokenization is called: by all that goes into it, so that the same one is found and not made again."""

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from newslabel.errors import DataError
from newslabel.recipes import Recipe
from newslabel.schemas import ARTICLES
from newslabel.settings import Settings
from newslabel.spark_errors import map_spark_errors
from newslabel.tables import read_table, table_path
from newslabel.tokens.examples import SHAPING
from newslabel.tokens.splits import Split
from newslabel.tokens.vocabulary import Vocabulary


def labelled_fingerprint(spark: SparkSession, settings: Settings, recipe: Recipe, split: Split) -> str:
    """What stands for the labelled articles as they are now, with all of them that the split looks at.

    Raises:
        DataError: there are none of one of the recipe's classes.
        TableError: there are no articles yet, or the table cannot be read.
    """
    return fingerprint_of(labelled_articles(spark, settings, recipe), settings, recipe, split)


def tokenization_id(
    settings: Settings,
    recipe: Recipe,
    split: Split,
    stop_words: Sequence[str],
    fingerprint: str,
    known: Vocabulary | None = None,
) -> str:
    """The name of what these inputs give: the same for the same ones, whenever they are asked for.

    Args:
        settings: of the corpus.
        recipe: of which the parts count that shape its examples.
        split: how the articles are divided.
        stop_words: as `stop_words_of` gives them.
        fingerprint: of the articles, by `labelled_fingerprint`.
        known: the vocabulary that stands before any article is read, where the recipe has one.
    """
    inputs = {
        "recipe": {section: recipe.model_dump(mode="json")[section] for section in SHAPING},
        "stop_words": stop_words,
        "split": {"by": type(split).__name__, **vars(split)},
        # seed and shares stand in the split, where it has them
        "settings": settings.tokenize.model_dump(exclude={"seed", "train_share", "validation_share"}),
        "articles": fingerprint,
        "newslabel": version("newslabel"),
        **({"tokenizer": known.tokenizer} if known else {}),
    }
    return f"{recipe.name}-{hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()[:12]}"


def labelled_articles(spark: SparkSession, settings: Settings, recipe: Recipe) -> DataFrame:
    """The articles of one of the recipe's classes, as the table has them now.

    Raises:
        TableError: there are no articles yet, or the table cannot be read.
    """
    articles = read_table(spark, table_path(settings, ARTICLES), ARTICLES)
    return articles.where(f.col("label").isin(*recipe.classes.names))


def fingerprint_of(articles: DataFrame, settings: Settings, recipe: Recipe, split: Split) -> str:
    """How many articles there are, and the sum of what is hashed of each: all that its part can depend on.

    The text is in the id. Nothing long is read, so that a tokenization that is there is found at once.

    Raises:
        DataError: there are none of one of the recipe's classes.
        TableError: the table cannot be read.
        TransientError: Spark's JVM is gone.
    """
    seen = dict.fromkeys(["article_id", "label", "source", *split.looks_at])
    # a null is hashed as nothing, which a value in the next column could be taken for
    hashes = f.xxhash64(*seen, *(f.col(name).isNull() for name in seen))
    # a sum of 64-bit hashes needs more than 64 bits
    total = f.sum(hashes.cast("decimal(38, 0)")).cast("string")
    with map_spark_errors(table_path(settings, ARTICLES)):
        rows = articles.groupBy("label").agg(f.count("*").alias("rows"), total.alias("hashes")).collect()
    found = {label: sum(row["rows"] for row in rows if row["label"] == label) for label in recipe.classes.names}
    if not all(found.values()):
        wanted = " and ".join(recipe.classes.names)
        raise DataError(f"training needs articles labelled {wanted}; ingest some first. Received: {found}")
    return f"{sum(found.values())}-{sum(int(row['hashes']) for row in rows)}"
