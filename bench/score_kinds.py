"""Every recurrent network is scored three to five times as fast by its kernel as by Keras, compiled."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from lstm_case import Articles, made_articles
from measure import Bench, Case, Figures, cpu_seconds_of, run_bench
from recurrent_kinds import KINDS, keras_network

from newslabel.models.contracts import POSITIVE
from newslabel.models.recurrent import FAMILY
from newslabel.score.recurrent import RecurrentKernel

ROWS_AT_ONCE = 256


def by_kernel(case: Case, kind: str) -> Figures:
    weights = FAMILY.kernel_weights(keras_network(kind))
    kernel = RecurrentKernel(KINDS[kind], weights.__getitem__, case.folder / "kernels")
    return _figures(case, lambda articles: kernel.probabilities(articles.token_ids, articles.offsets))


def by_keras(case: Case, kind: str) -> Figures:
    import tensorflow as tf

    infer = tf.function(keras_network(kind), input_signature=[tf.TensorSpec((None, None), tf.int32)])

    def run(articles: Articles) -> list[np.ndarray]:
        rows = np.array_split(np.argsort(articles.lengths), -(-len(articles.lengths) // ROWS_AT_ONCE))
        batches = (articles.padded(batch, articles.lengths[batch[-1]]) for batch in rows)
        return [infer(batch).numpy()[:, POSITIVE] for batch in batches]

    return _figures(case, run)


def _figures(case: Case, run: Callable[[Articles], Any]) -> Figures:
    articles = made_articles(16 if case.quick else 1_000)
    run(made_articles(16))  # compiles what is compiled at the first call
    seconds = cpu_seconds_of(lambda: run(articles))
    return {
        "us_a_token": seconds / len(articles.token_ids) * 1e6,
        "articles_per_s": len(articles.lengths) / seconds,
    }


if __name__ == "__main__":
    ways = {kind: partial(by_kernel, kind=kind) for kind in KINDS}
    ways |= {f"{kind}, Keras": partial(by_keras, kind=kind) for kind in KINDS}
    quick_ways = ("GRU", "BiLSTM, maximum and mean, Keras")
    run_bench(Bench(str(__doc__), ways, compared="us_a_token", quick_ways=quick_ways))
