"""Which language a text is in, by a detector that carries its model with it."""

from collections.abc import Iterator

import pandas as pd
from pyspark.sql import Column
from pyspark.sql import functions as f
from pyspark.sql.pandas.functions import pandas_udf
from pyspark.sql.types import StringType

# as much tells as well as the whole
CHARACTERS = 400


def language_of(texts: Column) -> Column:
    """The ISO 639-1 code of each text's language, null where the text is."""
    languages: Column = _languages(f.substring(texts, 1, CHARACTERS))
    return languages


@pandas_udf(StringType())  # type: ignore[call-overload]  # PySpark's stub lacks the decorator
def _languages(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
    from py3langid import classify

    for texts in batches:
        yield texts.map(lambda text: str(classify(text)[0]), na_action="ignore")
