"""Articles encoded where they are, batch by batch."""

from collections.abc import Collection, Iterator

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from newslabel.recipes import Recipe
from newslabel.schemas import EXAMPLES
from newslabel.tokens.encode import Encoder, encoder_for
from newslabel.tokens.vocabulary import Vocabulary

KEPT = ("article_id", "label", "source", "crawl_date", "split")


def encoded_articles(
    articles: DataFrame, recipe: Recipe, vocabulary: Vocabulary, stop_words: Collection[str]
) -> DataFrame:
    """The articles as examples, in the columns of the contract.

    Args:
        articles: columns of the articles table, and `split`.
        recipe: names the encoder.
        vocabulary: goes to each executor once, as bytes.
        stop_words: as their list has them.
    """
    shared = articles.sparkSession.sparkContext.broadcast(vocabulary.to_bytes())

    def encoded(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        encoder = encoder_for(recipe, Vocabulary.from_bytes(shared.value), stop_words)
        for batch in batches:
            yield _examples(batch, encoder, recipe.clean.fields)

    columns = [*KEPT, *recipe.clean.fields]
    schema = ", ".join(f"{column.name} {column.type}" for column in EXAMPLES.columns)
    return articles.select(*columns).mapInArrow(encoded, schema)


def _examples(batch: pa.RecordBatch, encoder: Encoder, fields: Collection[str]) -> pa.RecordBatch:
    encoded = encoder.encode({name: batch.column(name) for name in fields})
    token_ids = pa.ListArray.from_arrays(pa.array(encoded.offsets, pa.int32()), pa.array(encoded.token_ids))
    made = {
        "token_ids": token_ids,
        "n_tokens": encoded.n_tokens,
        "unknown_share": encoded.unknown_share,
        "features": _lists(encoded.features),
    }
    kept = {name: batch.column(name) for name in KEPT}
    columns = {**kept, **made}
    return pa.record_batch({name: columns[name] for name in EXAMPLES.column_names})


def _lists(features: np.ndarray) -> pa.Array:
    """N lists of the numbers of each row, null where the encoder gives none."""
    rows, width = features.shape
    if not width:
        return pa.nulls(rows, pa.list_(pa.float32()))
    return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1) * width, pa.int32()), pa.array(features.ravel()))
