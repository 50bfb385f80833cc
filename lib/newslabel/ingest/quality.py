"""What makes a record bad, one rule a reason, each judged on the record alone."""

from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from newslabel.settings import IngestSettings

# letters, with apostrophes inside: numbers are no words, as they are the same in all languages
WORD = r"\p{L}[\p{L}']*"
USUAL_CHARACTER = r"[\p{L}\p{M}\p{N}\p{Z}\s.,;:!?'\"()\-\u2010-\u2015\u2018-\u201f\u2026]"
ENGLISH = "en"


def empty_text(_: IngestSettings) -> Column:
    """There is no body, or only blanks; a headline alone is no article."""
    return f.col("text").isNull()


def no_title_no_text(_: IngestSettings) -> Column:
    """There is neither a headline nor a body."""
    return f.col("title").isNull() & f.col("text").isNull()


def too_short(settings: IngestSettings) -> Column:
    """There are fewer words than `min_words`."""
    return f.col("text").isNotNull() & (f.size("words") < settings.min_words)


def too_long(settings: IngestSettings) -> Column:
    """There are more words than `max_words`."""
    return f.size("words") > settings.max_words


def bad_word_length(settings: IngestSettings) -> Column:
    """The words have fewer letters than `min_word_length` on average, or more than `max_word_length`."""
    mean = f.try_divide(f.length(f.array_join("words", "")), f.size("words"))
    return f.coalesce(~mean.between(settings.min_word_length, settings.max_word_length), f.lit(False))


def special_characters(settings: IngestSettings) -> Column:
    """A larger share than `max_special_share` is neither letter, figure, blank nor usual punctuation."""
    special = f.length(f.regexp_replace("text", USUAL_CHARACTER, ""))
    return f.coalesce(f.try_divide(special, f.length("text")) > settings.max_special_share, f.lit(False))


def not_english(settings: IngestSettings) -> Column:
    """Too few words are English stop words, and the language detector, if it is asked, finds another language too."""
    few = f.col("text").isNotNull() & (f.col("stop_word_share") < settings.min_stop_word_share)
    if not settings.language_detector:
        return few
    return few & (f.coalesce("language", f.lit(ENGLISH)) != ENGLISH)


def mojibake(settings: IngestSettings) -> Column:
    """Title or text holds what only a wrong encoding makes, and could not be repaired."""
    return f.col("is_mojibake") & f.lit(settings.mojibake != "keep")


def boilerplate(settings: IngestSettings) -> Column:
    """A short text that holds one of the patterns of pages which stand in an article's place."""
    page = f.concat_ws("\n", "title", "text")
    held = [page.rlike(f"(?i){pattern}") for pattern in settings.boilerplate]
    return (f.size("words") <= settings.max_boilerplate_words) & reduce(Column.__or__, held, f.lit(False))


def impossible_date(_: IngestSettings) -> Column:
    """The date of publication is written in figures, and no day has it. What is not understood is no date at all."""
    return f.col("published_at").isNull() & f.col("is_no_day")


def published_after_crawl(settings: IngestSettings) -> Column:
    """It was published more than `late_days` after the crawl date."""
    last = f.date_add("crawl_date", settings.late_days)
    return f.coalesce(f.to_date("published_at") > last, f.lit(False))


def unknown_label(_: IngestSettings) -> Column:
    """There is a label, and it stands for no class of the corpus."""
    return f.col("raw_label").isNotNull() & f.col("label").isNull()


def bad_crawl_date(_: IngestSettings) -> Column:
    """There is no day on which it was crawled, or none that can be; as the table has a place a day, always judged."""
    return f.col("crawl_date").isNull()


RULES: Mapping[str, Callable[[IngestSettings], Column]] = MappingProxyType(
    {
        rule.__name__: rule
        for rule in (
            *(empty_text, no_title_no_text, too_short, too_long, bad_word_length, special_characters, not_english),
            *(mojibake, boilerplate, impossible_date, published_after_crawl, unknown_label),
        )
    }
)


def with_reasons(settings: IngestSettings) -> Callable[[DataFrame], DataFrame]:
    """A transform that gives records `reasons`: the names of all rules that each breaks, none for a good one.

    Args:
        settings: which rules there are, and their thresholds; `bad_crawl_date` always is.
    """

    def judged(records: DataFrame) -> DataFrame:
        # a malformed record has no fields on which it could be judged
        rules = [*(rule for name, rule in RULES.items() if name in settings.rules), bad_crawl_date]
        broken = [f.when(f.col("problem").isNull() & rule(settings), f.lit(rule.__name__)) for rule in rules]
        text = f.translate(f.lower("text"), "\u2019", "'")
        return (
            records.withColumn("words", f.coalesce(f.regexp_extract_all(text, f.lit(WORD), f.lit(0)), f.array()))
            .withColumn("stop_word_share", _stop_word_share())
            .withColumn("reasons", f.array_compact(f.array(f.col("problem"), *broken)))
            .drop("words", "stop_word_share")
        )

    return judged


def _stop_word_share() -> Column:
    stop_words = f.size(f.filter("words", lambda word: word.isin(*_english_stop_words())))
    return f.coalesce(f.try_divide(stop_words, f.size("words")), f.lit(0.0))


def _english_stop_words() -> list[str]:
    from pyspark.ml.feature import StopWordsRemover

    return StopWordsRemover.loadDefaultStopWords("english")
