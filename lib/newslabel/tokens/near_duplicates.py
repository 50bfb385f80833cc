"""Texts that are nearly the same: MinHash signatures, candidates that share a band, and their exact similarity.

Each text is compared with what shares a band with it, no more than NEIGHBOURS + 1 texts a band, so that the work grows
with the texts even where a template stands in thousands of them. Most pairs of such texts are not compared, but hang
together through others; a few stay apart.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as f

from newslabel.clean import Cleaner
from newslabel.tokens.shingles import (
    MOST_TEXTS_AT_ONCE,
    Shingles,
    band_hashes,
    rows_a_band,
    shingles_of,
    signatures,
)

NEIGHBOURS = 16
RULES = ("punctuation", "lowercase")  # what one scrape keeps and another loses
PAIRS = pa.schema({"one": pa.int64(), "other": pa.int64()})


def near_duplicates(texts: DataFrame, similarity: float) -> pa.Table:
    """The pairs of near-duplicates that were found among some texts, the same however the texts are partitioned.

    Args:
        texts: text_key and text, no key twice.
        similarity: of two texts, the shares of their 5-word shingles that they have in common (Jaccard); 1 finds none.

    Returns:
        Their keys: one, the larger, and other. On the driver: 16 bytes a pair.
    """
    if similarity == 1:
        return PAIRS.empty_table()
    candidates = _candidates(texts, similarity).persist()
    try:
        return _similar(candidates, texts, similarity).toArrow() if candidates.count() else PAIRS.empty_table()
    finally:
        candidates.unpersist()


def _candidates(texts: DataFrame, similarity: float) -> DataFrame:
    """Pairs of texts with a band in common: one, other; one is the larger key."""
    bands = _bands(texts, rows_a_band(similarity))
    in_band = Window.partitionBy("band").orderBy("text_key")
    before = f.collect_list("text_key").over(in_band.rowsBetween(-NEIGHBOURS, -1))
    first = f.first("text_key").over(in_band.rowsBetween(Window.unboundedPreceding, Window.currentRow))
    met = bands.select("text_key", f.explode("bands").alias("band")).select(
        "text_key", before.alias("before"), first.alias("first")
    )
    others = f.explode(f.array_union("before", f.array("first")))
    return met.select(f.col("text_key").alias("one"), others.alias("other")).where("other < one").distinct()


def _similar(candidates: DataFrame, texts: DataFrame, similarity: float) -> DataFrame:
    """The candidates that are as similar as that."""
    keys = candidates.select(f.explode(f.array("one", "other")).alias("text_key")).distinct()
    shingles = _shingle_sets(texts.join(keys, "text_key", "left_semi"))
    of_one = shingles.select(f.col("text_key").alias("one"), f.col("shingles").alias("one_set"))
    of_other = shingles.select(f.col("text_key").alias("other"), f.col("shingles").alias("other_set"))
    common = f.size(f.array_intersect("one_set", "other_set"))
    all_in_one_or_other = f.size("one_set") + f.size("other_set") - common
    joined = candidates.join(of_one, "one").join(of_other, "other")
    return joined.where(common >= similarity * all_in_one_or_other).select("one", "other")


def _bands(texts: DataFrame, rows: int) -> DataFrame:
    """Columns text_key, bands: the hashes of a text's bands; texts without words are left out."""

    def made(shingles: Shingles) -> np.ndarray:
        return band_hashes(signatures(shingles), rows).view(np.int64)

    def banded(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for keys, shingles in _shingled(batches):
            bands = made(shingles)
            offsets = pa.array(np.arange(len(bands) + 1) * bands.shape[1], pa.int32())
            yield pa.record_batch(
                {"text_key": keys, "bands": pa.ListArray.from_arrays(offsets, pa.array(bands.reshape(-1)))}
            )

    return texts.mapInArrow(banded, "text_key bigint, bands array<bigint>")


def _shingle_sets(texts: DataFrame) -> DataFrame:
    """Columns text_key, shingles: the different shingles of a text; texts without words are left out."""

    def made(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for keys, shingles in _shingled(batches):
            sets = [np.unique(row) for row in np.split(shingles.hashes.view(np.int64), shingles.offsets[1:-1])]
            lengths = [len(row) for row in sets]
            offsets = pa.array(np.concatenate(([0], np.cumsum(lengths))), pa.int32())
            rows = pa.ListArray.from_arrays(offsets, pa.array(np.concatenate(sets)))
            yield pa.record_batch({"text_key": keys, "shingles": rows})

    return texts.mapInArrow(made, "text_key bigint, shingles array<bigint>")


def _shingled(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[pa.Array, Shingles]]:
    """The keys and shingles of the texts that have words, some hundred at a time."""
    cleaner = Cleaner(RULES)
    for batch in batches:
        for first in range(0, len(batch), MOST_TEXTS_AT_ONCE):
            piece = batch.slice(first, MOST_TEXTS_AT_ONCE)
            words = cleaner.words(piece.column("text"))
            has_words = pc.greater(pc.list_value_length(words), 0)
            if pc.any(has_words).as_py():
                yield piece.column("text_key").filter(has_words), shingles_of(words.filter(has_words))
