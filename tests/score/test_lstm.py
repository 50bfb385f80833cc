"""The kernel against a plain NumPy twin and against Keras itself."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslabel.errors import BundleError
from newslabel.models.machine_code import compiled
from newslabel.score.lstm import LstmKernel

Weights = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("kernels")


def random_weights(units: int, *, words: int = 50, dense: int = 7, seed: int = 0) -> Weights:
    draw = np.random.default_rng(seed)

    def normal(*shape: int, scale: float) -> np.ndarray:
        return (draw.standard_normal(shape) * scale).astype(np.float32)

    return {
        "table": normal(words, 4 * units, scale=1.5),
        "recurrent": normal(units, 4 * units, scale=units**-0.5),
        "dense_kernel": normal(units, dense, scale=0.8),
        "dense_bias": normal(dense, scale=0.3),
        "output_kernel": normal(dense, 2, scale=0.8),
        "output_bias": normal(2, scale=0.3),
    }


def random_rows(lengths: list[int], *, words: int = 50, seed: int = 0) -> list[np.ndarray]:
    draw = np.random.default_rng(seed)
    return [draw.integers(1, words, length, dtype=np.int32) for length in lengths]


def flat(rows: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return np.concatenate([*rows, np.empty(0, np.int32)]), offsets


def plain_probability(weights: Weights, row: np.ndarray) -> float:
    """The twin: one text, one step after the other, in float64."""
    w = {name: array.astype(np.float64) for name, array in weights.items()}
    units = len(w["recurrent"])
    h, c, largest = np.zeros(units), np.zeros(units), np.full(units, -np.inf)
    for word in row:
        i, f, g, o = np.split(w["table"][word] + h @ w["recurrent"], 4)
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        h = np.tanh(c) / (1 + np.exp(-o))
        largest = np.maximum(largest, h)
    dense = np.maximum(largest @ w["dense_kernel"] + w["dense_bias"], 0)
    return 1 / (1 + np.exp(-(dense @ w["output_kernel"] + w["output_bias"])[1]))


def keras_probabilities(weights: Weights, rows: list[np.ndarray], width: int) -> np.ndarray:
    """Keras' own LSTM on texts padded at the end and masked; the table, being what an embedding that is as wide as the
    gates and a unit input kernel give, needs no folding here."""
    import keras

    words, gates = weights["table"].shape
    ids = keras.Input((width,), dtype="int32")
    embedding = keras.layers.Embedding(words, gates, mask_zero=True)
    lstm = keras.layers.LSTM(gates // 4, return_sequences=True)
    dense = keras.layers.Dense(len(weights["dense_bias"]), activation="relu")
    output = keras.layers.Dense(2, activation="sigmoid")
    outputs = lstm(embedding(ids))
    mask = keras.ops.expand_dims(keras.ops.not_equal(ids, 0), -1)
    model = keras.Model(ids, output(dense(keras.ops.max(keras.ops.where(mask, outputs, -2.0), axis=1))))
    embedding.set_weights([weights["table"]])
    lstm.set_weights([np.eye(gates, dtype=np.float32), weights["recurrent"], np.zeros(gates, np.float32)])
    dense.set_weights([weights["dense_kernel"], weights["dense_bias"]])
    output.set_weights([weights["output_kernel"], weights["output_bias"]])
    padded = np.zeros((len(rows), width), np.int32)
    for number, row in enumerate(rows):
        padded[number, : len(row)] = row
    return np.asarray(model.predict_on_batch(padded))[:, 1]


@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask attached to it")
@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")
@pytest.mark.parametrize("units", [60, 61])
def test_the_kernel_gives_keras_own_probabilities(units: int, cache: Path) -> None:
    weights = random_weights(units, dense=50)
    rows = random_rows([1, 2, 3, 17, 40, 64, 100, 100, 99, 5, 1], seed=units)
    found = LstmKernel(weights.__getitem__, cache).probabilities(*flat(rows))
    np.testing.assert_allclose(found, keras_probabilities(weights, rows, 100), atol=1e-5, rtol=0)


@settings(deadline=None, max_examples=40)
@given(
    units=st.sampled_from([1, 3, 4, 16, 17]),
    lengths=st.lists(st.integers(0, 30), max_size=40),
    seed=st.integers(0, 1000),
)
def test_the_kernel_equals_a_plain_twin_at_any_width_and_lengths(cache, units, lengths, seed) -> None:
    weights = random_weights(units, seed=seed)
    rows = random_rows(lengths, seed=seed)
    found = LstmKernel(weights.__getitem__, cache).probabilities(*flat(rows))
    wanted = [plain_probability(weights, row) if len(row) else np.nan for row in rows]
    np.testing.assert_allclose(found, wanted, atol=1e-5, rtol=0)


@settings(deadline=None, max_examples=30)
@given(data=st.data(), lengths=st.lists(st.integers(0, 60), min_size=1, max_size=30))
def test_a_text_scores_the_same_to_the_bit_in_any_batch_and_order(cache, data, lengths) -> None:
    kernel = LstmKernel(random_weights(17).__getitem__, cache)
    rows = random_rows(lengths)
    together = kernel.probabilities(*flat(rows))
    order = data.draw(st.permutations(range(len(rows))))
    shuffled = kernel.probabilities(*flat([rows[number] for number in order]))
    alone = np.concatenate([kernel.probabilities(*flat([row])) for row in rows])
    np.testing.assert_array_equal(shuffled, together[order])
    np.testing.assert_array_equal(alone, together)


def test_saturated_gates_and_outputs_stay_finite(cache) -> None:
    weights = random_weights(5)
    weights["table"] *= np.float32(1e6)
    weights["output_bias"] = np.array([0, -5000], np.float32)
    found = LstmKernel(weights.__getitem__, cache).probabilities(*flat(random_rows([4, 9, 0])))
    assert found[:2].tolist() == [0.0, 0.0]
    assert np.isnan(found[2])


def test_no_rows_give_no_probabilities(cache) -> None:
    assert len(LstmKernel(random_weights(4).__getitem__, cache).probabilities(*flat([]))) == 0


def test_an_id_beyond_the_table_is_an_error(cache) -> None:
    kernel = LstmKernel(random_weights(4, words=50).__getitem__, cache)
    with pytest.raises(BundleError, match=r"0 to 49\. Received: 3 to 50"):
        kernel.probabilities(np.array([3, 50], np.int32), np.array([0, 2], np.int64))


def test_an_array_of_another_shape_is_an_error(cache) -> None:
    weights = random_weights(4) | {"recurrent": np.zeros((5, 20), np.float32)}
    with pytest.raises(BundleError, match=r"weights/recurrent.npy must have the shape \(4, 16\). Received: \(5, 20\)"):
        LstmKernel(weights.__getitem__, cache)


TWO_STARTS = """
import sys, time
from pathlib import Path
import numpy as np
from newslabel.score.lstm import LstmKernel
shapes = dict(table=(9, 240), recurrent=(60, 240), dense_kernel=(60, 50), dense_bias=(50,))
shapes |= dict(output_kernel=(50, 2), output_bias=(2,))
start = time.perf_counter()
kernel = LstmKernel(lambda name: np.zeros(shapes[name], np.float32), Path(sys.argv[1]))
print(time.perf_counter() - start, kernel.probabilities(np.ones(3, np.int32), np.array([0, 3]))[0])
"""


def test_compiled_code_is_kept_for_the_next_process(tmp_path: Path) -> None:
    def start() -> tuple[float, float]:
        command = [sys.executable, "-W", "error", "-c", TWO_STARTS, str(tmp_path / "kernels")]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ))
        seconds, probability = map(float, done.stdout.split())
        return seconds, probability

    cold, cold_probability = start()
    warm, warm_probability = start()
    assert cold_probability == warm_probability == 0.5
    assert warm < cold / 2


def test_a_folder_that_cannot_be_written_costs_time_but_works(tmp_path: Path, capsys) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    kernel = LstmKernel(random_weights(4).__getitem__, in_the_way)
    assert "event=kernel_not_cached" in capsys.readouterr().err
    assert len(kernel.probabilities(*flat(random_rows([3])))) == 1


def test_kernels_made_by_two_threads_at_once_are_kept_each_in_its_folder(tmp_path: Path, monkeypatch) -> None:
    def look_twice(*_: object, cache: bool = False) -> tuple[str, str]:
        first = numba.config.CACHE_DIR
        time.sleep(0.05)
        return first, numba.config.CACHE_DIR

    monkeypatch.setattr("newslabel.models.machine_code._made", look_twice)
    folders = [tmp_path / "one", tmp_path / "other"]
    with ThreadPoolExecutor(2) as threads:
        seen = list(threads.map(lambda folder: compiled(print, "void()", folder), folders))
    assert [{Path(place).parent for place in both} for both in seen] == [{folder} for folder in folders]
