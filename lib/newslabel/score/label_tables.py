"""The tables that labels are made from and go to: `labels` for the champion, `shadow_labels` for any other version."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from newslabel.models import Version
from newslabel.schemas import ARTICLES, LABELS, SHADOW_LABELS, TableContract
from newslabel.score.due import PartitionState, partition_states
from newslabel.settings import Settings
from newslabel.spark_errors import ConflictError, map_spark_errors
from newslabel.table_making import create_table, exists
from newslabel.tables import partition_predicate, read_table, replace_partition, table_path, table_version

NO_TABLE = -1  # the number of the commit before the first


@dataclass(frozen=True)
class LabelTables:
    """Articles and labels of one corpus.

    Attributes:
        spark: the session.
        settings: of the corpus.
        challenger: the version whose shadow labels these are, or None for the champion's labels.
    """

    spark: SparkSession
    settings: Settings
    challenger: Version | None = None
    # what was checked, or made, once is not looked at again for every date
    _checked: set[str] = field(default_factory=set, compare=False, repr=False)
    _made: set[str] = field(default_factory=set, compare=False, repr=False)
    _own: set[str] = field(default_factory=set, compare=False, repr=False)

    def articles(self, first: date | None, last: date | None) -> DataFrame:
        """The articles of the dates from first to last, both included and None for open, as they are now."""
        return of_dates(self._read(table_path(self.settings, ARTICLES), ARTICLES), first, last)

    def states(self, first: date | None, last: date | None) -> Sequence[PartitionState]:
        """The states of those dates now, the earliest first."""
        with map_spark_errors(self._path):
            articles, labels = self.articles(first, last), None
            if self._path in self._checked or exists(self.spark, self._path):
                labels = self._labels(first, last)
            return partition_states(articles, labels)

    def state(self, day: date) -> PartitionState:
        """The state of one date now."""
        states = self.states(day, day)
        return states[0] if states else PartitionState(day)

    def label_counts(self, days: Collection[date]) -> Mapping[date, Mapping[str, int]]:
        """How many articles of each label those dates have now; a date that has none is left out."""
        if not days:
            return {}
        with map_spark_errors(self._path):
            return label_counts(self._labels(min(days), max(days)).where(f.col("crawl_date").isin(list(days))))

    def newest_commit(self) -> int:
        """The number of the newest commit to the table, by whomever; NO_TABLE where there is none."""
        return table_version(self.spark, self._path) if exists(self.spark, self._path) else NO_TABLE

    @property
    def is_own(self) -> bool:
        """Whether the table was not there before `version` made it."""
        return self._path in self._own

    def version(self) -> int:
        """The number of the newest commit to the table, by whomever; the table is made where it is missing."""
        if self._path not in self._made:
            if create_table(self.spark, self._path, self._contract):
                self._own.add(self._path)
            self._made.add(self._path)
        return table_version(self.spark, self._path)

    def replace(self, day: date, rows: DataFrame) -> None:
        """Makes these rows the labels of that date, in one commit to the table, which is there since `version`.

        Raises:
            ConflictError: another job wrote there at the same time; nothing was written.
        """
        partition = self._partition(day)
        replace_partition(rows, path=self._path, contract=self._contract, partition=partition)

    def put_back(self, day: date, commit: int) -> None:
        """Makes the labels of that date what they were at a commit, unless another run is writing them."""
        before = self.spark.read.format("delta").option("versionAsOf", commit).load(self._path)
        with suppress(ConflictError):  # what another run wrote is newer than what is to be taken back
            self.replace(day, before.where(partition_predicate(self._partition(day))))

    def _labels(self, first: date | None, last: date | None) -> DataFrame:
        labels = of_dates(self._read(self._path, self._contract), first, last)
        return labels.where(f.col("model_version") == self.challenger.number) if self.challenger else labels

    def _read(self, path: str, contract: TableContract) -> DataFrame:
        table = read_table(self.spark, path, contract, is_checked=path in self._checked)
        self._checked.add(path)
        return table

    def _partition(self, day: date) -> Mapping[str, date | str]:
        of_version = {"model_version": self.challenger.number} if self.challenger else {}
        return {"crawl_date": day, **of_version}

    @property
    def _contract(self) -> TableContract:
        return SHADOW_LABELS if self.challenger else LABELS

    @property
    def _path(self) -> str:
        return table_path(self.settings, self._contract)


def of_dates(table: DataFrame, first: date | None, last: date | None) -> DataFrame:
    """The rows of the crawl dates from first to last, both included and None for open."""
    if first:
        table = table.where(f.col("crawl_date") >= f.lit(first))
    if last:
        table = table.where(f.col("crawl_date") <= f.lit(last))
    return table


def label_counts(labels: DataFrame) -> dict[date, dict[str, int]]:
    """How many articles of each label a crawl date has."""
    counts: dict[date, dict[str, int]] = defaultdict(dict)
    for row in labels.groupBy("crawl_date", "label").count().collect():
        counts[row.crawl_date][row.label] = row["count"]
    return dict(counts)
