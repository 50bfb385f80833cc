"""Labelled articles become an immutable tokenization: what training reads."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
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
    SHAPING,
    Tokenization,
    is_complete,
    load_tokenization,
    make_newest,
    save_tokenization,
    tokenization_uri,
)
from newslabel.tokens.leaks import find_leaks
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


@contextmanager
def divided_articles(spark: SparkSession, settings: Settings, recipe: Recipe, split: Split) -> Iterator[Division]:
    """The labelled articles in their parts, for several tokenizations of recipes with the same classes.

    Args:
        spark: the session.
        settings: of the corpus.
        recipe: one of those.
        split: how the articles are divided.

    Raises:
        TableError: there are no articles yet, or the table cannot be read.
        TransientError: Spark's JVM is gone.
    """
    articles = _labelled_articles(spark, settings, recipe)
    with map_spark_errors(table_path(settings, ARTICLES)), divided(articles, split, settings.tokenize) as division:
        yield division


def tokenize_articles(
    spark: SparkSession,
    settings: Settings,
    recipe: Recipe,
    split: Split,
    *,
    warns: bool = True,
    division: Division | None = None,
) -> TokenizeSummary:
    """Makes the tokenization of the labelled articles, or finds it where the same was asked for before.

    Args:
        spark: the session.
        settings: of the corpus.
        recipe: its cleaning rules, encoder and classes.
        split: how the articles are divided into training, validation and test.
        warns: whether words are looked for that nearly tell the class, which takes a third of the time.
        division: the same articles, divided already by `divided_articles`.

    Raises:
        SettingsError: no such cleaning rule, encoder or stop words; or no preset, where the recipe reads one.
        DataError: nothing that could be learnt from: no labelled articles, or none of one class, in the training part;
            or a split that leaves nothing to test.
        TableError: there are no articles yet, or a table cannot be read or written.
        TransientError: Spark's JVM is gone.
    """
    stop_words = stop_words_of(recipe, Path(settings.corpus.recipes))
    known = known_vocabulary(settings, recipe)
    articles = _labelled_articles(spark, settings, recipe)
    with map_spark_errors(table_path(settings, ARTICLES)):
        fingerprint = _fingerprint(articles, recipe, split)
    wanted_id = tokenization_id(settings, recipe, split, stop_words, fingerprint, known)
    was_there = is_complete(settings, wanted_id)
    if was_there:
        tokenization = replace(load_tokenization(settings, wanted_id), recipe=recipe)
        make_newest(tokenization)
    else:
        dividing = nullcontext(division) if division else divided(articles, split, settings.tokenize)
        made = _made(spark, settings, recipe, split, dividing, stop_words, known, wanted_id=wanted_id, warns=warns)
        tokenization = replace(made, fingerprint=fingerprint)
        save_tokenization(tokenization)
    for leak in tokenization.leaks:
        log_event("leak", **asdict(leak))
    log_event("tokenized", id=wanted_id, was_there=was_there, **tokenization.rows)
    return TokenizeSummary(tokenization, was_there)


def labelled_fingerprint(spark: SparkSession, settings: Settings, recipe: Recipe, split: Split) -> str:
    """What stands for the labelled articles as they are now, with all of them that the split looks at.

    Raises:
        DataError: there are none of one of the recipe's classes.
        TableError: there are no articles yet, or the table cannot be read.
    """
    articles = _labelled_articles(spark, settings, recipe)
    with map_spark_errors(table_path(settings, ARTICLES)):
        return _fingerprint(articles, recipe, split)


def tokenization_id(
    settings: Settings,
    recipe: Recipe,
    split: Split,
    stop_words: Sequence[str],
    fingerprint: str,
    known: Vocabulary | None = None,
) -> str:
    """The name of what these inputs give: the same for the same ones, whenever they are asked for.

    Args:
        settings: of the corpus.
        recipe: of which the parts count that shape its examples.
        split: how the articles are divided.
        stop_words: as `stop_words_of` gives them.
        fingerprint: of the articles, by `labelled_fingerprint`.
        known: the vocabulary that stands before any article is read, where the recipe has one.
    """
    inputs = {
        "recipe": {section: recipe.model_dump(mode="json")[section] for section in SHAPING},
        "stop_words": stop_words,
        "split": {"by": type(split).__name__, **vars(split)},
        # seed and shares stand in the split, where it has them
        "settings": settings.tokenize.model_dump(exclude={"seed", "train_share", "validation_share"}),
        "articles": fingerprint,
        "newslabel": version("newslabel"),
        **({"tokenizer": known.tokenizer} if known else {}),
    }
    return f"{recipe.name}-{hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()[:12]}"


def _labelled_articles(spark: SparkSession, settings: Settings, recipe: Recipe) -> DataFrame:
    articles = read_table(spark, table_path(settings, ARTICLES), ARTICLES)
    return articles.where(f.col("label").isin(*recipe.classes.names))


def _fingerprint(articles: DataFrame, recipe: Recipe, split: Split) -> str:
    """How many articles there are, and the sum of what is hashed of each: all that its part can depend on.

    The text is in the id. Nothing long is read, so that a tokenization that is there is found at once.
    """
    seen = dict.fromkeys(["article_id", "label", "source", *split.looks_at])
    # a null is hashed as nothing, which a value in the next column could be taken for
    hashes = f.xxhash64(*seen, *(f.col(name).isNull() for name in seen))
    # a sum of 64-bit hashes needs more than 64 bits
    total = f.sum(hashes.cast("decimal(38, 0)")).cast("string")
    rows = articles.groupBy("label").agg(f.count("*").alias("rows"), total.alias("hashes")).collect()
    found = {label: sum(row["rows"] for row in rows if row["label"] == label) for label in recipe.classes.names}
    if not all(found.values()):
        wanted = " and ".join(recipe.classes.names)
        raise DataError(f"training needs articles labelled {wanted}; ingest some first. Received: {found}")
    return f"{sum(found.values())}-{sum(int(row['hashes']) for row in rows)}"


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
