"""Recurrent networks as a CPU trains them, held against Keras' own: answers and gradients, whatever the lengths."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from newslabel.models.packed_layers import _less, packed
from newslabel.models.packed_steps import PackedSteps
from newslabel.models.recurrent import FAMILY, RecurrentNetwork
from newslabel.recipes import load_recipe
from newslabel.train.plan import TrainingPlan

WORDS, STEPS = 20, 11
Gradients = list[np.ndarray]


KINDS = [
    {"cell": cell, "pooling": pooling, "bidirectional": both_ways, "dense": dense, "outputs": outputs}
    for cell in ("lstm", "gru")
    for pooling in ("max", "mean", "max_and_mean", "last")
    for both_ways, dense, outputs in ((False, (5,), 2), (True, (5, 3), 1), (True, (), 2))
]


@pytest.fixture(scope="module")
def twins(kernels):
    """By kind, how the vectors are learnt and where texts are padded: Keras' network and its packed twin."""
    made = {}

    def pair(embedding: str = "trained", *, pads_front: bool = False, **kind):
        key = (embedding, pads_front, *kind.values())
        if key not in made:
            vectors = np.random.default_rng(0).normal(0, 0.5, (WORDS, 7)).astype(np.float32)
            keys = {"dense": (5,), "embedding": embedding, "units": 9, "pooled_dropout": 0, "dense_dropout": 0}
            model = FAMILY.build(RecurrentNetwork(**keys | kind), WORDS, vectors, pads_front=pads_front)
            # biases begin with zeros, which would hide what they do
            model.set_weights([np.random.default_rng(1).normal(0, 0.5, each.shape) for each in model.get_weights()])
            made[key] = model, FAMILY.packed(model, kernels)
        return made[key]

    return pair


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


def assert_same(packed, model, texts: np.ndarray, *, gradients: int) -> None:
    (answers, found), (wanted, others) = (answers_and_gradients(each, texts) for each in (packed, model))
    assert np.abs(answers - wanted).max() < 1e-6
    assert len(found) == len(others) == gradients
    for gradient, other in zip(found, others, strict=True):
        assert np.abs(gradient - other).max() < 1e-5


@pytest.mark.parametrize("pads_front", [False, True])
@pytest.mark.parametrize("embedding", ["frozen", "trained"])
@hypothesis_settings(max_examples=15)
@given(lengths=st.lists(st.integers(0, STEPS), min_size=1, max_size=6))
def test_answers_and_gradients_are_those_of_keras(twins, embedding, pads_front, lengths):
    model, packed = twins(embedding, pads_front=pads_front)
    texts = texts_of(lengths, pads_front=pads_front)
    assert_same(packed, model, texts, gradients=8 if embedding == "trained" else 7)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: " ".join(map(str, kind.values())))
@hypothesis_settings(max_examples=5)
@given(lengths=st.lists(st.integers(0, STEPS), min_size=1, max_size=6), pads_front=st.booleans())
def test_so_they_are_of_every_kind_of_network(twins, kind, lengths, pads_front):
    model, packed = twins(pads_front=pads_front, **kind)
    weights = 1 + 3 * (1 + kind["bidirectional"]) + 2 * (1 + len(kind["dense"]))
    assert_same(packed, model, texts_of(lengths, pads_front=pads_front), gradients=weights)


PUBLISHED = {
    "glove_lstm": {},
    "glove_bilstm": {"bidirectional": True},
    "glove_gru": {"cell": "gru"},
    "both ways, the maximum and the mean": {"cell": "gru", "bidirectional": True, "pooling": "max_and_mean"},
}


@pytest.mark.parametrize("kind", PUBLISHED)
def test_it_holds_for_the_published_sizes_and_long_texts(kernels, kind):
    draw = np.random.default_rng(0)
    vectors = draw.normal(0, 0.4, (500, 50)).astype(np.float32)
    network = RecurrentNetwork(pooled_dropout=0, dense_dropout=0, **PUBLISHED[kind])
    model = FAMILY.build(network, 500, vectors, pads_front=False)
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
    model, packed = twins()
    assert {id(weights) for weights in model.weights} == {id(weights) for weights in packed.weights}


@pytest.mark.parametrize(
    "left_out", [{}, {"spatial_dropout": 0.1, "embedding_dropout": 0.1, "cell_dropout": 0.1, "bidirectional": True}]
)
def test_fit_takes_batches_of_any_width(kernels, left_out):
    import keras

    keras.utils.set_random_seed(0)
    network = RecurrentNetwork(units=9, dense=(5,), embedding="trained", embedding_width=7, **left_out)
    packed = FAMILY.packed(FAMILY.build(network, WORDS, None, pads_front=False), kernels)
    packed.compile("adam", "binary_crossentropy", jit_compile=False)
    texts = texts_of([4, 9, 0, 6] * 8, pads_front=False)
    is_odd = np.eye(2, dtype=np.float32)[texts.sum(axis=1) % 2]
    losses = [packed.train_on_batch(texts[:, :width], is_odd) for width in (STEPS, 5, 9) * 100]
    assert losses[-3] < 0.5 * losses[0]


LEFT_OUT = ("spatial_dropout", "embedding_dropout", "cell_dropout")


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_is_left_out_in_training_alone_is_left_out_packed(kernels, name):
    network = RecurrentNetwork(units=9, bidirectional=True, pooled_dropout=0, dense_dropout=0, **{name: 0.5})
    model = FAMILY.build(network, WORDS, np.random.default_rng(0).normal(size=(WORDS, 7)), pads_front=False)
    packed = FAMILY.packed(model, kernels)
    texts = texts_of([3, 9], pads_front=False)
    answers = packed(texts).numpy()
    assert answers == pytest.approx(model(texts).numpy(), abs=1e-6)
    assert np.abs(packed(texts, training=True).numpy() - answers).max() > 1e-4


def test_what_is_left_out_of_a_text_is_the_same_at_all_its_steps():
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    dropout = keras.layers.SpatialDropout1D(0.5)
    texts = packed(texts_of([3, 0, 9, 5], pads_front=True))
    call = keras.layers.Lambda(lambda vectors: _less(vectors, texts, dropout))
    found = call(tf.ones((17, 40)), training=True).numpy()
    of_text = texts.texts.numpy()
    rows = [np.unique(found[of_text == number], axis=0) for number in range(3)]
    assert [len(each) for each in rows] == [1, 1, 1]
    assert np.unique(found).tolist() == [0, 2]
    assert (rows[0] != rows[1]).any()


def test_texts_are_packed_step_by_step_and_read_backwards_each_from_its_own_end():
    texts = packed(np.array([[1, 2, 0, 0], [0, 0, 0, 0], [0, 3, 4, 5]], np.int32))
    assert texts.words.numpy().tolist() == [3, 1, 4, 2, 5]
    assert texts.texts.numpy().tolist() == [0, 1, 0, 1, 0]
    assert texts.words.numpy()[texts.backwards.numpy()].tolist() == [5, 2, 4, 1, 3]
    assert texts.sizes.numpy().tolist() == [2, 2, 1]
    assert texts.order.numpy().tolist() == [2, 0, 1]


def test_gradients_of_a_call_that_another_has_followed_are_refused(kernels):
    steps = PackedSteps("lstm", "max", kernels, learns_inputs=False)
    draw = np.random.default_rng(0)
    kernel, recurrent = (draw.normal(size=(rows, 8)).astype(np.float32) for rows in (3, 2))
    inputs, sizes = draw.normal(size=(3, 3)).astype(np.float32), np.array([2, 1])
    pooled, first = steps.pooled(inputs, sizes, 2, kernel, recurrent, np.zeros(8, np.float32))
    _, second = steps.pooled(inputs, sizes, 2, kernel, recurrent, np.zeros(8, np.float32))
    assert len(steps.gradients(second, np.ones_like(pooled), inputs, sizes, kernel, recurrent)) == 4
    with pytest.raises(RuntimeError, match=r"these are the gradients of call 2 alone\. Received: 1"):
        steps.gradients(first, np.ones_like(pooled), inputs, sizes, kernel, recurrent)
