"""Of which crawl dates drift is to be computed: those whose rows were not made from the labels that there are.

As for labels there is no clock and no ledger. A date's labels are written whole, so that when and by which run they
were made says which they are; its rows in `drift` carry both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as f


@dataclass(frozen=True)
class Stamp:
    """Which labels: made when, by which run, and by which version of the model.

    Attributes:
        scored_at: in microseconds since 1970, UTC; Spark would give a time in the zone of the process, whichever it is.
        run_id: of the run.
        model_version: the version's number.
    """

    scored_at: int
    run_id: str
    model_version: str


@dataclass(frozen=True)
class DueDate:
    """A crawl date of which drift is to be computed; `labels` is None where it has none any more."""

    crawl_date: date
    labels: Stamp | None


def due_dates(labels: DataFrame, drift: DataFrame | None) -> Sequence[DueDate]:
    """The dates whose rows in `drift` are of other labels than those there are, the earliest first.

    Args:
        labels: the labels, or those of some dates.
        drift: the rows of the same dates, or None where there is no table yet.
    """
    both = labels.transform(_stamped).withColumn("of", f.lit("labels"))
    if drift is not None:
        both = both.unionByName(drift.transform(_stamped).withColumn("of", f.lit("drift")))
    of_labels, of_drift = (f.max(f.when(f.col("of") == table, f.col("stamp"))) for table in ("labels", "drift"))
    rows = (
        both.groupBy("crawl_date")
        .agg(of_labels.alias("labels"), of_drift.alias("drift"))
        .where(~f.col("labels").eqNullSafe(f.col("drift")))
        .select("crawl_date", "labels")
        .collect()
    )
    return [DueDate(row.crawl_date, Stamp(**row.labels.asDict()) if row.labels else None) for row in sorted(rows)]


def _stamped(table: DataFrame) -> DataFrame:
    scored_at = f.unix_micros("scored_at").alias("scored_at")
    return table.select("crawl_date", f.struct(scored_at, "run_id", "model_version").alias("stamp"))
