"""Networks of every kind: no padding counts, what is saved is read back the same, and each is as plain Keras has it."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from networks import KINDS, LEARNT

from newslabel.models.families import load_family, load_network

WORDS = 12
TEXTS = st.lists(st.lists(st.integers(1, WORDS - 1), min_size=1, max_size=7), min_size=1, max_size=4)


def built(kind: str, *, pads_front: bool = False):
    keras.utils.set_random_seed(3)
    name, keys = KINDS[kind]
    family = load_family(name)
    model = family.build(family.network(**LEARNT, **keys), WORDS, None, pads_front=pads_front)
    # biases begin with zeros, which would hide what they do
    model.set_weights([np.random.default_rng(0).normal(0, 0.7, each.shape) for each in model.get_weights()])
    return model


@pytest.fixture(scope="module")
def twins():
    """Each kind, padded at the end and in front, of the same weights; made when it is asked for."""
    made = {}

    def twins_of(kind: str):
        if kind not in made:
            made[kind] = {pads_front: built(kind, pads_front=pads_front) for pads_front in (False, True)}
        return made[kind]

    return twins_of


def padded(texts: list[list[int]], width: int, *, in_front: bool) -> np.ndarray:
    rows = [[0] * (width - len(text)) + text if in_front else text + [0] * (width - len(text)) for text in texts]
    return np.array(rows, np.int32)


def answers(model, token_ids) -> np.ndarray:
    return model(np.array(token_ids, np.int32)).numpy()


@pytest.mark.parametrize("kind", KINDS)
@hypothesis_settings(max_examples=5)
@given(texts=TEXTS, more=st.integers(0, 9))
def test_a_text_is_answered_the_same_whatever_its_padding(twins, kind, texts, more):
    at_end, in_front = twins(kind)[False], twins(kind)[True]
    alone = np.concatenate([answers(at_end, [text]) for text in texts])
    width = max(map(len, texts)) + more
    assert answers(at_end, padded(texts, width, in_front=False)) == pytest.approx(alone, abs=1e-6)
    for placed_in_front in (False, True):
        placed = padded(texts, width, in_front=placed_in_front)
        assert answers(in_front, placed) == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_words_counts_unless_the_mean_alone_is_read(twins, kind):
    first, other = (answers(twins(kind)[False], [text])[0, 1] for text in ([3, 7, 5, 2], [2, 5, 3, 7]))
    assert (abs(first - other) < 1e-6) == kind.startswith("dense")


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_two_probabilities_and_a_text_of_no_words_has_one(twins, kind):
    model = twins(kind)[False]
    found = answers(model, [[3, 7, 5], [0, 0, 0]])
    assert (found.shape, found.dtype) == ((2, 2), np.float32)
    assert ((found > 0) & (found < 1)).all()
    if KINDS[kind][1].get("outputs") == 1 or kind == "dense":
        assert found.sum(axis=1) == pytest.approx([1, 1], abs=1e-6)


@pytest.mark.parametrize("pads_front", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_network_of_every_kind_is_read_back_in_safe_mode(twins, tmp_path, kind, pads_front):
    model = twins(kind)[pads_front]
    model.save(tmp_path / "model.keras")
    read = load_network(tmp_path / "model.keras", KINDS[kind][0])
    texts = padded([[3, 7, 5], [2], []], 8, in_front=pads_front)
    assert (answers(read, texts) == answers(model, texts)).all()


def test_every_recurrent_network_has_weights_for_the_scoring_kernel(twins):
    served = [kind for kind, (family, _) in KINDS.items() if load_family(family).kernel_weights(twins(kind)[False])]
    assert served == [kind for kind in KINDS if not kind.startswith("dense")]


def test_all_are_trained_packed_but_those_that_leave_out_of_what_a_cell_remembers(kernels):
    family = load_family("recurrent")

    def is_packed(**keys: object) -> bool:
        model = family.build(family.network(**LEARNT, **keys), WORDS, None, pads_front=False)
        return family.packed(model, kernels) is not model

    for keys in KINDS.values():
        if keys[0] == "recurrent":
            assert is_packed(**keys[1]) == ("recurrent_dropout" not in keys[1])


PLAIN = {
    "bilstm, last": lambda: keras.layers.Bidirectional(keras.layers.LSTM(5)),
    "gru, last": lambda: keras.layers.GRU(5),
    "lstm, last": lambda: keras.layers.LSTM(5),
}


@pytest.mark.parametrize("kind", PLAIN)
def test_the_last_output_is_that_of_keras_own_layer_on_the_text_alone(twins, kind):
    model = twins(kind)[False]
    plain = PLAIN[kind]()
    (vectors,) = model.get_layer("embedding").get_weights()
    steps = vectors[[[3, 7, 5, 2, 9]]]
    plain.build(steps.shape)
    cells = [layer for layer in model.layers if layer.name.startswith(("lstm", "gru"))]
    plain.set_weights([weights for cell in cells for weights in cell.get_weights()])
    pooled = keras.Model(model.input, model.get_layer("pooled").output)
    found = pooled(np.array([[3, 7, 5, 2, 9, 0, 0]], np.int32)).numpy()
    assert found == pytest.approx(plain(steps).numpy(), abs=1e-6)


def test_the_loss_of_one_sigmoid_is_that_of_its_own_column(twins):
    model = twins("gru, last")[False]
    both = answers(model, [[3, 7, 5], [2, 4, 4]])
    truth = np.array([[0, 1], [1, 0]], np.float32)
    loss = keras.losses.BinaryCrossentropy()
    assert float(loss(truth, both)) == pytest.approx(float(loss(truth[:, 1:], both[:, 1:])), abs=1e-6)
    (l2,) = model.losses
    assert float(l2) == pytest.approx(0.01 * float((model.get_layer("classes").get_weights()[0] ** 2).sum()), rel=1e-5)
