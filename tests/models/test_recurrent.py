import keras
import numpy as np
import pytest

from newslabel.models.families import load_network
from newslabel.models.recurrent import RecurrentNetwork
from newslabel.models.recurrent_layers import build_recurrent, kernel_weights
from newslabel.models.text_layers import MaskedMaxPooling

TEXTS = [[3, 1, 4, 1, 5], [9, 2], [6]]


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    vectors = np.random.default_rng(0).normal(size=(10, 7)).astype(np.float32)
    return build_recurrent(RecurrentNetwork(units=6, dense=(5,)), 10, vectors)


def padded(texts: list[list[int]], width: int) -> np.ndarray:
    return np.array([text + [0] * (width - len(text)) for text in texts], np.int32)


def probabilities(model, token_ids: np.ndarray) -> np.ndarray:
    return model(token_ids).numpy()


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def slow_twin(weights: dict[str, np.ndarray], text: list[int]) -> np.ndarray:
    units = len(weights["recurrent"])
    hidden, cell, maxima = np.zeros(units), np.zeros(units), np.full(units, -np.inf)
    for token in text:
        gates = weights["table"][token] + hidden @ weights["recurrent"]
        input_gate, forget_gate, candidate, output_gate = gates.reshape(4, units)
        cell = sigmoid(forget_gate) * cell + sigmoid(input_gate) * np.tanh(candidate)
        hidden = sigmoid(output_gate) * np.tanh(cell)
        maxima = np.maximum(maxima, hidden)
    pooled = maxima if text else np.zeros(units)
    dense = np.maximum(pooled @ weights["dense_kernel"] + weights["dense_bias"], 0)
    return sigmoid(dense @ weights["output_kernel"] + weights["output_bias"])


def test_the_network_is_the_published_one():
    model = build_recurrent(RecurrentNetwork(), 1000, np.zeros((1000, 50), np.float32))
    layers = [type(layer).__name__ for layer in model.layers]
    assert [layer for layer in layers if layer != "NotEqual"] == [  # Keras' own, for the mask
        "InputLayer",
        "Embedding",
        "LSTM",
        "MaskedMaxPooling",
        "Dropout",
        "Dense",
        "Dropout",
        "Dense",
    ]
    assert model.count_params() == 1000 * 50 + 4 * 60 * (50 + 60 + 1) + 61 * 50 + 51 * 2
    assert model.trainable_weights[0].shape == (50, 240)
    assert [model.get_layer(name).rate for name in ("pooled_dropout", "dense_dropout")] == [0.1, 0.1]


def test_a_score_depends_on_no_padding_and_no_other_text(model):
    together = probabilities(model, padded(TEXTS, 40))
    alone = [probabilities(model, np.array([text], np.int32))[0] for text in TEXTS]
    assert together == pytest.approx(np.stack(alone), abs=1e-6)


def test_a_text_without_words_is_scored_as_zeros_pooled(model):
    weights = kernel_weights(model)
    assert probabilities(model, np.zeros((1, 8), np.int32))[0] == pytest.approx(slow_twin(weights, []), abs=1e-6)


def test_kernel_weights_give_what_keras_gives(model):
    weights = kernel_weights(model)
    assert {name: array.shape for name, array in weights.items()} == {
        "table": (10, 24),
        "recurrent": (6, 24),
        "dense_kernel": (6, 5),
        "dense_bias": (5,),
        "output_kernel": (5, 2),
        "output_bias": (2,),
    }
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}
    expected = [slow_twin(weights, text) for text in TEXTS]
    assert probabilities(model, padded(TEXTS, 5)) == pytest.approx(np.stack(expected), abs=1e-6)


def test_frozen_vectors_are_not_trained_and_trained_ones_are():
    frozen, trained = (
        build_recurrent(RecurrentNetwork(embedding=embedding), 5, None) for embedding in ("frozen", "trained")
    )
    assert len(trained.trainable_weights) == len(frozen.trainable_weights) + 1


@pytest.mark.parametrize("pads_front", [False, True])
def test_a_saved_network_scores_the_same(tmp_path, pads_front):
    model = build_recurrent(RecurrentNetwork(units=6, dense=(5,)), 10, None, pads_front=pads_front)
    texts = np.flip(padded(TEXTS, 8), axis=1) if pads_front else padded(TEXTS, 8)
    model.save(tmp_path / "model.keras")
    read = load_network(tmp_path / "model.keras", "recurrent")
    assert (probabilities(read, texts) == probabilities(model, texts)).all()


@pytest.mark.parametrize("pads_front", [False, True])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_on_a_gpu_a_cell_is_given_nothing_that_cudnn_refuses(cell, pads_front):
    # it takes no mask of an empty text, and none of a text that is padded in front
    network = RecurrentNetwork(cell=cell, bidirectional=True)
    model = build_recurrent(network, 10, None, pads_front=pads_front)
    for name in (cell, f"{cell}_backward"):
        (node,) = model.get_layer(name)._inbound_nodes
        assert node.arguments.kwargs.get("mask") is None
        assert model.get_layer(name).use_cudnn == "auto"


def test_the_maximum_is_taken_over_the_text_only():
    steps = np.array([[[-3.0], [-1.0], [7.0]], [[2.0], [7.0], [7.0]], [[7.0], [7.0], [7.0]]])
    mask = np.array([[True, True, False], [True, False, False], [False, False, False]])
    pool = MaskedMaxPooling()
    assert pool(steps, mask=mask).numpy().tolist() == [[-1.0], [2.0], [0.0]]
    assert pool(steps).numpy().tolist() == [[7.0], [7.0], [7.0]]
