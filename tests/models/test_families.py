from pathlib import Path

import pytest

from newslabel.errors import SettingsError
from newslabel.models.families import (
    check_encoder,
    is_learner,
    load_family,
    load_keras_family,
    load_learner,
    network_of,
    training_of,
)
from newslabel.models.recurrent import RecurrentNetwork
from newslabel.recipes import Recipe, load_recipe

RECIPES = Path(__file__).resolve().parents[2] / "conf" / "recipes"


def recipe(network: dict, family: str = "recurrent") -> Recipe:
    return Recipe.model_validate(
        {
            "name": "tiny",
            "family": family,
            "encoder": "token_ids",
            "classes": {"positive": "FAKE", "negative": "REAL"},
            "clean": {"fields": ["title"], "rules": []},
            "tokens": {"max_words": 10, "max_tokens": 10, "keep": "last", "unknown": "drop"},
            "network": network,
            "training": {"batch_size": 2, "epochs": 1, "learning_rate": 0.1},
        }
    )


def test_a_network_is_checked_by_its_family():
    assert network_of(recipe({"units": 7})) == RecurrentNetwork(
        embedding="frozen", embedding_width=100, units=7, dense=(50,), pooled_dropout=0.1, dense_dropout=0.1
    )


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ({"unit": 7}, r"recipe tiny: \[network\] of the family 'recurrent' has no key 'unit'. Did you mean 'units'"),
        ({"units": 0}, r"recipe tiny: network.units: Input should be greater than 0. Received: 0"),
        ({"pooled_dropout": 1}, r"network.pooled_dropout: Input should be less than 1. Received: 1"),
        ({"embedding": "glove"}, r"network.embedding: Input should be 'frozen' or 'trained'. Received: 'glove'"),
    ],
)
def test_a_wrong_key_or_value_is_named(network, message):
    with pytest.raises(SettingsError, match=message):
        network_of(recipe(network))


@pytest.mark.parametrize(
    "name", ["recurent", "bundle", "recurrent_layers", "../recurrent", "", "families", "contracts"]
)
def test_what_is_no_family_is_refused(name):
    with pytest.raises(SettingsError, match=f"there is no family of models .*Received: '{name}'"):
        load_family(name)


def test_the_nearest_family_is_named():
    with pytest.raises(SettingsError, match=r"Did you mean 'recurrent'\?"):
        load_family("recurent")


def test_frozen_vectors_must_come_from_a_file():
    family = load_family("recurrent")
    assert family.needs_vectors(RecurrentNetwork(embedding="frozen"))
    assert not family.needs_vectors(RecurrentNetwork(embedding="trained"))


@pytest.mark.parametrize(
    ("family", "encoder", "wanted"),
    [
        ("recurrent", "word_pieces", "token_ids"),
        ("dense", "words_and_lengths", "token_ids"),
        ("bert", "token_ids", "word_pieces"),
        ("linear", "words_and_lengths", "token_ids"),
        ("trees", "token_ids", "words_and_lengths"),
    ],
)
def test_a_recipe_whose_encoder_its_family_cannot_read_is_refused(family, encoder, wanted):
    wrong = recipe({}, family).model_copy(update={"encoder": encoder})
    with pytest.raises(
        SettingsError,
        match=f"recipe tiny: encoder must be '{wanted}', which the family '{family}' reads. Received: '{encoder}'",
    ):
        check_encoder(wrong)
    check_encoder(wrong.model_copy(update={"encoder": wanted}))


def test_every_recipe_of_the_house_is_checked_by_its_family():
    recipes = [load_recipe(file.stem, RECIPES) for file in RECIPES.glob("*.toml")]
    assert {"glove_lstm", "linear"} <= {recipe.name for recipe in recipes}
    for recipe in recipes:
        assert set(network_of(recipe).model_dump()) >= set(recipe.network)
        assert training_of(recipe)["seed"] == 0
        check_encoder(recipe)


def test_a_family_is_of_networks_or_a_learner():
    assert (is_learner(recipe({})), is_learner(recipe({}, "linear"))) == (False, True)
    with pytest.raises(SettingsError, match=r"fitted without Keras, and has no network\. Received: 'linear'"):
        load_keras_family("linear")
    with pytest.raises(SettingsError, match=r"of networks, which Keras trains and runs"):
        load_learner(recipe({}).family)


def test_a_learner_has_a_use_for_the_seed_the_balance_calibration_and_folds_alone():
    linear = load_recipe("linear", RECIPES)
    assert training_of(linear) == {"seed": 0, "balance": "none", "calibrate": True, "folds": 0}
    assert training_of(Recipe.from_toml(linear.to_toml(), origin="a bundle")) == {
        "seed": 0,
        "balance": "none",
        "calibrate": True,
        "folds": 0,
    }
    with pytest.raises(
        SettingsError,
        match=r"recipe tiny: the family 'linear' is fitted at once, and has no use for training.batch_size and "
        r"training.epochs and training.learning_rate; take it out\. Received: 2, 1, 0.1",
    ):
        training_of(recipe({}, "linear"))


def test_a_network_has_no_use_for_folds():
    assert training_of(recipe({}))["batch_size"] == 2
    assert "folds" not in training_of(recipe({}))
    network = recipe({})
    network = network.model_copy(update={"training": network.training.model_copy(update={"folds": 5})})
    with pytest.raises(SettingsError, match=r"is trained step by step, and has no use for training.folds; .*: 5"):
        training_of(network)
