"""From a tokenization to a model bundle: a rank's part, batches, one rank's work, the whole of a training.

Importing it does not import TensorFlow, which must be told how to behave before.
"""

from newslabel.train.register import check_options, register_bundle
from newslabel.train.train import TrainSummary, check_training, train_model

__all__ = ["TrainSummary", "check_options", "check_training", "register_bundle", "train_model"]
