"""Which articles train, which validate, which test."""

import re
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from newslabel.errors import SettingsError
from newslabel.settings import TokenizeSettings

TRAIN, VALIDATION, TEST = "train", "validation", "test"
PARTS = (TRAIN, VALIDATION, TEST)
BUCKETS = 1_000_000  # so many that any share comes out exact


@dataclass(frozen=True)
class HashSplit:
    """Parts drawn by the articles' texts: equal texts come to one side.

    Args:
        seed: another seed draws other parts.
        train_share: share of the articles that trains.
        validation_share: share that validates; the rest tests.
    """

    seed: int
    train_share: float
    validation_share: float


@dataclass(frozen=True)
class FilesSplit:
    """The test part is what came from certain files; a share of the rest, drawn by text, validates.

    Args:
        pattern: of file names, as a shell has it (*, ?, [a-z]); one with slashes looks at the folders above too.
        seed: another seed draws another validation part.
        validation_share: share of the rest that validates.
    """

    pattern: str
    seed: int
    validation_share: float = 0.1


Split = HashSplit | FilesSplit


def split_by(name: str, *, test_files: str | None, settings: TokenizeSettings) -> Split:
    """The split that a command line asks for.

    Args:
        name: hash or files.
        test_files: the pattern of `files`.
        settings: seed, and the shares of `hash`.

    Raises:
        SettingsError: a pattern without `files`, or `files` without a pattern.
    """
    if (name == "files") != (test_files is not None):
        raise SettingsError(f"--test-files PATTERN goes with --split files. Received: --split {name}, {test_files!r}")
    if test_files is not None:
        return FilesSplit(test_files, settings.seed)
    return HashSplit(settings.seed, settings.train_share, settings.validation_share)


def with_split(articles: DataFrame, split: Split) -> DataFrame:
    """The articles with a column `split`: train, validation or test.

    Args:
        articles: title, text and file are looked at.
        split: how to divide them.
    """
    drawn = _drawn(split)
    if isinstance(split, FilesSplit):
        drawn = f.when(f.col("file").rlike(_file_regex(split.pattern)), TEST).otherwise(drawn)
    return articles.withColumn("split", drawn)


def _drawn(split: Split) -> Column:
    """The part that an article's text draws: the first buckets validate, the next test, all others train."""
    test_share = 1 - split.train_share - split.validation_share if isinstance(split, HashSplit) else 0
    validation_end = round(BUCKETS * split.validation_share)
    test_end = validation_end + round(BUCKETS * test_share)
    bucket = _bucket(split.seed)
    return f.when(bucket < validation_end, VALIDATION).when(bucket < test_end, TEST).otherwise(TRAIN)


def _bucket(seed: int) -> Column:
    """The bucket that the text falls into, or the title where there is no text."""
    text = f.coalesce(f.nullif(f.trim("text"), f.lit("")), f.trim("title"), f.lit(""))
    return f.pmod(f.xxhash64(f.lit(seed), text), f.lit(BUCKETS))


def _file_regex(pattern: str) -> str:
    """A regular expression that finds paths whose last parts match a shell pattern."""
    pieces = re.split(r"(\*|\?|\[[^]]+\])", pattern)
    return f"(^|/){''.join(map(_piece_regex, pieces))}$"


def _piece_regex(piece: str) -> str:
    if piece in ("*", "?"):
        return "[^/]" + piece.replace("?", "")
    is_set = piece.startswith("[") and piece.endswith("]")
    return piece.replace("[!", "[^", 1) if is_set else re.escape(piece)
