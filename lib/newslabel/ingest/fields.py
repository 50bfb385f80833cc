"""The fields of a record in the types that the articles have: dates, times, and the corpus' own labels."""

from collections.abc import Callable, Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from newslabel.settings import Settings

# spreadsheets and pandas write the label 1 as 1.0 where another row has none
WHOLE_NUMBER = r"^(-?\d+)\.0+$"


def typed_fields(settings: Settings, given_date: Column) -> Callable[[DataFrame], DataFrame]:
    """A transform that gives records typed crawl_date, published_at and label; what does not parse is null.

    Args:
        settings: of the corpus; its labels, its time zone.
        given_date: the day that was given for each record's file; null where each record has its own.
    """

    def with_typed_fields(records: DataFrame) -> DataFrame:
        return records.withColumns(
            {
                "raw_label": f.col("label"),
                "label": _class_of(f.col("label"), settings.corpus.labels),
                "published_at": f.col("published_time"),
                "given_date": given_date.cast("date"),
                "crawl_date": f.coalesce(given_date.cast("date"), "own_crawl_date"),
            }
        )

    return with_typed_fields


def _class_of(raw_label: Column, labels: Mapping[str, Sequence[str]]) -> Column:
    spelling = f.regexp_replace(f.lower(f.trim(raw_label)), WHOLE_NUMBER, "$1")
    classes = f.lit(None).cast("string")
    for name, spellings in labels.items():
        folded = [each.strip().lower() for each in spellings]
        classes = f.when(spelling.isin(folded), f.lit(name)).otherwise(classes)
    return classes
