"""Networks of other kinds than the published one, on two ranks: in step, as well as they should, and ended early."""

import numpy as np
import pytest
from small_training import ROWS, WORDS, make_tokenization, settings_below, small_recipe

from newslabel import load_scorer
from newslabel.evaluate.calibration import calibrated
from newslabel.models import load_bundle
from newslabel.train import train_model

LEARNT = {"embedding": "trained", "embedding_width": 8, "outputs": 1}
GRU = {**LEARNT, "cell": "gru", "bidirectional": True, "units": 8, "pooling": "max_and_mean", "dense": []}
DENSE = {**LEARNT, "dense": [8], "dense_dropout": 0.1}


@pytest.mark.parametrize(
    ("family", "network", "rate"),
    [("recurrent", GRU | {"spatial_dropout": 0.1, "output_l2": 0.1}, 0.03), ("dense", DENSE, 0.1)],
)
def test_two_ranks_train_it_until_it_learns_no_more_and_the_scorer_says_the_same(
    spark, kernels, tmp_path, family, network, rate
):
    recipe = small_recipe(epochs=60, patience=1, learning_rate=rate)
    recipe = recipe.model_copy(update={"family": family, "network": network})
    settings = settings_below(tmp_path, kernels)
    make_tokenization(spark, settings, ROWS, recipe)
    summary = train_model(spark, settings, recipe, workers=2)
    first, second = summary.metrics["ranks"]
    assert first["weights"] == second["weights"]
    assert summary.metrics["test"]["accuracy"] >= 0.9
    losses = [epoch["val_loss"] for epoch in summary.epochs]
    assert len(losses) == np.argmin(losses) + 2 < 60
    ids = np.array([[9, 3, 7, 20], [9, 8, 7, 20]], np.int32)
    texts = [" ".join(WORDS[number - 2] for number in row) for row in ids]
    scored = load_scorer(summary.version.bundle_uri, kernels).score([None] * 2, texts)
    bundle = load_bundle(summary.version.bundle_uri)
    expected = calibrated(bundle.keras_model()(ids).numpy()[:, 1], bundle.recipe.calibration)
    assert scored == pytest.approx(expected, abs=1e-5)
    assert scored[0] > 0.5 > scored[1]
