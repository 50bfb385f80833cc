import numpy as np
import pytest
from networks import KINDS, LEARNT

from newslabel.errors import SettingsError


@pytest.fixture
def gpus(monkeypatch):
    """Makes TensorFlow find so many, and tells what was done with them."""
    import tensorflow as tf

    done = []
    monkeypatch.setattr(tf.config, "set_visible_devices", lambda device, kind: done.append((device, kind)))
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", lambda device, grows: done.append((device, grows)))

    def found(*names):
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: list(names) if kind == "GPU" else [])
        return done

    return found


def test_on_a_cpu_nothing_is_done(gpus):
    from newslabel.train.devices import take_gpu

    done = gpus()
    assert not take_gpu(local_rank=1, local_size=2)
    assert done == []


def test_each_rank_of_a_host_sees_the_gpu_of_its_number(gpus):
    from newslabel.train.devices import take_gpu

    done = gpus("first", "second")
    assert take_gpu(local_rank=1, local_size=2)
    assert done == [("second", "GPU"), ("second", True)]


def test_more_ranks_than_gpus_on_a_host_are_refused(gpus):
    from newslabel.train.devices import take_gpu

    gpus("first")
    with pytest.raises(SettingsError, match="Received: 2 ranks, 1 GPUs"):
        take_gpu(local_rank=1, local_size=2)


def test_mixed_precision_ends_with_its_block():
    import keras

    from newslabel.train.devices import mixed_precision

    with mixed_precision():
        inside = keras.layers.Dense(1)
    outside = keras.layers.Dense(1)
    assert (inside.compute_dtype, inside.variable_dtype) == ("float16", "float32")
    assert outside.compute_dtype == "float32"


@pytest.mark.parametrize(("family", "keys"), KINDS.values(), ids=KINDS)
def test_networks_of_every_kind_answer_and_learn_in_mixed_precision(family, keys):
    import tensorflow as tf

    from newslabel.models.families import load_keras_family
    from newslabel.train.devices import mixed_precision

    kind = load_keras_family(family)
    with mixed_precision():
        model = kind.build(kind.network.model_validate(LEARNT | keys), 9, None, pads_front=False)
    with tf.GradientTape() as tape:
        answers = model(np.array([[3, 4, 5], [2, 0, 0]]), training=True)
        loss = tf.reduce_sum(answers[:, 1])
    assert (answers.dtype, answers.shape) == (tf.float32, (2, 2))
    gradients = [tf.convert_to_tensor(each) for each in tape.gradient(loss, model.trainable_variables)]
    assert all(np.isfinite(each.numpy()).all() for each in gradients)


def test_a_real_gpu_is_taken():
    import tensorflow as tf

    if not tf.config.list_physical_devices("GPU"):
        pytest.skip("this host has no GPU")
    from newslabel.train.devices import take_gpu

    assert take_gpu(local_rank=0, local_size=1)
    assert len(tf.config.list_logical_devices("GPU")) == 1
