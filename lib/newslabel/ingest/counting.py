"""What a batch is, told by one look at its judged records."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as f

# what the row says that tells of a file, see `read_file`
OF_FILE = ("file", "file_hash", "n_records", "n_passed_over", "file_error", "is_damaged")


@dataclass(frozen=True)
class Counted:
    """What a batch is.

    Attributes:
        ends: a row a file, of OF_FILE, by name; none where records come from elsewhere.
        n_good: records with no reason against them.
        n_rejected: records with one or more.
        reasons: records by reason, the most frequent first.
        days: the crawl dates of the good ones.
    """

    ends: Sequence[Row]
    n_good: int
    n_rejected: int
    reasons: Mapping[str, int]
    days: frozenset[date]

    @property
    def broken(self) -> list[str]:
        """The files that could not be read to their ends, each with what was expected and what was there."""
        return [f"{end.file}: {end.file_error}" for end in self.ends if end.file_error]


def counted(records: DataFrame) -> Counted:
    """Counts judged records, and finds among them the rows that tell of files.

    Args:
        records: with reasons and crawl_date; those of files with the columns of OF_FILE.
    """
    of_files = "n_records" in records.columns
    end = f.when(f.col("n_records").isNotNull(), f.struct(*OF_FILE)) if of_files else f.lit(None)
    good_day = f.when(f.size("reasons") == 0, f.col("crawl_date"))
    groups = records.groupBy(end.alias("end"), "reasons").agg(
        f.count("*").alias("n"), f.collect_set(good_day).alias("days")
    )
    rows = groups.collect()
    of_records = [row for row in rows if row.end is None]
    good = [row for row in of_records if not row.reasons]
    reasons: Counter[str] = Counter()
    for row in of_records:
        reasons.update(dict.fromkeys(row.reasons, row.n))
    return Counted(
        ends=sorted((row.end for row in rows if row.end is not None), key=lambda end: str(end.file)),
        n_good=sum(row.n for row in good),
        n_rejected=sum(row.n for row in of_records if row.reasons),
        reasons=dict(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))),
        days=frozenset(day for row in good for day in row.days),
    )
