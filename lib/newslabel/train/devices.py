"""What is otherwise in a rank whose host has GPUs: on a CPU, nothing here has an effect."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf

from newslabel.errors import SettingsError


def take_gpu(*, local_rank: int, local_size: int) -> bool:
    """Gives the rank the GPU of its number on this host, and of its memory what it comes to need.

    Must be called before TensorFlow works with any of them.

    Args:
        local_rank: the rank's number among those of this host.
        local_size: how many they are.

    Returns:
        Whether the host has GPUs.

    Raises:
        SettingsError: it has some, but not one for each rank.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return False
    if local_size > len(gpus):
        raise SettingsError(
            "every rank on a host needs a GPU of its own: give fewer --workers, or hide the GPUs, to train on cores "
            f"(CUDA_VISIBLE_DEVICES=-1). Received: {local_size} ranks, {len(gpus)} GPUs"
        )
    tf.config.set_visible_devices(gpus[local_rank], "GPU")
    tf.config.experimental.set_memory_growth(gpus[local_rank], True)
    return True


@contextmanager
def mixed_precision() -> Iterator[None]:
    """Networks that are built in here compute in float16, and hold their weights in float32.

    Source: Micikevicius and others, Mixed Precision Training, 2018; so that small gradients do not vanish, their
    optimizer is `fit.compiled`'s that scales the loss.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
