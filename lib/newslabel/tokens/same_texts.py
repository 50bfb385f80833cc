"""Which texts are the same, or of one story, and which of them only the whole set can tell to be unfit for training."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

TWO_LABELS = "same_text_two_labels"
REPEATED = "repeated_text"
BLANKS = r"(?U)\s+"  # of any script: Java's \s is ASCII's


def text_key() -> Column:
    """A number, equal for texts that differ in blanks and case alone; where there is no text, the title stands for it.

    To fold a text is what costs most here: it should be done once.
    """
    return f.xxhash64(f.coalesce(_folded("text"), _folded("title"), f.lit("")))


def has_no_text() -> Column:
    """Whether an article's title stands for its text."""
    return _folded("text").isNull()


def texts_to_keep_out(articles: DataFrame, max_repeats: int) -> DataFrame:
    """The texts from which nothing should be learnt: columns text_key and kept_out, the reason.

    A text under two labels teaches nothing but its own error; one that a source repeats again and again is a cookie
    wall or a notice, no news.

    Args:
        articles: text_key, label and source.
        max_repeats: the most articles of a source (of those without one, too) in which a text may stand.
    """
    of_source = articles.groupBy("text_key", "source").agg(
        f.count("*").alias("articles"), f.min("label").alias("first"), f.max("label").alias("last")
    )
    texts = of_source.groupBy("text_key").agg(
        f.max("articles").alias("articles"), f.min("first").alias("first"), f.max("last").alias("last")
    )
    repeated = f.when(f.col("articles") > max_repeats, REPEATED)
    reason = f.when(f.col("first") != f.col("last"), TWO_LABELS).otherwise(repeated)
    return texts.select("text_key", reason.alias("kept_out")).where("kept_out IS NOT NULL")


def versions_of_a_story(articles: DataFrame) -> DataFrame:
    """Pairs of texts that are of one story, each with the smallest key of that story's: columns one, other.

    Args:
        articles: text_key and story_id.
    """
    stories = articles.groupBy("story_id").agg(f.collect_set("text_key").alias("texts"))
    pairs = stories.select(f.explode("texts").alias("one"), f.array_min("texts").alias("other"))
    return pairs.where("one > other")


def _folded(name: str) -> Column:
    """A field in lower case with single blanks; null where nothing is left."""
    return f.nullif(f.lower(f.trim(f.regexp_replace(name, BLANKS, f.lit(" ")))), f.lit(""))
