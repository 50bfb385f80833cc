"""The tables that drift is computed of, and the one it goes to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.pandas.types import to_arrow_schema

from newslabel.schemas import ARTICLES, DRIFT, LABELS
from newslabel.score.drift_due import DueDate, due_dates
from newslabel.score.drift_figures import Figure
from newslabel.score.label_tables import of_dates
from newslabel.settings import Settings
from newslabel.table_making import create_table, exists
from newslabel.tables import read_table, replace_partition, table_path, table_version


@dataclass(frozen=True, order=True)
class Alert:
    """A row of the table that alerts."""

    crawl_date: date
    model_version: str
    feature: str
    statistic: str
    value: float
    threshold: float

    def __str__(self) -> str:
        figure = f"{self.feature} {self.statistic} {self.value:.4g}"
        return f"{self.crawl_date}, {figure}, where {self.threshold:.4g} is the bound"


def alerts_among(due: DueDate, figures: Sequence[Figure]) -> list[Alert]:
    """The alerts among the figures of a date, as the table has them once these are written."""
    return [
        Alert(due.crawl_date, due.labels.model_version, each.feature, each.statistic, each.value, each.threshold)
        for each in figures
        if due.labels and each.alert and each.threshold is not None
    ]


@dataclass(frozen=True)
class DriftTables:
    """Labels, articles and drift of one corpus, as they are at each call."""

    spark: SparkSession
    settings: Settings

    @property
    def path(self) -> str:
        """Where `drift` is."""
        return table_path(self.settings, DRIFT)

    def labels_commit(self) -> int | None:
        """The number of the newest commit to the labels, or None where there are none yet."""
        path = table_path(self.settings, LABELS)
        return table_version(self.spark, path) if exists(self.spark, path) else None

    def due(self, first: date | None, last: date | None) -> Sequence[DueDate]:
        """Which of those dates drift is to be computed of, of labels that are there, the earliest first."""
        return due_dates(self.labels(first, last), self._drift(first, last))

    def labels(self, first: date | None, last: date | None) -> DataFrame:
        """The labels of the dates from first to last, both included and None for open."""
        return of_dates(read_table(self.spark, table_path(self.settings, LABELS), LABELS), first, last)

    def labels_of(self, days: Collection[date]) -> DataFrame:
        """The labels of those dates."""
        return self.labels(min(days), max(days)).where(f.col("crawl_date").isin(list(days)))

    def articles(self) -> DataFrame:
        """All articles."""
        return read_table(self.spark, table_path(self.settings, ARTICLES), ARTICLES)

    def make(self) -> None:
        """Makes the table of drift, where it is missing."""
        create_table(self.spark, self.path, DRIFT)

    def replace(self, figures_of: Mapping[DueDate, Sequence[Figure]]) -> None:
        """Makes these the dates' figures, of the labels named there, in one commit; none clear a date.

        The table is there since `make`.

        Raises:
            ConflictError: another run wrote there at the same time; nothing was written.
        """
        now = datetime.now(UTC)
        rows = [
            {"crawl_date": due.crawl_date, "computed_at": now, **vars(due.labels), **vars(figure)}
            for due, figures in figures_of.items()
            for figure in (figures if due.labels else ())
        ]
        schema = to_arrow_schema(DRIFT.spark_schema(), timezone="UTC")
        frame = self.spark.createDataFrame(pa.Table.from_pylist(rows, schema)).coalesce(1)
        days = {"crawl_date": [due.crawl_date for due in figures_of]}
        replace_partition(frame, path=self.path, contract=DRIFT, partition=days)

    def alerts(self, days: Collection[date]) -> list[Alert]:
        """The alerts that the table has of those dates; of no dates, it is not asked."""
        drift = self._drift(min(days), max(days)) if days else None
        if drift is None:
            return []
        rows = drift.where("alert").select(*Alert.__dataclass_fields__).collect()
        return [Alert(*row) for row in rows if row.crawl_date in days]

    def _drift(self, first: date | None, last: date | None) -> DataFrame | None:
        if not exists(self.spark, self.path):
            return None
        return of_dates(read_table(self.spark, self.path, DRIFT), first, last)
