"""The scoring kernel runs articles through an LSTM many times as fast as Keras does, to the same probabilities.

Beside Keras' predict, and Keras as one compiled function over batches of similar length, stand the kernel with widths
that are arguments, with a product that is left to LLVM, with no word fetched ahead, and, to see what part of the time
it takes, the recurrent product alone; of that `gflop_per_s` tells how near it comes to what a core can do.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numba
import numpy as np
from lstm_case import DENSE, LONGEST, UNITS, Articles, Floats, folded, keras_model, made_articles, made_weights
from measure import Bench, Case, Figures, cpu_seconds_of, run_bench
from score_variants import add_product_by_loops, fetch_nothing, pool_with_widths_as_arguments, product_alone

from newslabel.models import tiles
from newslabel.models.contracts import POSITIVE
from newslabel.models.machine_code import OPTIONS
from newslabel.models.recurrent import RecurrentNetwork
from newslabel.score import kernel, recurrent

ROWS_AT_ONCE = 256
DEPTH, WIDTH = kernel.padded_shape("lstm", UNITS)
LANES = -(-UNITS // tiles.LANES) * tiles.LANES


def as_it_is(case: Case) -> Figures:
    return _figures(case, _kernel(case.folder / "as it is"))


def product_left_to_llvm(case: Case) -> Figures:
    with patch.object(kernel, "_add_product", numba.njit(add_product_by_loops, **OPTIONS)):
        return _figures(case, _kernel(case.folder / "by loops"))


def nothing_fetched_ahead(case: Case) -> Figures:
    with patch.object(kernel, "fetch_row", numba.njit(fetch_nothing, **OPTIONS)):
        return _figures(case, _kernel(case.folder / "not ahead"))


def widths_as_arguments(case: Case) -> Figures:
    with patch.object(recurrent, "compiled", _compiled_for_any_width):
        return _figures(case, _kernel(case.folder))


def the_product_alone(case: Case) -> Figures:
    products = numba.njit(product_alone, **OPTIONS)
    factors = np.full((DEPTH, WIDTH), np.float32(0.01))

    def run(articles: Articles) -> Floats:
        return np.array([products(factors, np.sort(articles.lengths), DEPTH, WIDTH)])

    return {name: value for name, value in _figures(case, run).items() if name != "mean_probability"}


def keras_predict(case: Case) -> Figures:
    model = keras_model(made_weights())

    def run(articles: Articles) -> Floats:
        padded = articles.padded(np.arange(len(articles.lengths)), LONGEST)
        return np.asarray(model.predict(padded, batch_size=ROWS_AT_ONCE, verbose=0)[:, POSITIVE])

    return _figures(case, run)


def keras_compiled(case: Case) -> Figures:
    import tensorflow as tf

    infer = tf.function(keras_model(made_weights()), input_signature=[tf.TensorSpec((None, None), tf.int32)])

    def run(articles: Articles) -> Floats:
        rows = np.array_split(np.argsort(articles.lengths), -(-len(articles.lengths) // ROWS_AT_ONCE))
        batches = (articles.padded(batch, articles.lengths[batch[-1]]) for batch in rows)
        return np.concatenate([infer(batch).numpy()[:, POSITIVE] for batch in batches])

    return _figures(case, run)


def _kernel(cache: Path) -> Callable[[Articles], Any]:
    network = RecurrentNetwork(units=UNITS, dense=(DENSE,))
    made = recurrent.RecurrentKernel(network, folded(made_weights()).__getitem__, cache)
    return lambda articles: made.probabilities(articles.token_ids, articles.offsets)


def _compiled_for_any_width(function: Any, signature: Any, _: Path) -> Any:
    if signature is not kernel.POOL_SIGNATURE:
        return numba.njit(signature, **OPTIONS)(function)
    pool = numba.njit(pool_with_widths_as_arguments, **OPTIONS)
    return lambda *arrays: pool(*arrays, UNITS, DEPTH, WIDTH, LANES, max(WIDTH, 3 * UNITS + LANES))


def _figures(case: Case, run: Callable[[Articles], Any]) -> Figures:
    articles = made_articles(16 if case.quick else 1_500)
    run(made_articles(16))  # compiles what is compiled at the first call
    answers: list[Floats] = []
    seconds = cpu_seconds_of(lambda: answers.append(run(articles)))
    of_product = len(articles.token_ids) * 2 * UNITS * 4 * UNITS
    return {
        "us_a_token": seconds / len(articles.token_ids) * 1e6,
        "gflop_per_s": of_product / seconds / 1e9,
        "articles_per_s": len(articles.lengths) / seconds,
        "mean_probability": float(answers[0].mean()),
    }


if __name__ == "__main__":
    run_bench(
        Bench(
            str(__doc__),
            {
                "as it is": as_it_is,
                "the recurrent product alone": the_product_alone,
                "the product left to LLVM": product_left_to_llvm,
                "nothing fetched ahead": nothing_fetched_ahead,
                "widths as arguments": widths_as_arguments,
                "Keras, compiled": keras_compiled,
                "Keras' predict": keras_predict,
            },
            compared="us_a_token",
            apart=True,
        )
    )
