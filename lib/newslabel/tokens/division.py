"""The labelled articles, divided: what only the whole set can tell is told, and no text stands on two sides."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as f

from newslabel.logs import log_event
from newslabel.settings import TokenizeSettings
from newslabel.tokens.components import groups_of
from newslabel.tokens.near_duplicates import near_duplicates
from newslabel.tokens.same_texts import has_no_text, text_key, texts_to_keep_out, versions_of_a_story
from newslabel.tokens.splits import TEST, Split

NO_DATE = "no_date"
NEAR_TEST = "near_test"
MOST_BROADCAST = 1_000_000  # rows of 16 to 40 bytes that each task may be sent
# what is asked again and again of the articles, besides what the split looks at; all but their texts
FACTS = ("article_id", "story_id", "label", "source")


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


@contextmanager
def divided(labelled: DataFrame, split: Split, settings: TokenizeSettings) -> Iterator[Division]:
    """The articles in their parts, without those from which nothing should be learnt.

    Kept out are: all articles of a text that stands under two labels, or in too many articles of a source; those that
    come to no part; and those that would train or validate, with a near-duplicate or a version of their story that
    tests.

    Args:
        labelled: articles with a label.
        split: how to divide them.
        settings: what counts as boilerplate, and as near-duplicates.

    Yields:
        The division; its articles are found again quickly as long as the context lasts.
    """
    keyed = labelled.withColumn("article_key", f.xxhash64("article_id", "crawl_date"))
    columns = dict.fromkeys([*FACTS, *split.looks_at])
    of_text = (text_key().alias("text_key"), has_no_text().alias("has_no_text"))
    with _persisted(keyed.select("article_key", *columns, *of_text)) as facts:
        broadcast = facts.count() <= MOST_BROADCAST
        unfit = texts_to_keep_out(facts, settings.max_repeats).toArrow()
        fit = facts.join(_small(facts, unfit), "text_key", "left_anti")
        near = near_duplicates(_texts(keyed, fit, broadcast=broadcast), settings.near_duplicate_similarity)
        groups = groups_of(near, versions_of_a_story(fit).toArrow())
        parted = _with_part(_with_column_of(_with_column_of(facts, unfit), groups), split)
        on_both_sides = _groups_on_both_sides(parted) if split.parts_groups else None
        with _persisted(_without_training_twins(parted, on_both_sides)) as parts:
            counts = _counts(parts)
            left = parts.where("kept_out IS NULL").select("article_key", "split").dropDuplicates(["article_key"])
            with _persisted(left):
                yield Division(
                    articles=_joined(keyed, left, broadcast=broadcast).select(*labelled.columns, "split"),
                    counts={(row["split"], row["label"]): row["articles"] for row in counts if row["kept_out"] is None},
                    kept_out=_told(counts),
                    near_duplicate_pairs=len(near),
                )


@contextmanager
def _persisted(rows: DataFrame) -> Iterator[DataFrame]:
    try:
        yield rows.persist()
    finally:
        rows.unpersist()


def _texts(articles: DataFrame, facts: DataFrame, *, broadcast: bool) -> DataFrame:
    """Each text once, as one of its articles has it: columns text_key, text."""
    first = facts.groupBy("text_key").agg(f.min(f.struct("article_key", "has_no_text")).alias("first"))
    text = f.when(f.col("has_no_text"), f.col("title")).otherwise(f.col("text"))
    return _joined(articles, first.select("text_key", "first.*"), broadcast=broadcast).select(
        "text_key", text.alias("text")
    )


def _joined(articles: DataFrame, facts: DataFrame, *, broadcast: bool) -> DataFrame:
    """The articles of which there are facts, with these; the texts stay where they are if the facts are few."""
    return articles.join(f.broadcast(facts) if broadcast else facts, "article_key")


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
