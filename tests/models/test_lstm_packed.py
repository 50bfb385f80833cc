"""The LSTM as a CPU trains it, held against Keras' own: outputs and gradients, whatever the texts' lengths."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from newslabel.models.lstm_steps import LstmSteps
from newslabel.models.recurrent import FAMILY, RecurrentNetwork
from newslabel.recipes import load_recipe
from newslabel.train.plan import TrainingPlan

WORDS, STEPS = 20, 11
Gradients = list[np.ndarray]


@pytest.fixture(scope="module")
def twins(kernels):
    """By how the vectors are learnt and where texts are padded: Keras' network and its packed twin."""

    def pair(embedding: str, *, pads_front: bool):
        vectors = np.random.default_rng(0).normal(0, 0.5, (WORDS, 7)).astype(np.float32)
        network = RecurrentNetwork(embedding=embedding, units=9, dense=(5,), pooled_dropout=0, dense_dropout=0)
        model = FAMILY.build(network, WORDS, vectors, pads_front=pads_front)
        return model, FAMILY.packed(model, kernels)

    return {
        (embedding, pads_front): pair(embedding, pads_front=pads_front)
        for embedding in ("frozen", "trained")
        for pads_front in (False, True)
    }


def texts_of(lengths: list[int], *, pads_front: bool) -> np.ndarray:
    ids = np.zeros((len(lengths), STEPS), np.int32)
    for row, length in zip(ids, lengths, strict=True):
        place = slice(STEPS - length, STEPS) if pads_front else slice(length)
        row[place] = np.random.default_rng(length).integers(1, WORDS, length)
    return ids


def answers_and_gradients(model, texts: np.ndarray) -> tuple[np.ndarray, Gradients]:
    import tensorflow as tf

    with tf.GradientTape() as tape:
        answers = model(texts, training=True)
        loss = tf.reduce_sum((answers - 0.3) ** 2)
    gradients = tape.gradient(loss, [weights.value for weights in model.trainable_weights])
    return answers.numpy(), [tf.convert_to_tensor(gradient).numpy() for gradient in gradients]


@pytest.mark.parametrize("pads_front", [False, True])
@pytest.mark.parametrize("embedding", ["frozen", "trained"])
@hypothesis_settings(max_examples=15)
@given(lengths=st.lists(st.integers(0, STEPS), min_size=1, max_size=6))
def test_answers_and_gradients_are_those_of_keras(twins, embedding, pads_front, lengths):
    model, packed = twins[embedding, pads_front]
    texts = texts_of(lengths, pads_front=pads_front)
    (answers, gradients), (wanted, wanted_gradients) = (answers_and_gradients(each, texts) for each in (packed, model))
    assert np.abs(answers - wanted).max() < 1e-6
    assert len(gradients) == len(wanted_gradients) == (8 if embedding == "trained" else 7)
    for gradient, other in zip(gradients, wanted_gradients, strict=True):
        assert np.abs(gradient - other).max() < 1e-5


def test_it_holds_for_the_published_sizes_and_long_texts(kernels):
    draw = np.random.default_rng(0)
    vectors = draw.normal(0, 0.4, (500, 50)).astype(np.float32)
    model = FAMILY.build(RecurrentNetwork(pooled_dropout=0, dense_dropout=0), 500, vectors, pads_front=False)
    texts = np.zeros((16, 400), np.int32)
    for row, length in zip(texts, np.linspace(3, 400, 16, dtype=int), strict=True):
        row[:length] = draw.integers(1, 500, length)
    (answers, gradients), (wanted, wanted_gradients) = (
        answers_and_gradients(each, texts) for each in (FAMILY.packed(model, kernels), model)
    )
    assert np.abs(answers - wanted).max() < 1e-6
    for gradient, other in zip(gradients, wanted_gradients, strict=True):
        assert np.abs(gradient - other).max() < 1e-4 * np.abs(other).max()


def test_a_cpu_trains_the_packed_network(kernels):
    from newslabel.train.rank import _packed

    recipe = load_recipe("glove_lstm", Path(__file__).resolve().parents[2] / "conf" / "recipes")
    model = FAMILY.build(RecurrentNetwork(), WORDS, np.zeros((WORDS, 7), np.float32), pads_front=False)
    plan = TrainingPlan(recipe=recipe, examples="made", vocabulary_size=WORDS)
    assert "packed" in {layer.name for layer in _packed(model, plan, kernels).layers}


def test_weights_that_are_no_numbers_give_answers_that_are_none(kernels):
    model = FAMILY.build(RecurrentNetwork(), WORDS, np.full((WORDS, 7), np.nan, np.float32), pads_front=False)
    answers = FAMILY.packed(model, kernels)(texts_of([3, 0], pads_front=False)).numpy()
    assert np.isnan(answers[0]).all()
    assert np.isfinite(answers[1]).all()


def test_what_trains_one_trains_both(twins):
    model, packed = twins["trained", False]
    assert {id(weights) for weights in model.weights} == {id(weights) for weights in packed.weights}


def test_fit_takes_batches_of_any_width(twins, kernels):
    network = RecurrentNetwork(units=9, dense=(5,), embedding="trained", embedding_width=7)
    packed = FAMILY.packed(FAMILY.build(network, WORDS, None, pads_front=False), kernels)
    packed.compile("adam", "binary_crossentropy", jit_compile=False)
    texts = texts_of([4, 9, 0, 6] * 8, pads_front=False)
    is_odd = np.eye(2, dtype=np.float32)[texts.sum(axis=1) % 2]
    losses = [packed.train_on_batch(texts[:, :width], is_odd) for width in (STEPS, 5, 9) * 100]
    assert losses[-3] < 0.5 * losses[0]


def test_gradients_of_a_call_that_another_has_followed_are_refused(kernels):
    steps = LstmSteps(kernels, learns_inputs=False)
    draw = np.random.default_rng(0)
    kernel, recurrent = (draw.normal(size=(rows, 8)).astype(np.float32) for rows in (3, 2))
    inputs, sizes = draw.normal(size=(3, 3)).astype(np.float32), np.array([2, 1])
    pooled, first = steps.largest(inputs, sizes, 2, kernel, recurrent, np.zeros(8, np.float32))
    _, second = steps.largest(inputs, sizes, 2, kernel, recurrent, np.zeros(8, np.float32))
    assert len(steps.gradients(second, np.ones_like(pooled), inputs, sizes, kernel, recurrent)) == 4
    with pytest.raises(RuntimeError, match=r"these are the gradients of call 2 alone\. Received: 1"):
        steps.gradients(first, np.ones_like(pooled), inputs, sizes, kernel, recurrent)
