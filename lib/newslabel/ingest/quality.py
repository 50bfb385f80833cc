"""What makes a record bad, one rule a reason, each judged on the record alone."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from newslabel.settings import IngestSettings

# letters, with apostrophes inside: numbers are no words, as they are the same in all languages
WORD = r"\p{L}[\p{L}']*"


def empty_text(_: IngestSettings) -> Column:
    """There is no body, or only blanks; a headline alone is no article."""
    return f.col("text").isNull()


def too_short(settings: IngestSettings) -> Column:
    """There are fewer words than `min_words`."""
    return f.col("text").isNotNull() & (f.size("words") < settings.min_words)


def too_long(settings: IngestSettings) -> Column:
    """There are more words than `max_words`."""
    return f.size("words") > settings.max_words


def not_english(settings: IngestSettings) -> Column:
    """Fewer of the words than `min_stop_word_share` are English stop words."""
    stop_words = f.size(f.filter("words", lambda word: word.isin(*_english_stop_words())))
    share = f.coalesce(f.try_divide(stop_words, f.size("words")), f.lit(0.0))
    return f.col("text").isNotNull() & (share < settings.min_stop_word_share)


def unknown_label(_: IngestSettings) -> Column:
    """There is a label, and it stands for no class of the corpus."""
    return f.col("raw_label").isNotNull() & f.col("label").isNull()


def bad_crawl_date(_: IngestSettings) -> Column:
    """There is no day on which it was crawled, or none that can be."""
    return f.col("crawl_date").isNull()


RULES: Mapping[str, Callable[[IngestSettings], Column]] = MappingProxyType(
    {rule.__name__: rule for rule in (empty_text, too_short, too_long, not_english, unknown_label, bad_crawl_date)}
)


def with_reasons(settings: IngestSettings) -> Callable[[DataFrame], DataFrame]:
    """A transform that gives records `reasons`: the names of all rules that each breaks, none for a good one.

    Args:
        settings: the rules' thresholds.
    """

    def judged(records: DataFrame) -> DataFrame:
        # a malformed record has no fields on which it could be judged
        broken = [f.when(f.col("problem").isNull() & rule(settings), f.lit(name)) for name, rule in RULES.items()]
        text = f.translate(f.lower("text"), "\u2019", "'")
        return (
            records.withColumn("words", f.coalesce(f.regexp_extract_all(text, f.lit(WORD), f.lit(0)), f.array()))
            .withColumn("reasons", f.array_compact(f.array(f.col("problem"), *broken)))
            .drop("words")
        )

    return judged


def _english_stop_words() -> list[str]:
    from pyspark.ml.feature import StopWordsRemover

    return StopWordsRemover.loadDefaultStopWords("english")
