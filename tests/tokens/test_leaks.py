"""Words that give the class away: found among made articles, named with the rule that strips them."""

import random

import pytest
from pyspark.sql import SparkSession

from newslabel.clean import Cleaner
from newslabel.recipes import Recipe
from newslabel.settings import TokenizeSettings
from newslabel.tokens import Vocabulary
from newslabel.tokens.encoded_articles import encoded_articles
from newslabel.tokens.leaks import Leak, find_leaks
from newslabel.tokens.word_counts import build_vocabulary, word_counts

COLUMNS = "article_id string, label string, title string, text string, source string, crawl_date date, split string"


def with_rules(recipe: Recipe, *left_out: str, ids: str = "vocabulary") -> Recipe:
    rules = tuple(rule for rule in recipe.clean.rules if rule not in left_out)
    clean = recipe.clean.model_copy(update={"rules": rules})
    return recipe.model_copy(update={"clean": clean, "tokens": recipe.tokens.model_copy(update={"ids": ids})})


def leaks_of(spark: SparkSession, recipe: Recipe) -> list[Leak]:
    """The leaks among 100 articles of either class, of which the real ones begin with a dateline."""
    draw = random.Random(0)
    rows = []
    for number in range(200):
        label, place = ("FAKE", "REAL")[number % 2], ("OHIO (Reuters) - ", "")[number % 2 == 0]
        credit = "Featured" if label == "FAKE" and number % 10 else ""
        words = " ".join(f"word{draw.randrange(40)}" for _ in range(30))
        said = "Reuters" if number in {3, 5} else ""  # in the text of two, too
        rows.append((f"{number:03}", label, "A title", f"{place}Then {words} {said} {credit}.", None, None, "train"))
    articles = spark.createDataFrame(rows, COLUMNS).repartition(3)
    if recipe.tokens.ids == "hashed":
        vocabulary = Vocabulary.hashed(10_000)
    else:
        counts = word_counts(articles, Cleaner(recipe.clean.rules, ["the"]), recipe.clean.fields)
        vocabulary = build_vocabulary(counts, 1000)
    examples = encoded_articles(articles, recipe, vocabulary, ["the"])
    return find_leaks(examples, articles, {"FAKE": 100, "REAL": 100}, recipe, vocabulary, TokenizeSettings(), ["the"])


@pytest.mark.parametrize("ids", ["vocabulary", "hashed"])
def test_an_agency_is_named_with_the_rule_that_strips_it(
    spark: SparkSession, recipe: Recipe, ids: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # one article of each word will do: it is drawn from those that have it
    monkeypatch.setattr("newslabel.tokens.leaks.SAMPLED_ARTICLES", 1)
    leaks = leaks_of(spark, with_rules(recipe, "datelines", ids=ids))
    assert {(leak.word, leak.label, leak.precision, leak.articles, leak.rule) for leak in leaks} == {
        ("reuters", "REAL", 1, 100, "datelines"),
        ("ohio", "REAL", 1, 100, "datelines"),
        ("featured", "FAKE", 1, 80, None),
    }
    assert [leak.gain for leak in leaks] == pytest.approx([1, 1, 0.61], abs=0.005)


def test_an_agency_that_is_stripped_is_not_named(spark: SparkSession, recipe: Recipe) -> None:
    assert [leak.word for leak in leaks_of(spark, with_rules(recipe))] == ["featured"]
