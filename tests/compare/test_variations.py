from pathlib import Path

import pytest

from newslabel.compare.variations import Variation, cleaning_levels, varied, without_rule
from newslabel.errors import SettingsError
from newslabel.recipes import load_recipe

FOLDER = Path(__file__).resolve().parents[2] / "conf" / "recipes"
LINEAR, LSTM, SMALL, STEMMED, BERT = (
    load_recipe(name, FOLDER) for name in ("linear", "glove_lstm", "small_lstm", "stemmed_lstm", "bert")
)


def test_each_value_is_a_row_of_its_own():
    rows = varied([LINEAR], "tokens.max_words=1000, 10000", FOLDER)
    assert [row.name for row in rows] == ["linear, tokens.max_words=1000", "linear, tokens.max_words=10000"]
    assert [row.recipe.tokens.max_words for row in rows] == [1000, 10000]
    assert rows[0].recipe.clean == LINEAR.clean


def test_values_become_what_the_key_holds():
    def value(wanted: str):
        [row] = varied([LSTM], wanted, FOLDER)
        return row.recipe

    assert value("network.bidirectional=true").network["bidirectional"] is True
    assert value("network.dense=64+32").network["dense"] == (64, 32)
    assert value("network.dense=none").network["dense"] == ()
    assert value("network.output_l2=0.5").network["output_l2"] == 0.5
    assert value("training.learning_rate=0.01").training.learning_rate == 0.01
    assert value("clean.rules=urls+lowercase").clean.rules == ("urls", "lowercase")
    assert value("clean.pipeline=slides").clean.rules == ("special_characters", "lowercase", "stop_words")


def test_a_key_that_a_recipe_has_no_use_for_does_not_vary_it():
    def names(wanted: str):
        return [row.recipe.name for row in varied([LINEAR, LSTM, STEMMED, BERT], wanted, FOLDER)]

    assert names("training.learning_rate=0.01") == ["glove_lstm", "stemmed_lstm", "bert"]
    assert names("tokens.max_words=1000") == ["linear", "glove_lstm"]
    assert names("tokens.buckets=1000") == ["stemmed_lstm"]


def test_a_key_varies_the_recipes_that_have_it():
    rows = varied([LINEAR, LSTM, SMALL], "network.units=8", FOLDER)
    assert [row.recipe.name for row in rows] == ["glove_lstm", "small_lstm"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("tokens.max_word=10", r"no recipe .* has a key 'tokens.max_word'\. Did you mean 'tokens.max_words'"),
        ("tokenize.max_words=10", r"has a key 'tokenize.max_words'\. Did you mean 'tokens.max_words'"),
        ("network.units=8", r"has a key 'network.units'"),
        ("training.seed=1,2", r"has a key 'training.seed'"),
        ("decision.threshold=0.4", r"has a key 'decision.threshold'"),
        ("tokens.max_words=many", r"--vary tokens.max_words=many: tokens.max_words: Input should be a valid integer"),
        ("tokens.max_words=0", r"greater than 0\. Received: '0'"),
        ("network.min_documents=x", r"network.min_documents: .*valid integer.*Received: 'x'"),
        ("clean.pipeline=glov", r"no cleaning pipeline 'glov' .*Did you mean 'glove'"),
        ("tokens.max_words", r"--vary takes SECTION.KEY=V1,V2,… .*Received: 'tokens.max_words'"),
        ("tokens.max_words=1,,2", r"--vary takes SECTION.KEY=V1,V2"),
    ],
)  # fmt: skip
def test_a_wrong_key_or_value_is_told(wanted, message):
    with pytest.raises(SettingsError, match=message):
        varied([LINEAR], wanted, FOLDER)


def test_a_rule_is_left_out_of_the_recipes_that_have_it():
    [row] = without_rule([SMALL, LINEAR], "datelines")
    assert row.name == "linear, without datelines"
    assert row.recipe.clean.rules == ("urls", "punctuation", "whitespace", "lowercase", "stop_words")
    with pytest.raises(SettingsError, match=r"no recipe that is compared has it\. Did you mean 'datelines'"):
        without_rule([LINEAR], "dateline")


def test_cleaning_grows_rule_by_rule():
    rows = cleaning_levels([SMALL])
    assert [(row.change, row.recipe.clean.rules) for row in rows] == [
        ("clean.rules=none", ()),
        ("clean.rules=special_characters", ("special_characters",)),
        ("clean.rules=special_characters+lowercase", ("special_characters", "lowercase")),
    ]


def test_an_unchanged_recipe_is_called_by_its_name():
    assert Variation(LINEAR).name == "linear"
