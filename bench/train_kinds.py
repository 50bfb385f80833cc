"""A step of training of every recurrent network is two to four times as fast packed as by Keras' own layers."""

from functools import partial

import numpy as np
from lstm_case import made_articles
from measure import Bench, Case, Figures, cpu_seconds_of, run_bench
from recurrent_kinds import KINDS, keras_network

from newslabel.train.batches import plan_epoch

ARTICLES = 128  # a step, as the recipes have it


def figures(case: Case, kind: str, *, is_packed: bool) -> Figures:
    model = keras_network(kind)
    from newslabel.models.packed_layers import packed_network

    trained = packed_network(model, case.folder / "kernels") if is_packed else model
    trained.compile("adam", "binary_crossentropy", jit_compile=False)
    count, batches = (4, 1) if case.quick else (ARTICLES, 6)
    articles = made_articles(count * batches)
    order = np.argsort(articles.lengths)
    rows = [order[batch] for batch in plan_epoch(articles.lengths[order], batch_size=count, ranks=1, seed=0, epoch=0)]
    steps = [articles.padded(batch, articles.lengths[batch].max()) for batch in rows]
    classes = np.eye(2, dtype=np.float32)[np.arange(count) % 2]
    trained.train_on_batch(steps[0], classes[: len(steps[0])])  # compiles
    seconds = cpu_seconds_of(lambda: [trained.train_on_batch(ids, classes[: len(ids)]) for ids in steps])
    return {"ms_an_article": seconds / len(order) * 1e3, "articles_per_s": len(order) / seconds}


if __name__ == "__main__":
    ways = {kind: partial(figures, kind=kind, is_packed=True) for kind in KINDS}
    ways |= {f"{kind}, Keras": partial(figures, kind=kind, is_packed=False) for kind in KINDS}
    quick_ways = ("GRU", "BiLSTM, maximum and mean, Keras")
    run_bench(Bench(str(__doc__), ways, compared="ms_an_article", quick_ways=quick_ways))
