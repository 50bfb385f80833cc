"""Training on CPU is as fast without oneDNN as with it, and XLA would slow it many times."""

from unittest.mock import patch

import numpy as np
from lstm_case import WORDS, keras_model, made_weights
from measure import Bench, Case, Figures, cpu_seconds_of, run_bench

from newslabel.train.environment import TENSORFLOW_ENVIRONMENT

SHAPES = {"ms_a_short_article": (64, 300), "ms_a_long_article": (128, 1000)}  # articles a step, tokens of each


def as_it_is(case: Case) -> Figures:
    return _figures(case)


def with_onednn(case: Case) -> Figures:
    with patch.dict(TENSORFLOW_ENVIRONMENT, {"TF_ENABLE_ONEDNN_OPTS": "1"}):
        return _figures(case)


def with_xla(case: Case) -> Figures:
    return _figures(case, xla=True)


def _figures(case: Case, *, xla: bool = False) -> Figures:
    model = keras_model(made_weights())
    model.compile("adam", "binary_crossentropy", jit_compile=xla)
    draw, steps = np.random.default_rng(0), 1 if case.quick else 4
    figures = {}
    for name, shape in SHAPES.items():
        articles, tokens = (2, 5) if case.quick else shape
        ids = draw.integers(1, WORDS, (articles, tokens), dtype=np.int32)
        classes = np.eye(2, dtype=np.float32)[draw.integers(0, 2, articles)]
        model.train_on_batch(ids, classes)  # compiles
        seconds = cpu_seconds_of(lambda: [model.train_on_batch(ids, classes) for _ in range(steps)])  # noqa: B023
        figures[name] = seconds / steps / articles * 1e3
    return figures


if __name__ == "__main__":
    ways = {"as it is": as_it_is, "with oneDNN": with_onednn, "with XLA": with_xla}
    run_bench(Bench(str(__doc__), ways, compared="ms_a_short_article"))
