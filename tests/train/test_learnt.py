from pathlib import Path

import numpy as np
import pytest

from newslabel.models.families import load_keras_family


def network(embedding: str):
    family = load_keras_family("recurrent")
    keys = family.network(embedding=embedding, embedding_width=6, units=5, dense=[4])
    return family.build(keys, 7, np.ones((7, 6), np.float32), pads_front=False)


def with_normalization():
    import keras

    normalization = keras.layers.BatchNormalization(name="normalization")
    within = keras.Sequential([keras.layers.Dense(3, trainable=False, name="frozen"), normalization])
    inputs = keras.Input((2,))
    return keras.Model(inputs, within(inputs))


@pytest.mark.parametrize(("embedding", "kept"), [("frozen", 0), ("trained", 1)])
def test_what_is_learnt_are_all_weights_but_word_vectors_that_are_frozen(embedding, kept, kernels):
    from newslabel.train.learnt import learnt

    model = network(embedding)
    packed = load_keras_family("recurrent").packed(model, Path(kernels))
    for each in (model, packed):
        shapes = [weights.shape for weights in learnt(each)]
        assert shapes.count((7, 6)) == kept
        assert [shape for shape in shapes if shape != (7, 6)] == [(6, 20), (5, 20), (20,), (5, 4), (4,), (4, 2), (2,)]


def test_the_running_means_of_a_layer_that_is_trained_are_learnt_though_no_gradient_moves_them():
    from newslabel.train.learnt import learnt

    names = [weights.path.split("/")[-1] for weights in learnt(with_normalization())]
    assert names == ["gamma", "beta", "moving_mean", "moving_variance"]


def test_weights_that_were_learnt_are_gone_back_to():
    from newslabel.train.learnt import learnt_values, take_learnt

    model = network("frozen")
    held = learnt_values(model)
    model.set_weights([weights + 1 for weights in model.get_weights()])
    take_learnt(model, held)
    assert all(np.array_equal(now, before) for now, before in zip(learnt_values(model), held, strict=True))
