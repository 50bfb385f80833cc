"""The recipes of the house build the networks that were published, to the number of their weights."""

from pathlib import Path

import keras
import numpy as np
import pytest

from newslabel.models.families import load_family, network_of
from newslabel.recipes import load_recipe
from newslabel.tokens import Vocabulary
from newslabel.tokens.encode import check_recipe

RECIPES = Path(__file__).resolve().parents[2] / "conf" / "recipes"
GLOVE_WORDS, GLOVE_WIDTH = 1000, 50
FEW, HASHED, SMS = 10_002, Vocabulary.hashed(10_000).size, 502  # ids: the words, padding and the unknown word

WEIGHTS = {
    "glove_lstm": 1000 * 50 + 4 * 60 * (50 + 60 + 1) + 61 * 50 + 51 * 2,
    "glove_bilstm": 1000 * 50 + 2 * 4 * 60 * (50 + 60 + 1) + 121 * 50 + 51 * 2,
    "glove_gru": 1000 * 50 + 3 * 60 * (50 + 60 + 2) + 61 * 50 + 51 * 2,
    "stemmed_lstm": 10_002 * 300 + 4 * 199 * (300 + 199 + 1) + 200 * 399 + 400 * 43 + 44,
    "small_lstm": 10_002 * 32 + 4 * 32 * (32 + 32 + 1) + 33,
    "sms_dense": 502 * 16 + 17 * 24 + 25,
    "sms_lstm": 502 * 16 + 4 * 128 * (16 + 128 + 1) + 129,
    "sms_bilstm": 502 * 16 + 2 * 4 * 128 * (16 + 128 + 1) + 257,
    "sms_gru": 502 * 16 + 3 * 128 * (16 + 128 + 2) + 129,
}
# by layer: its name, and the share that it leaves out in training
LEFT_OUT = {
    "glove_lstm": {"pooled_dropout": 0.1, "dense_dropout": 0.1},
    "glove_bilstm": {"pooled_dropout": 0.1, "dense_dropout": 0.1},
    "glove_gru": {"pooled_dropout": 0.1, "dense_dropout": 0.1},
    "stemmed_lstm": {"embedding_dropout": 0.5, "pooled_dropout": 0.4},
    "small_lstm": {},
    "sms_dense": {"dense_dropout": 0.2},
    "sms_lstm": {"spatial_dropout": 0.2, "pooled_dropout": 0.2},
    "sms_bilstm": {"pooled_dropout": 0.2},
    "sms_gru": {"spatial_dropout": 0.2, "pooled_dropout": 0.2},
}
# batch size, epochs, patience, balance; kept words, their end, unknown words, padding
COURSES = {
    "glove_lstm": (128, 10, 0, "none", 1000, "last", "drop", "end"),
    "glove_bilstm": (128, 10, 0, "none", 1000, "last", "drop", "end"),
    "glove_gru": (128, 10, 0, "none", 1000, "last", "drop", "end"),
    "stemmed_lstm": (64, 50, 3, "none", 500, "last", "drop", "front"),
    "small_lstm": (2048, 50, 5, "none", 400, "last", "keep", "end"),
    "sms_dense": (32, 30, 3, "undersample", 50, "first", "keep", "end"),
    "sms_lstm": (32, 30, 2, "undersample", 50, "first", "keep", "end"),
    "sms_bilstm": (32, 30, 2, "undersample", 50, "first", "keep", "end"),
    "sms_gru": (32, 30, 2, "undersample", 50, "first", "keep", "end"),
}


@pytest.fixture(scope="module", params=WEIGHTS)
def recipe(request: pytest.FixtureRequest):
    return load_recipe(request.param, RECIPES)


@pytest.fixture(scope="module")
def model(recipe) -> keras.Model:
    family, network = load_family(recipe.family), network_of(recipe)
    vectors = np.zeros((GLOVE_WORDS, GLOVE_WIDTH), np.float32) if family.needs_vectors(network) else None
    words = {"glove": GLOVE_WORDS, "stemmed": HASHED, "small": FEW, "sms": SMS}[recipe.name.split("_")[0]]
    return family.build(network, words, vectors, pads_front=recipe.tokens.padding == "front")


def test_it_has_so_many_weights_and_two_answers(recipe, model):
    assert model.count_params() == WEIGHTS[recipe.name]
    assert model(np.array([[2, 3, 0], [2, 3, 4]], np.int32)).shape == (2, 2)


def test_it_leaves_out_so_much_in_training(recipe, model):
    found = {layer.name: layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)}
    assert {name: rate for name, rate in found.items() if rate} == LEFT_OUT[recipe.name]
    within = {
        (layer.dropout, layer.recurrent_dropout)
        for layer in model.layers
        if isinstance(layer, keras.layers.LSTM | keras.layers.GRU)
    }
    assert within == ({(0.2, 0.2)} if recipe.name == "small_lstm" else set() if "dense" in recipe.name else {(0, 0)})


def test_it_is_trained_and_its_texts_are_cut_as_published(recipe):
    training, tokens = recipe.training, recipe.tokens
    assert COURSES[recipe.name] == (
        *(training.batch_size, training.epochs, training.patience, training.balance),
        *(tokens.max_tokens, tokens.keep, tokens.unknown, tokens.padding),
    )
    assert (training.learning_rate, recipe.decision.threshold) == (0.001, 0.5)
    check_recipe(recipe)


def test_news_is_fake_or_real_and_short_messages_are_spam_or_ham(recipe):
    assert recipe.classes.names == (("HAM", "SPAM") if recipe.name.startswith("sms_") else ("REAL", "FAKE"))


def test_one_sigmoid_and_the_l2_of_the_small_one_are_as_published():
    recipes = {name: load_recipe(name, RECIPES) for name in WEIGHTS}
    assert {name for name, recipe in recipes.items() if network_of(recipe).outputs == 1} == {
        *("stemmed_lstm", "small_lstm", "sms_dense", "sms_lstm", "sms_bilstm", "sms_gru")
    }
    assert [name for name, recipe in recipes.items() if recipe.network.get("output_l2")] == ["small_lstm"]
    assert recipes["small_lstm"].network["output_l2"] == 0.01
    assert (recipes["stemmed_lstm"].tokens.ids, recipes["stemmed_lstm"].tokens.buckets) == ("hashed", 10_000)
    assert recipes["sms_gru"].tokens.max_words == 500
