"""Near-duplicates and words that give the class away, on published data sets."""

import csv
import random
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from newslabel.clean import Cleaner
from newslabel.recipes import Recipe, load_recipe
from newslabel.settings import TokenizeSettings
from newslabel.tokens.encoded_articles import encoded_articles
from newslabel.tokens.leaks import find_leaks
from newslabel.tokens.near_duplicates import near_duplicates
from newslabel.tokens.same_texts import text_key
from newslabel.tokens.word_counts import build_vocabulary, word_counts

pytestmark = pytest.mark.real
RECIPES = Path(__file__).resolve().parents[2] / "conf" / "recipes"


def records_of(real_data: Path, *names: str) -> list[dict[str, str]]:
    records = []
    for name in names:
        with (real_data / "news" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            records.extend(csv.DictReader(file))
    return records


def with_edits(texts: list[str]) -> list[str]:
    """Of every third text a copy, in which up to one word of 25 is another."""
    draw, copies = random.Random(0), []
    for text in texts[::3]:
        words = text.split()
        for place in draw.sample(range(len(words)), draw.randint(0, len(words) // 25)):
            words[place] = f"other{draw.randrange(1000)}"
        copies.append(" ".join(words))
    return copies


def shingle_set(text: str) -> set[tuple[str, ...]]:
    words = re.sub(r"[\W_]+", " ", text.lower()).split()
    return {tuple(words[at : at + 5]) for at in range(max(len(words) - 4, 1))} if words else set()


def pairs_by_brute_force(texts: list[str], thresholds: tuple[float, ...]) -> list[int]:
    """How many pairs of different texts are as similar as that, by the shingles that any two have in common."""
    sets = [shingle_set(text) for text in sorted({" ".join(text.lower().split()) for text in texts} - {""})]
    where: dict[tuple[str, ...], list[int]] = {}
    for number, shingles in enumerate(sets):
        for shingle in shingles:
            where.setdefault(shingle, []).append(number)
    common = Counter(pair for numbers in where.values() for pair in combinations(numbers, 2))
    similarities = [count / (len(sets[one]) + len(sets[other]) - count) for (one, other), count in common.items()]
    return [sum(similarity >= threshold for similarity in similarities) for threshold in thresholds]


def test_every_near_duplicate_that_comparing_all_with_all_finds_is_found(spark: SparkSession, real_data: Path) -> None:
    texts = [record["text"] for record in records_of(real_data, "isot", "fakenewsnet")]
    texts += with_edits(texts)
    rows = [("", text) for text in texts]
    articles = spark.createDataFrame(rows, "title string, text string").withColumn("text_key", text_key())
    once = articles.where("text != ''").dropDuplicates(["text_key"]).repartition(3).persist()
    expected = pairs_by_brute_force(texts, (0.8, 0.5))
    assert expected[0] > 300
    # fixed numbers draw the signatures: what is found here is found everywhere
    assert [len(near_duplicates(once, threshold)) for threshold in (0.8, 0.5)] == expected
    once.unpersist()


@pytest.fixture(scope="module")
def isot(spark: SparkSession, real_data: Path) -> DataFrame:
    rows = [
        (record["id"], record["label"], record["title"], record["text"], None, None, "train")
        for record in records_of(real_data, "isot")
    ]
    columns = "article_id string, label string, title string, text string, source string, crawl_date date, split string"
    return spark.createDataFrame(rows, columns)


def leaks_of(articles: DataFrame, recipe: Recipe) -> dict[str, str | None]:
    """Each word that gives the class away, and the rule that strips it."""
    counts = word_counts(articles, Cleaner(recipe.clean.rules, ["the"]), recipe.clean.fields)
    vocabulary = build_vocabulary(counts, 100_000)
    examples = encoded_articles(articles, recipe, vocabulary, ["the"])
    rows = {row["label"]: row["count"] for row in articles.groupBy("label").count().collect()}
    leaks = find_leaks(examples, articles, rows, recipe, vocabulary, TokenizeSettings(), ["the"])
    return {leak.word: leak.rule for leak in leaks}


def test_the_agency_of_isots_real_news_is_named_unless_its_datelines_are_stripped(isot: DataFrame) -> None:
    recipe = load_recipe("glove_lstm", RECIPES)
    rules = tuple(rule for rule in recipe.clean.rules if rule != "datelines")
    raw = recipe.model_copy(update={"clean": recipe.clean.model_copy(update={"rules": rules})})
    # the credits of the fake news' pictures stay: no rule knows them
    of_pictures = {"image": None, "featured": None, "via": None, "getty": None, "images": None}
    assert leaks_of(isot, raw) == {"reuters": "datelines", **of_pictures}
    assert leaks_of(isot, recipe) == of_pictures
