"""Near-duplicates among made texts, against their similarity worked out for every pair."""

import random

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from newslabel.tokens.components import groups_of
from newslabel.tokens.near_duplicates import near_duplicates


def keyed(spark: SparkSession, texts: list[str | None]) -> DataFrame:
    return spark.createDataFrame(list(enumerate(texts)), "text_key bigint, text string")


def pairs_of(found: pa.Table) -> set[tuple[int, int]]:
    return set(zip(found["one"].to_pylist(), found["other"].to_pylist(), strict=True))


def changed(text: str, words: int, draw: random.Random) -> str:
    changed = text.split()
    for place in draw.sample(range(len(changed)), words):
        changed[place] = f"other{draw.random()}".replace(".", "")
    return " ".join(changed)


def similarity(one: str, other: str) -> float:
    sets = [{tuple(words[at : at + 5]) for at in range(len(words) - 4)} for words in (one.split(), other.split())]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def made_texts() -> list[str]:
    """60 texts that have nothing in common, and of each three versions, with 1 to 6 of 100 words changed."""
    draw = random.Random(0)
    texts = [" ".join(f"word{draw.randrange(1000)}" for _ in range(100)) for _ in range(60)]
    return [version for text in texts for version in (text, *(changed(text, draw.randint(1, 6), draw) for _ in "123"))]


@pytest.mark.parametrize("threshold", [0.6, 0.8])
def test_all_pairs_are_found_that_are_as_similar_and_no_others(spark: SparkSession, threshold: float) -> None:
    texts = made_texts()
    every = [(one, other) for one in range(len(texts)) for other in range(one)]
    expected = {(one, other) for one, other in every if similarity(texts[one], texts[other]) >= threshold}
    assert 60 < len(expected) < 360
    for partitions in (1, 3):
        assert pairs_of(near_duplicates(keyed(spark, texts).repartition(partitions), threshold)) == expected


def test_texts_that_hang_together_have_one_group_whatever_their_case_and_punctuation(spark: SparkSession) -> None:
    words = [f"Word{number}" for number in range(100)]
    texts = [
        " ".join(words),
        " ".join(["new", *words[:-6]]),  # near the first
        ", ".join(["NEW", *words[:-12], "end"]).upper(),  # near the second alone
        "a text that nothing is like",
        "",
        None,
    ]
    found = near_duplicates(keyed(spark, texts), 0.9)
    assert pairs_of(found) == {(1, 0), (2, 1)}
    assert groups_of(found).to_pydict() == {"text_key": [0, 1, 2], "text_group": [0, 0, 0]}


def test_a_template_that_stands_in_many_texts_makes_one_group_by_few_pairs(spark: SparkSession) -> None:
    template = " ".join(f"word{number}" for number in range(200))
    found = near_duplicates(keyed(spark, [f"{template} {number}" for number in range(300)]), 0.8)
    assert groups_of(found)["text_group"].to_pylist() == [0] * 300
    assert len(found) < 300 * 299 / 2 / 8


def test_nothing_is_compared_where_only_equal_texts_are_the_same(spark: SparkSession) -> None:
    assert len(near_duplicates(keyed(spark, made_texts()[:4]), 1)) == 0
