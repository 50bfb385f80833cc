"""One and two workers do the same mathematics: the average of the ranks' gradients is that of the whole batch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from newslabel.models.recurrent import RecurrentNetwork
from newslabel.models.recurrent_layers import build_recurrent
from newslabel.train.batches import make_batch
from newslabel.train.part import Part

TEXTS = [[3], [4, 2], [5, 9, 2], [2, 6, 5, 3], [5, 8, 9, 7, 9], [3, 2, 3, 8, 4, 6], [2, 6, 4, 3, 3, 8, 3]]
LABELS = [True, False, False, True, True, False, True]


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    vectors = np.random.default_rng(0).normal(size=(10, 5)).astype(np.float32)
    model = build_recurrent(RecurrentNetwork(units=4, dense=(3,), pooled_dropout=0, dense_dropout=0), 10, vectors)
    model.compile(loss=keras.losses.BinaryCrossentropy())
    return model


def part(rank: int, ranks: int, rows: int) -> Part:
    positions = -(-rows // ranks)
    mine, labels = TEXTS[:rows][rank::ranks], LABELS[:rows][rank::ranks]
    empty = positions - len(mine)
    return Part(
        token_ids=np.array([token for text in mine for token in text], np.int32),
        offsets=np.cumsum([0, *map(len, mine), *[0] * empty]),
        is_positive=np.array(labels + [False] * empty),
        is_known=np.array([True] * len(mine) + [False] * empty),
        position_lengths=np.array([len(text) for text in TEXTS[:rows][::ranks]]),
        rank=rank,
        ranks=ranks,
        total_rows=rows,
    )


def gradients(model, batch) -> list[np.ndarray]:
    with tf.GradientTape() as tape:
        outputs = model(batch.token_ids, training=True)
        loss = model.compute_loss(y=batch.classes, y_pred=outputs, sample_weight=batch.weights)
    return [gradient.numpy() for gradient in tape.gradient(loss, model.trainable_variables)]


@pytest.mark.parametrize(("rows", "ranks"), [(6, 2), (7, 2), (7, 3), (4, 3), (1, 2), (3, 2)])
def test_the_ranks_average_is_the_gradient_of_the_mean_over_all_rows(model, rows, ranks):
    whole = gradients(model, make_batch(part(0, 1, rows), np.arange(rows)))
    positions = np.arange(-(-rows // ranks))
    by_rank = [gradients(model, make_batch(part(rank, ranks, rows), positions)) for rank in range(ranks)]
    assert any(np.abs(gradient).max() > 0.01 for gradient in whole)
    for expected, *of_ranks in zip(whole, *by_rank, strict=True):
        assert np.mean(of_ranks, axis=0) == pytest.approx(expected, abs=1e-6)
