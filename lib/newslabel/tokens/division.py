"""The labelled articles, divided: what only the whole set can tell is told, and no text stands on two sides."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as f

from newslabel.logs import log_event
from newslabel.settings import TokenizeSettings
from newslabel.tokens.near_duplicates import near_duplicates
from newslabel.tokens.same_texts import texts_to_keep_out, with_text_key
from newslabel.tokens.splits import TEST, Split

NO_DATE = "no_date"
NEAR_TEST = "near_test"
MOST_BROADCAST = 1_000_000  # rows of 16 to 40 bytes that each task may be sent


@dataclass(frozen=True)
class Division:
    """The articles that are left, in their parts.

    Attributes:
        articles: the columns of the articles table, and `split`.
        counts: rows by split and label.
        kept_out: how many articles were kept out, by reason.
        near_duplicate_pairs: how many pairs of texts were found that are nearly the same.
    """

    articles: DataFrame
    counts: Mapping[tuple[str, str], int]
    kept_out: Mapping[str, int]
    near_duplicate_pairs: int


def divided(labelled: DataFrame, split: Split, settings: TokenizeSettings) -> Division:
    """The articles in their parts, without those from which nothing should be learnt.

    Kept out are: all articles of a text that stands under two labels, or in too many articles of a source; those that
    come to no part; and those that would train or validate, with a near-duplicate that tests.

    Args:
        labelled: articles with a label.
        split: how to divide them.
        settings: what counts as boilerplate, and as near-duplicates.
    """
    articles = with_text_key(labelled)
    # all but the texts: what is asked again and again
    facts = articles.select(*dict.fromkeys(["article_id", "label", "text_key", "source", *split.looks_at])).persist()
    try:
        unfit = texts_to_keep_out(facts, settings.max_repeats).toArrow()
        fit = articles.join(_small(articles, unfit), "text_key", "left_anti")
        near = near_duplicates(fit, settings.near_duplicate_similarity)

        def parted(rows: DataFrame) -> DataFrame:
            return _with_part(_with_column_of(_with_column_of(rows, unfit), near.groups), split)

        on_both_sides = _groups_on_both_sides(parted(facts)) if split.parts_groups else None
        counts = _counts(_without_training_twins(parted(facts), on_both_sides))
    finally:
        facts.unpersist()
    left = _without_training_twins(parted(articles), on_both_sides).where("kept_out IS NULL")
    return Division(
        articles=left.select(*labelled.columns, "split"),
        counts={(row["split"], row["label"]): row["articles"] for row in counts if row["kept_out"] is None},
        kept_out=_told(counts),
        near_duplicate_pairs=near.pairs,
    )


def _with_part(rows: DataFrame, split: Split) -> DataFrame:
    grouped = rows.withColumn("text_group", f.coalesce("text_group", "text_key")).withColumn("split", split.part())
    return grouped.withColumn("kept_out", f.coalesce("kept_out", f.when(f.col("split").isNull(), NO_DATE)))


def _groups_on_both_sides(rows: DataFrame) -> pa.Table:
    """The groups that test and do something else as well: columns text_group, both."""
    tests = f.col("split") == TEST
    groups = rows.where("kept_out IS NULL").groupBy("text_group")
    sides = groups.agg(f.bool_or(tests).alias("test"), f.bool_or(~tests).alias("training"))
    return sides.where("test AND training").select("text_group", f.lit(True).alias("both")).toArrow()


def _without_training_twins(rows: DataFrame, on_both_sides: pa.Table | None) -> DataFrame:
    if on_both_sides is None:
        return rows
    is_twin: Column = f.col("both") & (f.col("split") != TEST)
    marked = _with_column_of(rows, on_both_sides, key="text_group")
    return marked.withColumn("kept_out", f.coalesce("kept_out", f.when(is_twin, NEAR_TEST)))


def _with_column_of(rows: DataFrame, table: pa.Table, key: str = "text_key") -> DataFrame:
    """The rows with a column of a small table, null where the table lacks their key."""
    return rows.join(_small(rows, table), key, "left")


def _small(rows: DataFrame, table: pa.Table) -> DataFrame:
    frame = rows.sparkSession.createDataFrame(table)
    return f.broadcast(frame) if len(table) <= MOST_BROADCAST else frame


def _counts(rows: DataFrame) -> list[Row]:
    first, last = f.min("article_id").alias("first"), f.max("article_id").alias("last")
    return rows.groupBy("kept_out", "split", "label").agg(f.count("*").alias("articles"), first, last).collect()


def _told(counts: list[Row]) -> dict[str, int]:
    """How many articles each reason keeps out; a line of the log for each, with the ids of a few."""
    kept_out = {}
    for reason in sorted({row["kept_out"] for row in counts if row["kept_out"]}):
        rows = [row for row in counts if row["kept_out"] == reason]
        kept_out[reason] = sum(row["articles"] for row in rows)
        ids = sorted({row[name] for row in rows for name in ("first", "last")})
        log_event("kept_out", reason=reason, articles=kept_out[reason], some=",".join(ids[:4]))
    return kept_out
