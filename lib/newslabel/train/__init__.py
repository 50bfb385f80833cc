"""From a tokenization to a model bundle: a rank's part, batches, one rank's work, the whole of a training.

Importing it does not import TensorFlow, which must be told how to behave before.
"""

from newslabel.train.register import register_bundle
from newslabel.train.train import MadeBundle, TrainSummary, make_bundle, run_training, train_model
from newslabel.train.training import (
    Training,
    check_options,
    check_resume,
    check_trainable,
    check_training,
)

__all__ = [
    "MadeBundle",
    "TrainSummary",
    "Training",
    "check_options",
    "check_resume",
    "check_trainable",
    "check_training",
    "make_bundle",
    "register_bundle",
    "run_training",
    "train_model",
]
