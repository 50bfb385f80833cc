"""What each token moved, of recurrent networks: against a plain twin, against Keras' gradients, and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrent_twin import WORDS, plain_log_odds, plain_pooled, plain_steps, random_rows, random_weights
from rows_of_ids import flat

from newslabel.models.recurrent import FAMILY, RecurrentNetwork
from newslabel.score import recurrent
from newslabel.score.recurrent import RecurrentKernel
from newslabel.score.step_shares import shares_of_last, shares_of_max, shares_of_mean

POOLINGS = ("max", "mean", "max_and_mean", "last")
# by cell and pooling: one direction or two, dense layers, outputs
BESIDE = [(False, (4,), 2), (True, (4, 3), 1), (True, (), 2), (False, (), 1)]
NETWORKS = [
    RecurrentNetwork(cell=cell, pooling=pooling, bidirectional=both_ways, dense=dense, outputs=outputs, units=7)
    for cell in ("lstm", "gru")
    for pooling in POOLINGS
    for both_ways, dense, outputs in BESIDE
]


def name_of(network: RecurrentNetwork) -> str:
    return " ".join(f"{value}" for value in network.model_dump(exclude_defaults=True).values())


def plain_gradients(network, weights, pooled):
    """By how much the log-odds change with each kept value, tried out."""
    nudge, gradients = 1e-6, []
    for place in range(len(pooled)):
        more, less = pooled.copy(), pooled.copy()
        more[place] += nudge
        less[place] -= nudge
        change = plain_log_odds(network, weights, more) - plain_log_odds(network, weights, less)
        gradients.append(change / (2 * nudge))
    return gradients


def plain_contributions(network, weights, row):
    """The twin: one text, unit by unit."""
    directions = plain_steps(network, weights, row)
    gradients = iter(plain_gradients(network, weights, plain_pooled(network, directions)))
    moved = np.zeros(len(row))
    for kind in network.pooling.split("_and_"):
        for number, steps in enumerate(directions):
            as_read = moved[::-1] if number else moved  # a view: who reads backwards begins at the end
            for unit in range(network.units):
                gradient = next(gradients)
                if kind == "max":
                    as_read[steps[:, unit].argmax()] += gradient * steps[:, unit].max()
                elif kind == "mean":
                    as_read += gradient * steps[:, unit] / len(row)
                else:
                    as_read += gradient * np.diff(steps[:, unit], prepend=0)
    return moved


@pytest.mark.parametrize("network", NETWORKS, ids=name_of)
def test_each_token_moved_what_a_plain_twin_finds(kernels, network) -> None:
    weights = random_weights(network, seed=3)
    rows = random_rows([1, 2, 17, 0, 40, 64, 5], seed=4)
    found = RecurrentKernel(network, weights.__getitem__, kernels).contributions(*flat(rows))
    wanted = [plain_contributions(network, weights, row) for row in rows if len(row)]
    np.testing.assert_allclose(found, np.concatenate(wanted), atol=1e-4, rtol=0)


def keras_contributions(model, row):
    """Of one text alone: each cell's outputs times the gradient of the log-odds by them."""
    import keras
    import tensorflow as tf

    cells = [layer for layer in model.layers if isinstance(layer, keras.layers.LSTM | keras.layers.GRU)]
    classes = model.get_layer("classes")
    inner = keras.Model(model.input, [classes.input, *(cell.output for cell in cells)])
    with tf.GradientTape() as tape:
        before, *steps = inner(row[np.newaxis])
        log_odds = before @ classes.kernel[:, -1:] + classes.bias[-1]
    gradients = tape.gradient(log_odds, steps)
    moved = np.zeros(len(row))
    for cell, outputs, gradient in zip(cells, steps, gradients, strict=True):
        of_steps = (outputs.numpy() * gradient.numpy())[0].sum(axis=1)
        moved += of_steps[::-1] if cell.name.endswith("_backward") else of_steps
    return moved


@pytest.mark.parametrize("network", [each for each in NETWORKS if each.pooling != "last"], ids=name_of)
def test_each_token_moved_what_keras_gradients_say(kernels, network) -> None:
    vectors = np.random.default_rng(1).normal(0, 0.5, (WORDS, 20)).astype(np.float32)
    model = FAMILY.build(network, WORDS, vectors, pads_front=False)
    draw = np.random.default_rng(2)
    model.set_weights([draw.normal(0, 0.4, each.shape) for each in model.get_weights()])
    rows = random_rows([1, 2, 9, 30])
    found = RecurrentKernel(network, FAMILY.kernel_weights(model).__getitem__, kernels).contributions(*flat(rows))
    wanted = np.concatenate([keras_contributions(model, row) for row in rows])
    np.testing.assert_allclose(found, wanted, atol=1e-4, rtol=0)


SOME = [NETWORKS[0], NETWORKS[5], NETWORKS[26], NETWORKS[30]]  # of each pooling, of both cells, one way and both


@settings(deadline=None, max_examples=40)
@given(
    data=st.data(),
    network=st.sampled_from(SOME),
    lengths=st.lists(st.integers(0, 40), min_size=1, max_size=20),
    at_once=st.sampled_from([1, 50, 1 << 16]),
)
def test_a_token_moved_the_same_to_the_bit_in_any_batch_and_order(kernels, data, network, lengths, at_once) -> None:
    kernel = RecurrentKernel(network, random_weights(network).__getitem__, kernels)
    rows = random_rows(lengths)
    order = data.draw(st.permutations(range(len(rows))))
    alone = [kernel.contributions(*flat([row])) for row in rows]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recurrent, "TOKENS_AT_ONCE", at_once)
        together = kernel.contributions(*flat([rows[number] for number in order]))
    np.testing.assert_array_equal(together, np.concatenate([alone[number] for number in order]))


def test_who_asks_why_gets_the_same_probabilities(kernels) -> None:
    kernel = RecurrentKernel(NETWORKS[0], random_weights(NETWORKS[0]).__getitem__, kernels)
    rows = flat(random_rows([5, 9, 0, 33]))
    before = kernel.probabilities(*rows)
    kernel.contributions(*rows)
    np.testing.assert_array_equal(kernel.probabilities(*rows), before)


def test_no_rows_and_rows_of_no_tokens_have_nothing_that_moved(kernels) -> None:
    kernel = RecurrentKernel(NETWORKS[0], random_weights(NETWORKS[0]).__getitem__, kernels)
    assert kernel.contributions(*flat([])).tolist() == []
    assert kernel.contributions(*flat(random_rows([0, 0]))).tolist() == []


# two rows, of two steps and of three, of two units
OUTPUTS = np.array([[1, 0], [3, 0], [2, 4], [2, 8], [1, 3]], np.float32)
LENGTHS = np.array([2, 3])
GRADIENTS = np.array([[2, 5], [1, -1]], np.float32)


def test_a_maximum_is_of_the_steps_that_had_it() -> None:
    # of the second row's first unit two steps had it, and get half each
    assert shares_of_max(OUTPUTS, LENGTHS, GRADIENTS).tolist() == [0, 6, 1, 1 - 8, 0]


def test_a_mean_is_of_every_step() -> None:
    thirds = [(2 - 4) / 3, (2 - 8) / 3, (1 - 3) / 3]
    np.testing.assert_allclose(shares_of_mean(OUTPUTS, LENGTHS, GRADIENTS), [1, 3, *thirds])


def test_a_last_output_is_of_what_each_step_added() -> None:
    assert shares_of_last(OUTPUTS, LENGTHS, GRADIENTS).tolist() == [2, 4, 2 - 4, 0 - 4, -1 + 5]
