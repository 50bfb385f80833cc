"""Near-duplicates among made texts, against their similarity worked out for every pair."""

import random

import pytest
from pyspark.sql import DataFrame, SparkSession

from newslabel.tokens.near_duplicates import near_duplicates


def articles_of(spark: SparkSession, texts: list[str | None]) -> DataFrame:
    rows = [(key, f"a title of its own {key}", text) for key, text in enumerate(texts)]
    return spark.createDataFrame(rows, "text_key bigint, title string, text string")


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
    expected = sum(
        similarity(texts[one], texts[other]) >= threshold for one in range(len(texts)) for other in range(one)
    )
    assert 60 < expected < 360
    found = near_duplicates(articles_of(spark, texts).repartition(3), threshold)
    assert found.pairs == expected
    assert near_duplicates(articles_of(spark, texts).coalesce(1), threshold).groups == found.groups


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
    found = near_duplicates(articles_of(spark, texts), 0.9)
    assert (found.groups.to_pydict(), found.pairs) == ({"text_key": [0, 1, 2], "text_group": [0, 0, 0]}, 2)


def test_a_template_that_stands_in_many_texts_makes_one_group_by_few_pairs(spark: SparkSession) -> None:
    template = " ".join(f"word{number}" for number in range(200))
    found = near_duplicates(articles_of(spark, [f"{template} {number}" for number in range(300)]), 0.8)
    assert set(found.groups["text_group"].to_pylist()) == {0}
    assert len(found.groups) == 300
    assert found.pairs < 300 * 299 / 2 / 8


def test_nothing_is_compared_where_only_equal_texts_are_the_same(spark: SparkSession) -> None:
    found = near_duplicates(articles_of(spark, made_texts()[:4]), 1)
    assert (len(found.groups), found.pairs) == (0, 0)
