"""A step of training is nearly three times as fast packed as by Keras' LSTM, oneDNN or not; XLA costs much."""

from collections.abc import Callable
from unittest.mock import patch

import numpy as np
from lstm_case import LONGEST, keras_model, made_articles, made_weights
from measure import Bench, Case, Figures, cpu_seconds_of, run_bench

from newslabel.ranks.environment import TENSORFLOW_ENVIRONMENT
from newslabel.train.batches import plan_epoch

ARTICLES = 64  # a step


def as_it_is(case: Case) -> Figures:
    return _figures(case, is_packed=True)


def keras_lstm(case: Case) -> Figures:
    return _figures(case)


def with_onednn(case: Case) -> Figures:
    with patch.dict(TENSORFLOW_ENVIRONMENT, {"TF_ENABLE_ONEDNN_OPTS": "1"}):
        return _figures(case)


def with_xla(case: Case) -> Figures:
    return _figures(case, xla=True)


def _figures(case: Case, *, is_packed: bool = False, xla: bool = False) -> Figures:
    """Milliseconds of a core an article: of articles of news' lengths, and of as many of the greatest length."""
    model = keras_model(made_weights())
    if is_packed:
        from newslabel.models.packed_layers import packed_network

        model = packed_network(model, case.folder / "kernels")
    model.compile("adam", "binary_crossentropy", jit_compile=xla)
    count = 4 if case.quick else ARTICLES
    longest = 8 if case.quick else LONGEST
    news = _batch_of_news(count)
    full = np.random.default_rng(0).integers(1, 1000, (count, longest), dtype=np.int32)
    classes = np.eye(2, dtype=np.float32)[np.arange(count) % 2]
    steps = 1 if case.quick else 5
    return {
        f"ms_{name}": _seconds(lambda: model.train_on_batch(ids, classes), steps) / count * 1e3  # noqa: B023
        for name, ids in (("an_article_of_news", news), ("a_full_article", full))
    }


def _batch_of_news(count: int) -> np.ndarray:
    """The texts of a batch of the middle, as a training puts texts of similar lengths together."""
    articles = made_articles(32 * count)
    order = np.argsort(articles.lengths)
    batches = plan_epoch(articles.lengths[order], batch_size=count, ranks=1, seed=0, epoch=0)
    chosen = order[sorted(batches, key=lambda batch: articles.lengths[order[batch]].sum())[len(batches) // 2]]
    return articles.padded(chosen, articles.lengths[chosen].max())


def _seconds(step: Callable[[], object], steps: int) -> float:
    step()  # compiles
    return cpu_seconds_of(lambda: [step() for _ in range(steps)]) / steps


if __name__ == "__main__":
    ways = {"as it is": as_it_is, "Keras": keras_lstm, "Keras with oneDNN": with_onednn, "Keras with XLA": with_xla}
    run_bench(Bench(str(__doc__), ways, compared="ms_an_article_of_news"))
