"""What TensorFlow is told before it is imported, which is the only time it listens."""

# without oneDNN, sums are the same on every kind of processor, and nothing is printed; by Keras' own LSTM, which has no
# packed twin, training is hardly slower so (bench/train_step.py)
TENSORFLOW_ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
# a rank is one thread on one core
RANK_ENVIRONMENT = TENSORFLOW_ENVIRONMENT | {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
