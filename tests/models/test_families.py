import pytest

from newslabel.errors import SettingsError
from newslabel.models.families import load_family, network_of
from newslabel.models.recurrent import RecurrentNetwork
from newslabel.recipes import Recipe


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


@pytest.mark.parametrize("name", ["recurent", "bundle", "../recurrent", "", "families"])
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
