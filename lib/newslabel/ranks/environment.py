"""What TensorFlow is told before it is imported, which is the only time it listens."""

import os
import sys
import threading

# without oneDNN, sums are the same on every kind of processor, and nothing is printed; by Keras' own LSTM, which has no
# packed twin, training is hardly slower so (bench/train_step.py)
TENSORFLOW_ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
# a rank is one thread on one core
RANK_ENVIRONMENT = TENSORFLOW_ENVIRONMENT | {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


_ONE_AT_A_TIME = threading.Lock()  # TensorFlow is told for the whole process


def import_tensorflow_on_one_core() -> None:
    """Imports TensorFlow to work on one core and no GPU: Spark's tasks have a core each, and share a host's GPUs.

    In a process that has imported it before, it stays as it is.
    """
    with _ONE_AT_A_TIME:
        if "tensorflow" in sys.modules:
            return
        os.environ.update(TENSORFLOW_ENVIRONMENT)
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.config.set_visible_devices([], "GPU")
