"""What TensorFlow is told before it is imported, which is the only time it listens."""

import os

# without oneDNN, sums are the same on every kind of processor, and nothing is printed; speed hardly differs (articles/s
# without and with it: 746 and 678 at 300 tokens and batches of 64, 260 and 278 at 1000 tokens and batches of 128)
TENSORFLOW_ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
# a rank is one thread on one core
RANK_ENVIRONMENT = TENSORFLOW_ENVIRONMENT | {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


def prepare_tensorflow() -> None:
    """Sets this process up, so that TensorFlow may be imported."""
    os.environ.update(TENSORFLOW_ENVIRONMENT)
