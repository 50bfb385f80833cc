from pathlib import Path

import pytest
from pyspark.ml.feature import StopWordsRemover
from pyspark.sql import SparkSession

from newslabel.errors import SettingsError
from newslabel.recipes import Recipe
from newslabel.tokens.stop_words import LANGUAGES, check_stop_words, stop_words_of


def with_stop_words(recipe: Recipe, name: str, rules: tuple[str, ...] = ("stop_words",)) -> Recipe:
    clean = recipe.clean.model_copy(update={"stop_words": name, "rules": rules})
    return recipe.model_copy(update={"clean": clean})


def test_english_stop_words_are_spark_mls(spark: SparkSession, recipe: Recipe, tmp_path: Path) -> None:
    words = stop_words_of(recipe, tmp_path)
    assert len(words) == 181
    assert {"the", "don't", "i'll", "would"} <= set(words)


def test_spark_ml_has_each_language_that_we_name(spark: SparkSession) -> None:
    assert all(StopWordsRemover.loadDefaultStopWords(language) for language in LANGUAGES)


def test_stop_words_come_from_a_file_beside_the_recipes(recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "ours.txt").write_text("the\n\n don't \n", encoding="utf-8")
    assert stop_words_of(with_stop_words(recipe, "ours.txt"), tmp_path) == ("the", "don't")


def test_a_recipe_without_the_rule_has_no_stop_words(recipe: Recipe, tmp_path: Path) -> None:
    assert stop_words_of(with_stop_words(recipe, "english", ("lowercase",)), tmp_path) == ()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("englich", "Did you mean 'english'.*Received: 'englich'"),
        ("", "Received: ''"),
        ("missing.txt", "cannot be read: .*missing.txt"),
    ],
)
def test_stop_words_that_there_are_not_are_named_without_spark(
    recipe: Recipe, tmp_path: Path, name: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        check_stop_words(with_stop_words(recipe, name), tmp_path)
