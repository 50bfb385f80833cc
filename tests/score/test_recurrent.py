"""The kernel against a plain NumPy twin and against Keras itself."""

import os
import re
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
from recurrent_twin import WORDS, plain_probability, random_rows, random_weights
from rows_of_ids import flat

from newslabel.errors import BundleError
from newslabel.models.machine_code import compiled
from newslabel.models.recurrent import FAMILY, RecurrentNetwork
from newslabel.score.recurrent import RecurrentKernel

CELLS, POOLINGS = ("lstm", "gru"), ("max", "mean", "max_and_mean", "last")
# by cell and pooling, in both of which a kernel is compiled: what else a recipe may ask for
BESIDE = [(False, (4,), 2), (True, (4, 3), 1), (True, (), 2), (False, (), 1)]


def lstm(units: int, dense: int = 7) -> RecurrentNetwork:
    return RecurrentNetwork(units=units, dense=(dense,))


def lstm_kernel(units: int, cache: Path) -> RecurrentKernel:
    return RecurrentKernel(lstm(units), random_weights(lstm(units)).__getitem__, cache)


def padded(rows: list[np.ndarray], *, in_front: bool) -> np.ndarray:
    ids = np.zeros((len(rows), max(map(len, rows)) + 3), np.int32)
    for line, row in zip(ids, rows, strict=True):
        line[slice(len(line) - len(row), None) if in_front else slice(len(row))] = row
    return ids


KERAS = [
    RecurrentNetwork(cell=cell, pooling=pooling, bidirectional=both_ways, dense=dense, outputs=outputs, units=7)
    for cell in CELLS
    for pooling in POOLINGS
    for both_ways, dense, outputs in BESIDE
]
KERAS += [
    lstm(60, dense=50),
    RecurrentNetwork(cell="gru"),
    RecurrentNetwork(bidirectional=True, pooling="max_and_mean", units=61),
]


OF_NARROW_REGISTERS = """
import sys
from pathlib import Path
import numpy as np
from llvmlite import binding
features = binding.get_host_cpu_features()
features.update({name: False for name in features if name.startswith("avx512")})
binding.get_host_cpu_features = lambda: features
from recurrent_twin import random_rows, random_weights
from rows_of_ids import flat
from newslabel.models import tiles
from newslabel.models.recurrent import RecurrentNetwork
from newslabel.score.recurrent import RecurrentKernel

assert (tiles.LANES, tiles.TILE_ROWS) == (8, 4)
for cell, units in (("lstm", 60), ("gru", 17)):
    network = RecurrentNetwork(cell=cell, units=units)
    kernel = RecurrentKernel(network, random_weights(network).__getitem__, Path(sys.argv[1]))
    print(kernel.probabilities(*flat(random_rows([1, 2, 9, 9, 30, 31, 8, 7, 20, 3, 1]))).tobytes().hex())
"""


def test_narrower_registers_give_the_same_to_the_bit(kernels, tmp_path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", OF_NARROW_REGISTERS, str(tmp_path)]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert len(told) == 2
    for answers, (cell, units) in zip(told, [("lstm", 60), ("gru", 17)], strict=True):
        network = RecurrentNetwork(cell=cell, units=units)
        kernel = RecurrentKernel(network, random_weights(network).__getitem__, kernels)
        here = kernel.probabilities(*flat(random_rows([1, 2, 9, 9, 30, 31, 8, 7, 20, 3, 1])))
        assert here.tobytes().hex() == answers


def name_of(network: RecurrentNetwork) -> str:
    return " ".join(f"{value}" for value in network.model_dump(exclude_defaults=True).values()) or "published"


@pytest.mark.parametrize("network", KERAS, ids=name_of)
def test_the_kernel_gives_keras_own_probabilities_whatever_the_padding(network, kernels) -> None:
    rows = random_rows([1, 2, 3, 17, 40, 64, 100, 100, 99, 5, 1], seed=network.units)
    found = None
    for in_front in (False, True):
        vectors = np.random.default_rng(1).normal(0, 0.5, (WORDS, 20)).astype(np.float32)
        model = FAMILY.build(network, WORDS, vectors, pads_front=in_front)
        # wide enough that gates open and close, biases too
        draw = np.random.default_rng(2)
        model.set_weights([draw.normal(0, 0.4, each.shape) for each in model.get_weights()])
        if found is None:
            kernel = RecurrentKernel(network, FAMILY.kernel_weights(model).__getitem__, kernels)
            found = kernel.probabilities(*flat(rows))
        wanted = model(padded(rows, in_front=in_front)).numpy()[:, 1]
        np.testing.assert_allclose(found, wanted, atol=1e-5, rtol=0)


# of 7 units are those above: a kernel more takes seconds to compile
NETWORKS = [
    *(lstm(units) for units in (1, 4, 17)),
    RecurrentNetwork(units=7, bidirectional=True, pooling="max_and_mean", dense=(4, 3), outputs=1),
    RecurrentNetwork(cell="gru", units=16, dense=(4,)),
    RecurrentNetwork(cell="gru", units=17, bidirectional=True, pooling="mean", dense=()),
    RecurrentNetwork(cell="gru", units=7, bidirectional=True, pooling="last"),
]


@settings(deadline=None, max_examples=60)
@given(network=st.sampled_from(NETWORKS), lengths=st.lists(st.integers(0, 30), max_size=40), seed=st.integers(0, 1000))
def test_the_kernel_equals_a_plain_twin_at_any_width_and_lengths(kernels, network, lengths, seed) -> None:
    weights = random_weights(network, seed=seed)
    rows = random_rows(lengths, seed=seed)
    found = RecurrentKernel(network, weights.__getitem__, kernels).probabilities(*flat(rows))
    wanted = [plain_probability(network, weights, row) if len(row) else np.nan for row in rows]
    np.testing.assert_allclose(found, wanted, atol=1e-5, rtol=0)


@settings(deadline=None, max_examples=40)
@given(
    data=st.data(),
    network=st.sampled_from(NETWORKS[2:]),
    lengths=st.lists(st.integers(0, 60), min_size=1, max_size=30),
)
def test_a_text_scores_the_same_to_the_bit_in_any_batch_and_order(kernels, data, network, lengths) -> None:
    kernel = RecurrentKernel(network, random_weights(network).__getitem__, kernels)
    rows = random_rows(lengths)
    together = kernel.probabilities(*flat(rows))
    order = data.draw(st.permutations(range(len(rows))))
    shuffled = kernel.probabilities(*flat([rows[number] for number in order]))
    alone = np.concatenate([kernel.probabilities(*flat([row])) for row in rows])
    np.testing.assert_array_equal(shuffled, together[order])
    np.testing.assert_array_equal(alone, together)


@pytest.mark.parametrize("network", [NETWORKS[3], NETWORKS[4]], ids=name_of)
def test_saturated_gates_and_outputs_stay_finite(kernels, network) -> None:
    weights = random_weights(network)
    for name in ("table", "table_backward", "candidate_bias"):
        weights[name] *= np.float32(1e6)
    weights["output_bias"][-1] = -5000
    found = RecurrentKernel(network, weights.__getitem__, kernels).probabilities(*flat(random_rows([4, 9, 0])))
    assert found[:2].tolist() == [0.0, 0.0]
    assert np.isnan(found[2])


def test_no_rows_give_no_probabilities(kernels) -> None:
    assert len(lstm_kernel(4, kernels).probabilities(*flat([]))) == 0


def test_an_id_beyond_the_table_is_an_error(kernels) -> None:
    with pytest.raises(BundleError, match=r"0 to 49\. Received: 3 to 50"):
        lstm_kernel(4, kernels).probabilities(np.array([3, 50], np.int32), np.array([0, 2], np.int64))


WRONG = {
    "recurrent": ((5, 21), r"\(7, 21\)"),
    "table": ((50, 28), r"\(50, 21\)"),
    "table_backward": ((49, 21), r"\(50, 21\)"),
    "candidate_bias_backward": ((3,), r"\(7,\)"),
    "dense_kernel": ((7, 50), r"\(14, 50\)"),
    "output_bias": ((2,), r"\(1,\)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_array_of_another_shape_is_an_error(kernels, name) -> None:
    network = RecurrentNetwork(cell="gru", units=7, bidirectional=True, pooling="last", outputs=1)
    shape, wanted = WRONG[name]
    weights = random_weights(network) | {name: np.zeros(shape, np.float32)}
    received = re.escape(str(shape))
    with pytest.raises(BundleError, match=f"weights/{name}.npy must have the shape {wanted}. Received: {received}"):
        RecurrentKernel(network, weights.__getitem__, kernels)


TWO_STARTS = """
import sys, time
from pathlib import Path
import numpy as np
from newslabel.models.recurrent import RecurrentNetwork
from newslabel.score.recurrent import RecurrentKernel
shapes = dict(table=(9, 240), recurrent=(60, 240), dense_kernel=(60, 50), dense_bias=(50,))
shapes |= dict(output_kernel=(50, 2), output_bias=(2,))
start = time.perf_counter()
kernel = RecurrentKernel(RecurrentNetwork(), lambda name: np.zeros(shapes[name], np.float32), Path(sys.argv[1]))
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
    kernel = lstm_kernel(4, in_the_way)
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
