"""Which articles train, which validate, which test.

Texts that must not be parted (equal ones, near-duplicates) have the same number in the column `text_group`. Splits that
draw, draw by it; where the sides are given, by files, dates or sources, `division.py` sees to it.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal, Protocol

from pyspark.sql import Column
from pyspark.sql import functions as f

TRAIN, VALIDATION, TEST = "train", "validation", "test"
PARTS = (TRAIN, VALIDATION, TEST)
BUCKETS = 1_000_000  # so many that any share comes out exact


class Split(Protocol):
    """A way to divide the articles; a frozen dataclass, whose fields and name are the tokenization's as well.

    Attributes:
        looks_at: the columns of `articles`, besides its text, that say where an article comes to.
        parts_groups: whether texts of one `text_group` can come to two sides.
    """

    looks_at: ClassVar[tuple[str, ...]]
    parts_groups: ClassVar[bool]

    def part(self) -> Column:
        """The part of an article: train, validation, test, or null where it can come to none."""


@dataclass(frozen=True)
class HashSplit:
    """Parts drawn by the articles' texts.

    Args:
        seed: another seed draws other parts.
        train_share: share of the articles that trains.
        validation_share: share that validates; the rest tests.
    """

    seed: int
    train_share: float
    validation_share: float
    looks_at: ClassVar[tuple[str, ...]] = ()
    parts_groups: ClassVar[bool] = False

    def part(self) -> Column:
        """The first buckets validate, the next test, all others train."""
        validation_end = _buckets(self.validation_share)
        test_end = validation_end + _buckets(1 - self.train_share - self.validation_share)
        bucket = _bucket(self.seed, f.col("text_group"))
        return f.when(bucket < validation_end, VALIDATION).when(bucket < test_end, TEST).otherwise(TRAIN)


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
    looks_at: ClassVar[tuple[str, ...]] = ("file",)
    parts_groups: ClassVar[bool] = True

    def part(self) -> Column:
        """Files of the pattern test."""
        is_test = f.col("file").rlike(_file_regex(self.pattern))
        return f.when(is_test, TEST).otherwise(_drawn(self.seed, self.validation_share))


@dataclass(frozen=True)
class DateSplit:
    """What is older trains, what is newer tests; a share of the older, drawn by text, validates.

    An article without the date comes to no part: were it of the test's days, training would know what is to come.

    Args:
        by: the date that counts.
        test_from: the first day that tests.
        time_zone: in which `published_at` becomes a day.
        seed: another seed draws another validation part.
        validation_share: share of the older that validates.
    """

    by: Literal["crawl_date", "published_at"]
    test_from: date
    time_zone: str
    seed: int
    validation_share: float = 0.1
    looks_at: ClassVar[tuple[str, ...]] = ("crawl_date", "published_at")
    parts_groups: ClassVar[bool] = True

    def part(self) -> Column:
        """Days from `test_from` on test."""
        day = f.col(self.by)
        if self.by == "published_at":
            day = f.to_date(f.from_utc_timestamp(day, self.time_zone))
        drawn = _drawn(self.seed, self.validation_share)
        return f.when(day >= f.lit(self.test_from), TEST).when(day.isNotNull(), drawn)


@dataclass(frozen=True)
class SourceSplit:
    """No source is on both sides: sources are drawn to test, and of what the others wrote a share, by text, validates.

    Articles without a source count as one source.

    Args:
        seed: another seed draws other sources.
        train_share: share of the sources that trains, as far as whole sources allow.
        validation_share: share that validates, of articles; the rest tests.
    """

    seed: int
    train_share: float
    validation_share: float
    looks_at: ClassVar[tuple[str, ...]] = ("source",)
    parts_groups: ClassVar[bool] = True

    def part(self) -> Column:
        """Sources in the first buckets test."""
        training_side = self.train_share + self.validation_share
        # xxhash64 passes over a null: all articles without a source draw alike
        is_test = _bucket(self.seed, f.lit("source"), f.col("source")) < _buckets(1 - training_side)
        return f.when(is_test, TEST).otherwise(_drawn(self.seed, self.validation_share / training_side))


@dataclass(frozen=True)
class FoldsSplit:
    """One of k folds, drawn by text, tests; a share of the others validates. Each article tests in one fold.

    Args:
        folds: how many there are, at least 2.
        fold: the one that tests, from 1.
        seed: another seed draws other folds.
        validation_share: share of the other folds that validates.
    """

    folds: int
    fold: int
    seed: int
    validation_share: float = 0.1
    looks_at: ClassVar[tuple[str, ...]] = ()
    parts_groups: ClassVar[bool] = False

    def part(self) -> Column:
        """The articles of the fold test."""
        drawn = f.pmod(f.xxhash64(f.lit(self.seed), f.lit("fold"), "text_group"), f.lit(self.folds)) + 1
        return f.when(drawn == self.fold, TEST).otherwise(_drawn(self.seed, self.validation_share))


def _drawn(seed: int, validation_share: float) -> Column:
    """What an article of the training side does: train, or validate."""
    return f.when(_bucket(seed, f.col("text_group")) < _buckets(validation_share), VALIDATION).otherwise(TRAIN)


def _bucket(seed: int, *values: Column) -> Column:
    return f.pmod(f.xxhash64(f.lit(seed), *values), f.lit(BUCKETS))


def _buckets(share: float) -> int:
    return round(BUCKETS * share)


def _file_regex(pattern: str) -> str:
    """A regular expression that finds paths whose last parts match a shell pattern."""
    pieces = re.split(r"(\*|\?|\[[^]]+\])", pattern)
    return f"(^|/){''.join(map(_piece_regex, pieces))}$"


def _piece_regex(piece: str) -> str:
    if piece in ("*", "?"):
        return "[^/]" + piece.replace("?", "")
    is_set = piece.startswith("[") and piece.endswith("]")
    return piece.replace("[!", "[^", 1) if is_set else re.escape(piece)
