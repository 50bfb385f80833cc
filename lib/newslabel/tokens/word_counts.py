"""Counting words where the articles are, and the vocabulary that comes of it."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from newslabel.clean import Cleaner
from newslabel.tokens.vocabulary import Vocabulary


def word_counts(articles: DataFrame, cleaner: Cleaner, fields: tuple[str, ...]) -> DataFrame:
    """How often each word stands in each batch of articles: columns word, count.

    Counted in the batch, before anything is handed back to Spark, which so gets one row where there were many words.

    Args:
        articles: the fields as string columns.
        cleaner: gives the words.
        fields: the columns to be read, in order.
    """

    def counted(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            words, counts = pc.value_counts(cleaner.words(*batch.columns).values).flatten()
            yield pa.record_batch({"word": words.cast(pa.string()), "count": counts})

    return articles.select(*fields).mapInArrow(counted, "word string, count bigint")


def build_vocabulary(counts: DataFrame, max_words: int) -> Vocabulary:
    """The most frequent words, in one distributed pass.

    The result does not depend on how the articles are partitioned: words that are equally frequent come in the order of
    their UTF-8 bytes.

    Args:
        counts: columns word, count; a word's counts are added up.
        max_words: how many words to keep at most.
    """
    totals = counts.groupBy("word").agg(f.sum("count").alias("count"))
    return Vocabulary.from_table(totals.orderBy(f.desc("count"), "word").limit(max_words).toArrow())
