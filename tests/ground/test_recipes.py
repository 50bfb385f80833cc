"""Recipes are read strictly and travel unchanged."""

from pathlib import Path

import pytest

from newslabel.configure import load_settings
from newslabel.errors import BundleError, SettingsError
from newslabel.recipes import CalibrationRecipe, Recipe, load_recipe, recipe_of_corpus

CONF = Path(__file__).resolve().parents[2] / "conf"
TINY = """
name = "tiny"
family = "recurrent"
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


def test_a_recipe_or_a_pipeline_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "tiny.toml").write_bytes(TINY.encode() + b"# caf\xe9")
    (folder / "of_a_folder.toml").write_text(TINY.replace('rules = ["lowercase"]', 'pipeline = "shared"'))
    (folder / "cleaning" / "shared.toml").mkdir(parents=True)
    for name, file in (("tiny", "tiny.toml"), ("of_a_folder", "cleaning/shared.toml")):
        with pytest.raises(SettingsError, match=rf"no file of UTF-8 that can be read: .*Received: '.*/{file}'"):
            load_recipe(name, folder)


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


def test_a_calibration_is_what_a_training_finds_and_no_file_of_recipes_says(folder: Path) -> None:
    (folder / "tiny.toml").write_text(TINY + "[calibration]\nslope = 0.5\n")
    with pytest.raises(SettingsError, match=r"what a training finds.*take it out. Received: \{'slope': 0.5\}"):
        load_recipe("tiny", folder)


def test_a_bundle_of_before_there_was_calibration_has_one_that_changes_nothing() -> None:
    recipe = Recipe.from_toml(TINY, origin="bundle x")
    assert (recipe.calibration.slope, recipe.calibration.intercept) == (1, 0)


def test_a_calibration_comes_back_to_the_bit() -> None:
    found = CalibrationRecipe(slope=1 / 3, intercept=-0.1234567890123456789)
    recipe = Recipe.from_toml(TINY, origin="test").model_copy(update={"calibration": found})
    assert Recipe.from_toml(recipe.to_toml(), origin="test").calibration == found


@pytest.mark.parametrize(
    ("key", "value"), [("slope", "0.0"), ("slope", "-1.0"), ("slope", "inf"), ("intercept", "nan")]
)
def test_a_calibration_that_would_turn_or_lose_the_order_is_refused(key: str, value: str) -> None:
    with pytest.raises(BundleError, match=rf"bundle x: calibration\.{key}: .*Received: {value}"):
        Recipe.from_toml(f"{TINY}[calibration]\n{key} = {value}\n", origin="bundle x")


def test_a_spoilt_recipe_in_a_bundle_is_a_bundle_error() -> None:
    with pytest.raises(BundleError, match="bundle x"):
        Recipe.from_toml(TINY.replace("epochs", "epoch"), origin="bundle x")


def test_every_recipe_of_the_house_is_read() -> None:
    folder = Path(__file__).resolve().parents[2] / "conf" / "recipes"
    names = sorted(file.stem for file in folder.glob("*.toml"))
    assert "glove_lstm" in names
    assert [load_recipe(name, folder).name for name in names] == names


PIPELINES = Path(__file__).resolve().parents[2] / "conf" / "recipes" / "cleaning"
OF_ITS_OWN = 'fields = ["title", "text"]\nrules = ["lowercase"]\n'


def with_pipeline(folder: Path, clean: str, pipeline: str) -> Path:
    (folder / "tiny.toml").write_text(TINY.replace(OF_ITS_OWN, clean))
    (folder / "cleaning").mkdir()
    (folder / "cleaning" / "short.toml").write_text(pipeline)
    return folder


@pytest.mark.parametrize("corpus", ["newslabel", "sms", "demo"])
def test_each_corpus_has_a_recipe_of_its_own(corpus: str) -> None:
    settings = load_settings(CONF / f"{corpus}.toml", overrides=[], environ={})
    recipe = recipe_of_corpus(settings.corpus, None)
    assert recipe.name == settings.corpus.recipe
    assert recipe_of_corpus(settings.corpus, recipe.name) == recipe
    with pytest.raises(SettingsError, match="there is no recipe ''"):
        recipe_of_corpus(settings.corpus, "")


def test_a_recipe_of_other_classes_is_not_for_the_corpus() -> None:
    settings = load_settings(CONF / "sms.toml", overrides=["corpus.recipe=newslabel"], environ={})
    with pytest.raises(
        SettingsError, match=r"newslabel tells .* apart, and the corpus has SPAM and HAM .*corpus\.recipe"
    ):
        recipe_of_corpus(settings.corpus, None)


def test_a_pipeline_gives_a_recipe_its_cleaning_and_the_recipe_carries_it(folder: Path) -> None:
    with_pipeline(
        folder, 'pipeline = "short"\n', 'fields = ["text"]\nrules = ["urls", "stop_words"]\nstop_words = "danish"'
    )
    recipe = load_recipe("tiny", folder)
    assert recipe.clean.model_dump() == {"fields": ("text",), "rules": ("urls", "stop_words"), "stop_words": "danish"}
    assert Recipe.from_toml(recipe.to_toml(), origin="test") == recipe


def test_a_key_beside_the_pipeline_counts_in_place_of_its_own(folder: Path) -> None:
    with_pipeline(folder, 'pipeline = "short"\nfields = ["title"]\n', 'fields = ["text"]\nrules = ["urls"]')
    assert load_recipe("tiny", folder).clean.model_dump() == {
        "fields": ("title",),
        "rules": ("urls",),
        "stop_words": "",
    }


@pytest.mark.parametrize(
    ("clean", "pipeline", "message"),
    [
        (
            'pipeline = "shrt"',
            "",
            r"no cleaning pipeline 'shrt' in .*cleaning\. Did you mean 'short'\? Received: 'shrt'",
        ),
        ("pipeline = 3", "", r"no cleaning pipeline 3 in .*Received: 3"),
        ('pipeline = "short"\nrules = ["urls"]', "", r"twice; keep one\. Received: \['urls'\] and 'short'"),
        ('pipline = "short"', "", r"no key 'clean\.pipline'\. Did you mean 'pipeline'"),
        (
            'pipeline = "short"',
            'fields = ["text"]\nrule = ["urls"]',
            r"short\.toml: .*no key 'rule'\. Did you mean 'rules'",
        ),
        ('pipeline = "short"', "fields =", r"short\.toml is not TOML"),
        ('pipeline = "short"\nfields = ["body"]', OF_ITS_OWN, r"tiny\.toml: clean\.fields\.0: .*Received: 'body'"),
    ],
)
def test_a_wrong_pipeline_is_named(folder: Path, clean: str, pipeline: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_recipe("tiny", with_pipeline(folder, f"{clean}\n", pipeline))


def test_a_pipeline_is_no_recipe() -> None:
    with pytest.raises(SettingsError, match="no recipe 'stemmed'"):
        load_recipe("stemmed", PIPELINES.parent)


def test_the_published_pipelines_stand_as_published(tmp_path: Path) -> None:
    found = {}
    for file in PIPELINES.glob("*.toml"):
        (tmp_path / "cleaning").mkdir(exist_ok=True)
        (tmp_path / "cleaning" / file.name).write_text(file.read_text(encoding="utf-8"))
        (tmp_path / "tiny.toml").write_text(TINY.replace(OF_ITS_OWN, f'pipeline = "{file.stem}"\n'))
        clean = load_recipe("tiny", tmp_path).clean
        found[file.stem] = (clean.fields, clean.rules, clean.stop_words)
    glove = ("urls", "datelines", "repeated_periods", "punctuation", "whitespace", "lowercase", "stop_words")
    assert found == {
        "glove": (("title", "text"), glove, "english"),
        "stemmed": (("title", "author", "text"), ("letters_only", "lowercase", "stop_words", "stem"), "english"),
        "slides": (("title", "text"), ("special_characters", "lowercase", "stop_words"), "english"),
        "sms": (("text",), ("lowercase", "punctuation"), ""),
    }


def test_the_name_that_comparisons_share_is_no_recipes(tmp_path):
    recipe = (Path(__file__).resolve().parents[2] / "conf" / "recipes" / "linear.toml").read_text(encoding="utf-8")
    (tmp_path / "comparison.toml").write_text(recipe.replace('"linear"', '"comparison"', 1), encoding="utf-8")
    with pytest.raises(SettingsError, match="this name is kept for comparisons"):
        load_recipe("comparison", tmp_path)
