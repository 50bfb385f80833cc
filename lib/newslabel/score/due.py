"""Which partitions are due: those whose articles are not the ones that their labels were made from.

No clock and no ledger: the two tables themselves are compared, by how many articles of a date they hold and by the sum
of the hashes of their ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

# hashes of 64 bits as decimals: the sum of 10^10 of them has room, where that of bigints would overflow at the second
HASH = "decimal(20,0)"
OF_LABELS = {"scored_at": "timestamp", "model_version": "string"}  # a partition has one of each


@dataclass(frozen=True)
class Fingerprint:
    """Which articles a partition holds: how many, and the sum of their ids' hashes."""

    count: int = 0
    hashes: Decimal = Decimal(0)


@dataclass(frozen=True)
class PartitionState:
    """One crawl date in both tables.

    Attributes:
        crawl_date: the date.
        articles: of the articles.
        labels: of the labels.
        labelled_at: when the labels were made, or None where there are none.
        model_version: the number of the version that made them, or None where there are none.
    """

    crawl_date: date
    articles: Fingerprint = Fingerprint()
    labels: Fingerprint = Fingerprint()
    labelled_at: datetime | None = None
    model_version: str | None = None

    @property
    def is_due(self) -> bool:
        """Whether the labels were made from other articles than those there are."""
        return self.articles != self.labels

    def has_same_labels(self, other: "PartitionState") -> bool:
        """Whether nobody wrote labels between the two."""
        return (self.labels, self.labelled_at) == (other.labels, other.labelled_at)


def partition_states(articles: DataFrame, labels: DataFrame | None) -> Sequence[PartitionState]:
    """The state of every crawl date that either table has, the earliest first, in one pass over a few columns.

    Args:
        articles: the articles, or those of some dates.
        labels: the labels of the same dates, or None where there is no table yet.
    """
    unlabelled = (f.lit(None).cast(kind).alias(name) for name, kind in OF_LABELS.items())
    both = articles.select("crawl_date", "article_id", *unlabelled, f.lit(True).alias("is_article"))
    if labels is not None:
        both = both.unionByName(labels.select("crawl_date", "article_id", *OF_LABELS, f.lit(False).alias("is_article")))
    hashed = f.xxhash64("article_id").cast(HASH)
    rows = (
        both.groupBy("crawl_date")
        .agg(
            f.count_if("is_article").alias("articles"),
            f.sum(f.when(f.col("is_article"), hashed)).alias("article_hashes"),
            f.count_if(~f.col("is_article")).alias("labels"),
            f.sum(f.when(~f.col("is_article"), hashed)).alias("label_hashes"),
            f.max("scored_at").alias("labelled_at"),
            f.max("model_version").alias("model_version"),
        )
        .collect()
    )
    # sorted here: in Spark that would be two more jobs
    return [
        PartitionState(
            crawl_date=row.crawl_date,
            articles=Fingerprint(row.articles, row.article_hashes or Decimal(0)),
            labels=Fingerprint(row.labels, row.label_hashes or Decimal(0)),
            labelled_at=row.labelled_at,
            model_version=row.model_version,
        )
        for row in sorted(rows)
    ]
