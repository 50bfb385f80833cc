"""One tokenization from labelled articles in a real table, and what is done with it."""

import hashlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from delta.tables import DeltaTable
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from newslabel.configure import load_settings
from newslabel.errors import DataError, SettingsError
from newslabel.recipes import ClassesRecipe, Recipe
from newslabel.schemas import ARTICLES, EXAMPLES
from newslabel.settings import Settings
from newslabel.table_making import create_table
from newslabel.tables import read_table, table_path
from newslabel.tokens.examples import Tokenization, load_tokenization, newest_tokenization
from newslabel.tokens.naming import labelled_fingerprint, tokenization_id
from newslabel.tokens.splits import DateSplit, FilesSplit, HashSplit, Split
from newslabel.tokens.stop_words import stop_words_of
from newslabel.tokens.tokenize import _check_parts, divided_articles, tokenize_articles

NO_COMPARING = "tokenize.near_duplicate_similarity=1"
SETTINGS = Path(__file__).resolve().parents[2] / "conf" / "newslabel.toml"
FILES = FilesSplit("test.csv", seed=0)


def article(number: int, label: str | None, file: str, text: str) -> tuple[Any, ...]:
    identity = hashlib.sha256(f"{file}{number}".encode()).hexdigest()
    now = datetime(2026, 11, 20, tzinfo=UTC)
    day = date(2026, 11, 20)
    head = (identity, identity, day, None, "source", None, None, f"Title {number}", text, label)
    return (*head, identity, file, number, "batch", now)


def add_articles(spark: SparkSession, settings: Settings, articles: list[tuple[Any, ...]]) -> None:
    path = table_path(settings, ARTICLES)
    create_table(spark, path, ARTICLES)
    spark.createDataFrame(articles, ARTICLES.spark_schema()).write.format("delta").mode("append").save(path)


def labelled_articles() -> list[tuple[Any, ...]]:
    train = [
        article(number, ("FAKE", "REAL")[number % 2], "in/train.csv", f"OHIO (Reuters) - The shared thing{number}!")
        for number in range(40)
    ]
    test = [
        article(number, ("FAKE", "REAL")[number % 2], "in/test.csv", f"shared testword {'testword ' * number}")
        for number in range(4)
    ]
    return [*train, *test, article(99, None, "in/train.csv", "unlabelled unlabelled")]


def examples_of(spark: SparkSession, tokenization: Tokenization) -> list[dict[str, Any]]:
    return [row.asDict() for row in read_table(spark, tokenization.uri, EXAMPLES).orderBy("article_id").collect()]


@pytest.fixture(scope="module")
def tokenized(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, recipe: Recipe) -> tuple[Settings, str]:
    """Settings under which the labelled articles are tokenized, and the tokenization's id."""
    root = tmp_path_factory.mktemp("tokenized")
    settings = load_settings(SETTINGS, overrides=[f"tables.root={root}", NO_COMPARING], environ={})
    add_articles(spark, settings, labelled_articles())
    return settings, tokenize_articles(spark, settings, recipe, FILES).tokenization.id


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(SETTINGS, overrides=[f"tables.root={tmp_path / 'tables'}", NO_COMPARING], environ={})


def id_of(spark: SparkSession, settings: Settings, recipe: Recipe, split: Split) -> str:
    """The id that a tokenization would have."""
    fingerprint = labelled_fingerprint(spark, settings, recipe, split)
    return tokenization_id(settings, recipe, split, stop_words_of(recipe, SETTINGS.parent / "recipes"), fingerprint)


def test_a_tokenization_holds_the_labelled_articles_and_the_training_parts_vocabulary(
    spark: SparkSession, tokenized: tuple[Settings, str], recipe: Recipe
) -> None:
    tokenization = load_tokenization(*tokenized)
    examples = examples_of(spark, tokenization)
    training = [row for row in examples if row["split"] == "train"]
    assert tokenization.rows == {"train": len(training), "validation": 40 - len(training), "test": 4}
    assert 28 < len(training) < 40

    words, counts = tokenization.vocabulary.words.to_pylist(), tokenization.vocabulary.counts.to_pylist()
    # "title" and "shared" are in each training article, its number and its "thing" in one alone
    assert (words[:2], counts[:2]) == (["shared", "title"], [len(training)] * 2)
    assert len(words) == 2 + 2 * len(training)
    assert not {"testword", "unlabelled", "reuters", "the", "ohio"} & set(words)

    for row in training:
        assert (row["token_ids"][0], row["token_ids"][2]) == (3, 2)
        assert (row["n_tokens"], row["unknown_share"], len(row["token_ids"])) == (4, 0, 4)
    tested = [row for row in examples if row["split"] == "test"]
    assert sorted(row["n_tokens"] for row in tested) == [4, 5, 6, 7]
    assert {row["label"] for row in tested} == {"FAKE", "REAL"}
    assert all(0.24 < row["unknown_share"] < 0.72 for row in tested)  # each "testword", and here and there a number
    assert {row["features"] for row in examples} == {None}
    assert tokenization.unknown_share["train"] == 0
    assert tokenization.stop_words[:3] == ("i", "me", "my")
    assert tokenization.recipe == recipe


def test_what_an_encoder_gives_beside_the_ids_stands_with_them(
    spark: SparkSession, tokenized: tuple[Settings, str], settings: Settings, recipe: Recipe
) -> None:
    shutil.copytree(Path(tokenized[0].tables.root) / "articles", Path(settings.tables.root) / "articles")
    with_lengths = recipe.model_copy(update={"encoder": "words_and_lengths"})
    made = examples_of(spark, tokenize_articles(spark, settings, with_lengths, FILES).tokenization)
    plain = examples_of(spark, load_tokenization(*tokenized))
    assert [row["token_ids"] for row in made] == [row["token_ids"] for row in plain]
    for row in made:
        title_words, text_words, word_length = row["features"]
        assert title_words + text_words == row["n_tokens"]
        assert title_words >= 1
        assert 1 < word_length < 9


def test_a_division_that_several_tokenizations_share_makes_what_each_would_make(
    spark: SparkSession, tokenized: tuple[Settings, str], settings: Settings, recipe: Recipe
) -> None:
    shutil.copytree(Path(tokenized[0].tables.root) / "articles", Path(settings.tables.root) / "articles")
    short = recipe.model_copy(update={"tokens": recipe.tokens.model_copy(update={"max_tokens": 2})})
    with divided_articles(spark, settings, recipe, FILES) as shared:
        both = [tokenize_articles(spark, settings, each, FILES, shared=shared).tokenization for each in (recipe, short)]
    plain = load_tokenization(*tokenized)
    assert both[0].id == plain.id
    assert both[0].rows == both[1].rows == plain.rows
    assert examples_of(spark, both[0]) == examples_of(spark, plain)
    assert {len(row["token_ids"]) for row in examples_of(spark, both[1])} == {2}


def test_a_training_that_fails_within_a_shared_division_is_no_failure_of_the_articles(
    spark: SparkSession, tokenized: tuple[Settings, str], recipe: Recipe
) -> None:
    with pytest.raises(OSError, match="no room"), divided_articles(spark, tokenized[0], recipe, FILES):
        raise OSError("no room")


def test_a_recipe_that_cleans_or_encodes_otherwise_does_not_fit(
    tokenized: tuple[Settings, str], recipe: Recipe
) -> None:
    tokenization = load_tokenization(*tokenized)
    tokenization.check_fits(recipe.model_copy(update={"training": recipe.training.model_copy(update={"epochs": 1})}))
    shorter = recipe.model_copy(update={"tokens": recipe.tokens.model_copy(update={"max_tokens": 9})})
    with pytest.raises(SettingsError, match="has another 'tokens' than the tokenization glove_lstm-"):
        tokenization.check_fits(shorter)


def test_a_tokenization_that_is_not_there_is_named_with_the_nearest(tokenized: tuple[Settings, str]) -> None:
    settings, tokenization_id = tokenized
    with pytest.raises(DataError, match=f"Did you mean '{tokenization_id}'.*Received: '{tokenization_id}0'"):
        load_tokenization(settings, tokenization_id + "0")
    with pytest.raises(DataError, match=r"run tokenize_articles --recipe other first\. Received: 'other'"):
        newest_tokenization(settings, "other")


@pytest.mark.parametrize(
    ("classes", "split", "message"),
    [
        (("SPAM", "HAM"), FILES, r"needs articles labelled HAM and SPAM.*Received: {'HAM': 0, 'SPAM': 0}"),
        (("FAKE", "HAM"), FILES, r"needs articles labelled HAM and FAKE.*Received: {'HAM': 0, 'FAKE': 22}"),
        (("FAKE", "REAL"), FilesSplit("x.csv", seed=0), r"file of no labelled article\. Received: 'x.csv'"),
    ],
)
def test_articles_that_nothing_can_be_learnt_from_are_refused(
    spark: SparkSession,
    tokenized: tuple[Settings, str],
    recipe: Recipe,
    classes: tuple[str, str],
    split: Split,
    message: str,
) -> None:
    settings, tokenization_id = tokenized
    changed = recipe.model_copy(update={"classes": ClassesRecipe(positive=classes[0], negative=classes[1])})
    with pytest.raises(DataError, match=message):
        tokenize_articles(spark, settings, changed, split)
    assert [path.name for path in Path(table_path(settings, EXAMPLES)).iterdir()] == [tokenization_id]


def test_asked_for_again_it_is_found_and_other_inputs_make_another(
    spark: SparkSession, tokenized: tuple[Settings, str], settings: Settings, recipe: Recipe
) -> None:
    shutil.copytree(tokenized[0].tables.root, settings.tables.root)
    first = load_tokenization(settings, tokenized[1])
    vocabulary = Path(first.uri, "_tokenization", "vocabulary.arrow")
    written = vocabulary.stat().st_mtime_ns
    other = tokenize_articles(spark, settings, recipe, HashSplit(0, 0.6, 0.2)).tokenization
    assert newest_tokenization(settings, "glove_lstm").id == other.id != first.id

    slower = recipe.model_copy(update={"training": recipe.training.model_copy(update={"epochs": 3})})
    again = tokenize_articles(spark, settings, slower, FILES)
    assert (again.was_there, again.tokenization) == (True, replace(first, recipe=slower))
    assert newest_tokenization(settings, "glove_lstm") == again.tokenization
    assert vocabulary.stat().st_mtime_ns == written


def test_other_articles_labels_parts_or_settings_make_another(
    spark: SparkSession, tokenized: tuple[Settings, str], settings: Settings, recipe: Recipe
) -> None:
    shutil.copytree(Path(tokenized[0].tables.root) / "articles", Path(settings.tables.root) / "articles")
    ids = [tokenized[1], id_of(spark, settings, recipe, FILES)]
    assert ids[0] == ids[1]
    rules = settings.tokenize.model_copy(update={"max_repeats": 9})
    ids.append(id_of(spark, settings.model_copy(update={"tokenize": rules}), recipe, FILES))
    add_articles(spark, settings, [article(50, "FAKE", "in/late.csv", "late")])
    ids.append(id_of(spark, settings, recipe, FILES))
    articles = DeltaTable.forPath(spark, table_path(settings, ARTICLES))
    articles.update("position = 8 AND file = 'in/train.csv'", {"label": f.lit("REAL")})
    ids.append(id_of(spark, settings, recipe, FILES))
    # the same pattern, but one of the files that it chose has another name now
    articles.update("position = 1 AND file = 'in/test.csv'", {"file": f.lit("in/train.csv")})
    ids.append(id_of(spark, settings, recipe, FILES))
    assert len(set(ids[1:])) == 5


def test_what_is_kept_out_is_counted_and_remembered(spark: SparkSession, settings: Settings, recipe: Recipe) -> None:
    doubted = [article(60 + place, label, "in/train.csv", "Doubted.") for place, label in enumerate(("FAKE", "REAL"))]
    twin = article(62, "FAKE", "in/train.csv", "SHARED testword ")
    add_articles(spark, settings, [*labelled_articles(), *doubted, twin])
    compared = settings.tokenize.model_copy(update={"near_duplicate_similarity": 0.8})
    for was_there in (False, True):
        summary = tokenize_articles(spark, settings.model_copy(update={"tokenize": compared}), recipe, FILES)
        made = summary.tokenization
        assert summary.was_there is was_there
        assert made.kept_out == {"near_test": 1, "same_text_two_labels": 2}
        assert (sum(made.rows.values()), made.near_duplicate_pairs) == (44, 0)
        assert summary.facts() == [
            ("tokenization", made.id),
            ("made", "before, of the same articles" if was_there else "now"),
            ("words with an id", len(made.vocabulary.words)),
            ("pairs of near-duplicates", 0),
            ("articles kept out: near_test", 1),
            ("articles kept out: same_text_two_labels", 2),
        ]


@pytest.mark.parametrize(
    ("counts", "split", "message"),
    [
        ({("test", "REAL"): 9}, FILES, r"training part needs articles of both classes\. Received: {} by FilesSplit\("),
        (
            {("train", "REAL"): 9, ("train", "FAKE"): 9, ("validation", "FAKE"): 9},
            DateSplit("crawl_date", date(2026, 11, 21), "UTC", 0),
            r"leaves no article to test\. Received: DateSplit\(by='crawl_date', test_from",
        ),
    ],
)
def test_a_split_that_leaves_nothing_to_train_or_to_test_is_refused(
    recipe: Recipe, counts: dict[tuple[str, str], int], split: Split, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        _check_parts(counts, recipe, split)


def test_two_equal_ones_at_once_both_end_well_and_make_one(
    spark: SparkSession, tokenized: tuple[Settings, str], settings: Settings, recipe: Recipe
) -> None:
    shutil.copytree(Path(tokenized[0].tables.root) / "articles", Path(settings.tables.root) / "articles")
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(tokenize_articles, spark, settings, recipe, FILES) for _ in range(2)]
        ids = {run.result().tokenization.id for run in runs}
    assert ids == {tokenized[1]}
    made = load_tokenization(settings, tokenized[1])
    assert examples_of(spark, made) == examples_of(spark, load_tokenization(*tokenized))


@pytest.mark.parametrize("lost", ["_tokenization", "all but an empty log"])
def test_a_half_made_one_is_made_again_and_comes_out_the_same(
    spark: SparkSession, tokenized: tuple[Settings, str], settings: Settings, recipe: Recipe, lost: str
) -> None:
    shutil.copytree(tokenized[0].tables.root, settings.tables.root)
    whole = load_tokenization(*tokenized)
    folder = Path(load_tokenization(settings, whole.id).uri)
    (folder / "_tokenization" / "tokenization.json").unlink()  # which is written last
    if lost == "_tokenization":
        shutil.rmtree(folder / lost)
    else:
        shutil.rmtree(folder)
        (folder / "_delta_log").mkdir(parents=True)
        os.utime(folder / "_delta_log", (0, 0))
    with pytest.raises(DataError, match="there is no tokenization of the recipe yet"):
        newest_tokenization(settings, "glove_lstm")

    again = tokenize_articles(spark, settings, recipe, FILES)
    assert (again.tokenization.id, again.was_there) == (whole.id, False)
    made = load_tokenization(settings, whole.id)
    assert made == replace(whole, uri=made.uri)
    assert examples_of(spark, made) == examples_of(spark, whole)
