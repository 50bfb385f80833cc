"""Recipes are read strictly and travel unchanged."""

from pathlib import Path

import pytest

from newslabel.errors import BundleError, SettingsError
from newslabel.recipes import Recipe, load_recipe

TINY = """
name = "tiny"
family = "lstm"
encoder = "token_ids"
[classes]
positive = "FAKE"
negative = "REAL"
[clean]
fields = ["title", "text"]
rules = ["lowercase"]
[tokens]
max_words = 10
max_tokens = 5
keep = "last"
unknown = "drop"
[network]
units = 2
[training]
batch_size = 4
epochs = 1
learning_rate = 0.001
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tiny.toml").write_text(TINY)
    return tmp_path


def test_a_recipe_survives_its_own_text(folder: Path) -> None:
    recipe = load_recipe("tiny", folder)
    assert recipe.classes.names == ("REAL", "FAKE")
    assert recipe.network == {"units": 2}
    assert Recipe.from_toml(recipe.to_toml(), origin="test") == recipe


def test_an_unknown_recipe_suggests_the_nearest(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"no recipe 'tini' in .*Did you mean 'tiny'"):
        load_recipe("tini", folder)


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("max_words", "max_word", r"no key 'tokens.max_word'. Did you mean 'max_words'"),
        ("batch_size = 4", "batch_size = 0", r"training.batch_size: .*greater than 0. Received: 0"),
        ('keep = "last"', 'keep = "middle"', r"tokens.keep: .*'first' or 'last'. Received: 'middle'"),
        ('name = "tiny"', 'name = "other"', r"name must be the file's, 'tiny'. Received: 'other'"),
        ("units = 2", "units =", "is not TOML"),
    ],
)
def test_a_wrong_recipe_is_named_with_its_key(folder: Path, was: str, becomes: str, message: str) -> None:
    (folder / "tiny.toml").write_text(TINY.replace(was, becomes))
    with pytest.raises(SettingsError, match=message):
        load_recipe("tiny", folder)


def test_a_threshold_outside_its_unsure_band_is_refused(folder: Path) -> None:
    (folder / "tiny.toml").write_text(TINY + "[decision]\nthreshold = 0.9\nunsure_low = 0.4\nunsure_high = 0.6\n")
    with pytest.raises(SettingsError, match="threshold must lie between"):
        load_recipe("tiny", folder)


def test_a_spoilt_recipe_in_a_bundle_is_a_bundle_error() -> None:
    with pytest.raises(BundleError, match="bundle x"):
        Recipe.from_toml(TINY.replace("epochs", "epoch"), origin="bundle x")


def test_every_recipe_of_the_house_is_read() -> None:
    folder = Path(__file__).resolve().parents[2] / "conf" / "recipes"
    names = sorted(file.stem for file in folder.glob("*.toml"))
    assert "glove_lstm" in names
    assert [load_recipe(name, folder).name for name in names] == names
