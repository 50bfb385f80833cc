"""Labelled articles become an immutable tokenization: what training reads."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from newslabel.clean import Cleaner
from newslabel.errors import DataError
from newslabel.logs import log_event, progress
from newslabel.recipes import Recipe
from newslabel.schemas import ARTICLES, EXAMPLES
from newslabel.settings import Settings
from newslabel.spark_errors import map_spark_errors
from newslabel.tables import read_table, replace_table, table_path
from newslabel.tokens.division import Division, divided
from newslabel.tokens.encoded_articles import encoded_articles
from newslabel.tokens.examples import (
    Tokenization,
    is_complete,
    load_tokenization,
    make_newest,
    save_tokenization,
    tokenization_uri,
)
from newslabel.tokens.leaks import find_leaks
from newslabel.tokens.naming import fingerprint_of, labelled_articles, tokenization_id
from newslabel.tokens.preset import known_vocabulary
from newslabel.tokens.splits import PARTS, TEST, TRAIN, FilesSplit, Split
from newslabel.tokens.stop_words import stop_words_of
from newslabel.tokens.vocabulary import Vocabulary
from newslabel.tokens.word_counts import build_vocabulary, word_counts


@dataclass(frozen=True)
class TokenizeSummary:
    """What came of tokenizing.

    Args:
        tokenization: what was made, or found.
        was_there: whether the same inputs had been tokenized before, so that nothing was made.
    """

    tokenization: Tokenization
    was_there: bool

    def facts(self) -> list[tuple[str, str | int]]:
        """What people want to know of it, each with its name."""
        made = self.tokenization
        kept_out = [(f"articles kept out: {reason}", count) for reason, count in made.kept_out.items()]
        return [
            ("tokenization", made.id),
            ("made", "before, of the same articles" if self.was_there else "now"),
            ("words with an id", "all, by their hashes" if made.vocabulary.buckets else len(made.vocabulary.words)),
            ("pairs of near-duplicates", made.near_duplicate_pairs),
            *(kept_out or [("articles kept out", 0)]),
        ]

    def parts(self) -> list[tuple[str, int, float, float]]:
        """Of each part its name, examples, and the shares of its words with and without an id."""
        unknown = self.tokenization.unknown_share
        return [
            (part, rows, 1 - unknown.get(part, 0.0), unknown.get(part, 0.0))
            for part, rows in self.tokenization.rows.items()
        ]


@dataclass(frozen=True)
class SharedDivision:
    """Labelled articles in their parts, for several tokenizations.

    Attributes:
        division: the articles.
        fingerprint: of these articles, as they were when they were divided.
    """

    division: Division
    fingerprint: str


@contextmanager
def divided_articles(spark: SparkSession, settings: Settings, recipe: Recipe, split: Split) -> Iterator[SharedDivision]:
    """The labelled articles in their parts, for several tokenizations of recipes with the same classes.

    Args:
        spark: the session.
        settings: of the corpus.
        recipe: one of those.
        split: how the articles are divided.

    Yields:
        The division; its articles are found again quickly as long as the context lasts.

    Raises:
        DataError: there are no articles of one of the recipe's classes.
        TableError: there are no articles yet, or the table cannot be read.
        TransientError: Spark's JVM is gone.
    """
    articles = labelled_articles(spark, settings, recipe)
    fingerprint = fingerprint_of(articles, settings, recipe, split)
    with ExitStack() as as_long:
        with map_spark_errors(table_path(settings, ARTICLES)):
            division = as_long.enter_context(divided(articles, split, settings.tokenize))
        yield SharedDivision(division, fingerprint)


def tokenize_articles(
    spark: SparkSession,
    settings: Settings,
    recipe: Recipe,
    split: Split,
    *,
    warns: bool = True,
    shared: SharedDivision | None = None,
) -> TokenizeSummary:
    """Makes the tokenization of the labelled articles, or finds it where the same was asked for before.

    Args:
        spark: the session.
        settings: of the corpus.
        recipe: its cleaning rules, encoder and classes.
        split: how the articles are divided into training, validation and test.
        warns: whether words are looked for that nearly tell the class, which takes a third of the time.
        shared: the articles, divided already.

    Raises:
        SettingsError: no such cleaning rule, encoder or stop words; or no preset, where the recipe reads one.
        DataError: nothing that could be learnt from: no labelled articles, or none of one class, in the training part;
            or a split that leaves nothing to test.
        TableError: there are no articles yet, or a table cannot be read or written.
        TransientError: Spark's JVM is gone.
    """
    stop_words = stop_words_of(recipe, Path(settings.corpus.recipes))
    known = known_vocabulary(settings, recipe)
    dividing: AbstractContextManager[Division]
    if shared:
        fingerprint, dividing = shared.fingerprint, nullcontext(shared.division)
    else:
        articles = labelled_articles(spark, settings, recipe)
        fingerprint = fingerprint_of(articles, settings, recipe, split)
        dividing = divided(articles, split, settings.tokenize)
    wanted_id = tokenization_id(settings, recipe, split, stop_words, fingerprint, known)
    was_there = is_complete(settings, wanted_id)
    if was_there:
        tokenization = replace(load_tokenization(settings, wanted_id), recipe=recipe)
        make_newest(tokenization)
    else:
        made = _made(spark, settings, recipe, split, dividing, stop_words, known, wanted_id=wanted_id, warns=warns)
        tokenization = replace(made, fingerprint=fingerprint)
        save_tokenization(tokenization)
    for leak in tokenization.leaks:
        log_event("leak", **asdict(leak))
    log_event("tokenized", id=wanted_id, was_there=was_there, **tokenization.rows)
    return TokenizeSummary(tokenization, was_there)


def _made(  # noqa: PLR0913 - all that a tokenization is of
    spark: SparkSession,
    settings: Settings,
    recipe: Recipe,
    split: Split,
    dividing: AbstractContextManager[Division],
    stop_words: tuple[str, ...],
    known: Vocabulary | None,
    *,
    wanted_id: str,
    warns: bool,
) -> Tokenization:
    """Divides the articles, counts the words, writes the table, and measures what was written."""
    uri = tokenization_uri(settings, wanted_id)
    with (
        progress("dividing, counting words, encoding, measuring", total=4) as advance,
        map_spark_errors(uri),
        dividing as division,
    ):
        _check_parts(division.counts, recipe, split)
        advance(1)
        training = division.articles.where(f.col("split") == TRAIN)
        vocabulary = known or _vocabulary(training, recipe, stop_words)
        advance(1)
        examples = encoded_articles(division.articles, recipe, vocabulary, stop_words)
        replace_table(spark, examples, path=uri, contract=EXAMPLES)
        advance(1)
        written = read_table(spark, uri, EXAMPLES)
        unknown_share = _unknown_share(written)
        trained = {label: rows for (part, label), rows in division.counts.items() if part == TRAIN}
        of_training = written.where(f.col("split") == TRAIN)
        leaks = (
            find_leaks(of_training, training, trained, recipe, vocabulary, settings.tokenize, stop_words)
            if warns
            else []
        )
        advance(1)
    return Tokenization(
        id=wanted_id,
        uri=uri,
        recipe=recipe,
        vocabulary=vocabulary,
        stop_words=stop_words,
        rows={part: sum(n for (of, _), n in division.counts.items() if of == part) for part in PARTS},
        unknown_share=unknown_share,
        kept_out=division.kept_out,
        near_duplicate_pairs=division.near_duplicate_pairs,
        leaks=tuple(leaks),
    )


def _check_parts(counts: Mapping[tuple[str, str], int], recipe: Recipe, split: Split) -> None:
    """Raises DataError where a part lacks what it needs; `counts` has the rows by part and label."""
    tested = sum(rows for (part, _), rows in counts.items() if part == TEST)
    training = {label: rows for (part, label), rows in counts.items() if part == TRAIN}
    if isinstance(split, FilesSplit) and not tested:
        raise DataError(f"--test-files matches the file of no labelled article. Received: {split.pattern!r}")
    if len(training) < len(recipe.classes.names):
        raise DataError(f"the training part needs articles of both classes. Received: {training} by {split}")
    if split.parts_groups and not tested:
        raise DataError(f"the split leaves no article to test. Received: {split}")


def _vocabulary(training: DataFrame, recipe: Recipe, stop_words: Sequence[str]) -> Vocabulary:
    if recipe.tokens.ids == "hashed":
        return Vocabulary.hashed(recipe.tokens.buckets)
    counts = word_counts(training, Cleaner(recipe.clean.rules, stop_words), recipe.clean.fields)
    return build_vocabulary(counts, recipe.tokens.max_words)


def _unknown_share(examples: DataFrame) -> dict[str, float]:
    """Of each part the share of its words that the vocabulary lacks."""
    unknown = f.sum(f.col("unknown_share").cast("double") * f.col("n_tokens")) / f.sum("n_tokens")
    found = {row["split"]: row["unknown"] for row in examples.groupBy("split").agg(unknown.alias("unknown")).collect()}
    return {part: found[part] or 0.0 for part in PARTS if part in found}
