"""UTF-8 that somebody read as another encoding ("itâ€™s"), found and made good."""

import re
from collections.abc import Callable, Iterator

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as f
from pyspark.sql.pandas.functions import pandas_udf

# One character read as several: two in a row that are no ASCII. Looking for those first spares most English texts the
# look at what they are, which takes about a millisecond.
SUSPICIOUS = re.compile("[^\x00-\x7f]{2}")
RESULT = "title string, text string, is_mojibake boolean"


def with_repaired_text(*, repair: bool) -> Callable[[DataFrame], DataFrame]:
    """A transform that gives records `is_mojibake`: whether title or text is, once what can be repaired is repaired.

    Args:
        repair: whether title and text are repaired; else they are only judged.
    """

    @pandas_udf(RESULT)  # type: ignore[call-overload]  # PySpark's stub lacks the decorator
    def judged(batches: Iterator[tuple[pd.Series, pd.Series]]) -> Iterator[pd.DataFrame]:
        for titles, texts in batches:
            fields = [[repaired(text) if repair else text for text in column] for column in (titles, texts)]
            bad = [is_mojibake(title) or is_mojibake(text) for title, text in zip(*fields, strict=True)]
            yield pd.DataFrame({"title": fields[0], "text": fields[1], "is_mojibake": bad})

    def with_judgement(records: DataFrame) -> DataFrame:
        found = records.withColumn("judged", judged("title", "text"))
        names = ("title", "text", "is_mojibake")
        return found.withColumns({name: f.col(f"judged.{name}") for name in names}).drop("judged")

    return with_judgement


def repaired(text: str | None) -> str | None:
    """The text as it was meant, where it is mojibake that can be undone; else as it is."""
    from ftfy import fix_encoding

    if text is None or not is_mojibake(text):
        return text
    fixed: str = fix_encoding(text)
    return fixed


def is_mojibake(text: str | None) -> bool:
    """Whether the text holds characters that come together only by reading them wrong."""
    from ftfy.badness import is_bad

    return text is not None and SUSPICIOUS.search(text) is not None and bool(is_bad(text))
