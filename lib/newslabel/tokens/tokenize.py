"""Labelled articles become an immutable tokenization: what training reads."""

import hashlib
import json
from collections.abc import Mapping, Sequence
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
    save_tokenization,
    tokenization_uri,
)
from newslabel.tokens.leaks import Leak, find_leaks
from newslabel.tokens.splits import PARTS, TEST, TRAIN, FilesSplit, Split
from newslabel.tokens.stop_words import stop_words_of
from newslabel.tokens.vocabulary import Vocabulary
from newslabel.tokens.word_counts import build_vocabulary, word_counts


@dataclass(frozen=True)
class TokenizeSummary:
    """What a tokenization holds.

    Args:
        id: its name, for `train_model --examples`.
        rows: how many examples each part has.
        vocabulary_words: how many words have ids.
        unknown_share: of each part, the share of its words that the vocabulary lacks.
        kept_out: how many labelled articles it leaves out, by reason.
        near_duplicate_pairs: how many pairs of texts were found to be nearly the same, and kept on one side.
        leaks: the words of the training part that nearly tell the class.
        was_there: whether the same inputs had been tokenized before, so that nothing was made.
    """

    id: str
    rows: Mapping[str, int]
    vocabulary_words: int
    unknown_share: Mapping[str, float]
    kept_out: Mapping[str, int]
    near_duplicate_pairs: int
    leaks: tuple[Leak, ...]
    was_there: bool


def tokenize_articles(spark: SparkSession, settings: Settings, recipe: Recipe, split: Split) -> TokenizeSummary:
    """Makes the tokenization of the labelled articles, or finds it where the same was asked for before.

    Args:
        spark: the session.
        settings: of the corpus.
        recipe: its cleaning rules, encoder and classes.
        split: how the articles are divided into training, validation and test.

    Raises:
        SettingsError: no such cleaning rule, encoder or stop words.
        DataError: nothing that could be learnt from: no labelled articles, or none of one class, in the training part;
            or a split that leaves nothing to test.
    """
    stop_words = stop_words_of(recipe, Path(settings.corpus.recipes))
    articles = _labelled_articles(spark, settings, recipe)
    fingerprint = _fingerprint(articles, recipe, split)
    tokenization_id = _id(settings, recipe, split, stop_words, fingerprint)
    was_there = is_complete(settings, tokenization_id)
    if was_there:
        tokenization = replace(load_tokenization(settings, tokenization_id), recipe=recipe)
    else:
        made = _made(articles, settings, recipe, split, stop_words, tokenization_id)
        tokenization = replace(made, fingerprint=fingerprint)
    save_tokenization(tokenization)
    for leak in tokenization.leaks:
        log_event("leak", **asdict(leak))
    log_event("tokenized", id=tokenization_id, was_there=was_there, **tokenization.rows)
    return TokenizeSummary(
        id=tokenization_id,
        rows=tokenization.rows,
        vocabulary_words=len(tokenization.vocabulary.words),
        unknown_share=tokenization.unknown_share,
        kept_out=tokenization.kept_out,
        near_duplicate_pairs=tokenization.near_duplicate_pairs,
        leaks=tokenization.leaks,
        was_there=was_there,
    )


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


def _id(settings: Settings, recipe: Recipe, split: Split, stop_words: Sequence[str], fingerprint: str) -> str:
    """The name of what these inputs give: the same for the same ones, whenever they are asked for."""
    inputs = {
        "recipe": {section: recipe.model_dump(mode="json")[section] for section in SHAPING},
        "stop_words": stop_words,
        "split": {"by": type(split).__name__, **vars(split)},
        # seed and shares stand in the split, where it has them
        "settings": settings.tokenize.model_dump(exclude={"seed", "train_share", "validation_share"}),
        "articles": fingerprint,
        "newslabel": version("newslabel"),
    }
    return f"{recipe.name}-{hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()[:12]}"


def _made(
    articles: DataFrame,
    settings: Settings,
    recipe: Recipe,
    split: Split,
    stop_words: tuple[str, ...],
    tokenization_id: str,
) -> Tokenization:
    """Divides the articles, counts the words, writes the table, and measures what was written."""
    uri = tokenization_uri(settings, tokenization_id)
    with progress("dividing, counting words, encoding, measuring", total=4) as advance:
        with map_spark_errors(uri):
            division = divided(articles, split, settings.tokenize)
            _check_parts(division, recipe, split)
            advance(1)
            training = division.articles.where(f.col("split") == TRAIN)
            vocabulary = _vocabulary(training, recipe, stop_words)
        advance(1)
        examples = encoded_articles(division.articles, recipe, vocabulary, stop_words)
        replace_table(articles.sparkSession, examples, path=uri, contract=EXAMPLES)
        advance(1)
        rows, unknown_share = _measured(articles.sparkSession, uri)
        with map_spark_errors(uri):
            encoded = read_table(articles.sparkSession, uri, EXAMPLES).where(f.col("split") == TRAIN)
            leaks = find_leaks(encoded, training, recipe, vocabulary, settings.tokenize, stop_words)
        advance(1)
    return Tokenization(
        id=tokenization_id,
        uri=uri,
        recipe=recipe,
        vocabulary=vocabulary,
        stop_words=stop_words,
        rows=rows,
        unknown_share=unknown_share,
        kept_out=division.kept_out,
        near_duplicate_pairs=division.near_duplicate_pairs,
        leaks=tuple(leaks),
    )


def _check_parts(division: Division, recipe: Recipe, split: Split) -> None:
    tested = sum(rows for (part, _), rows in division.counts.items() if part == TEST)
    training = {label: rows for (part, label), rows in division.counts.items() if part == TRAIN}
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


def _measured(spark: SparkSession, uri: str) -> tuple[dict[str, int], dict[str, float]]:
    """How many rows each part has, and the share of its words that the vocabulary lacks."""
    unknown = f.sum(f.col("unknown_share").cast("double") * f.col("n_tokens")) / f.sum("n_tokens")
    with map_spark_errors(uri):
        examples = read_table(spark, uri, EXAMPLES).groupBy("split")
        found = {
            row["split"]: row for row in examples.agg(f.count("*").alias("rows"), unknown.alias("unknown")).collect()
        }
    rows = {part: found[part]["rows"] if part in found else 0 for part in PARTS}
    return rows, {part: found[part]["unknown"] or 0.0 for part in PARTS if part in found}
