"""Keras' fit over Horovod's ranks: averaged gradients, averaged figures.

Horovod's own Keras interface averages nothing under Keras 3, without a word; this takes its place.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import horovod.tensorflow as hvd
import keras
import numpy as np
import tensorflow as tf


def averaged_over_ranks(optimizer_class: type[keras.Optimizer]) -> type[keras.Optimizer]:
    """A subclass of the optimizer that applies the average of all ranks' gradients."""

    class AveragedOverRanks(optimizer_class):
        """Averages the gradients, as one group so that they are summed in the same order in every run."""

        def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Any] | None = None) -> None:
            # an embedding's gradient comes as IndexedSlices, which cannot be averaged as they are
            dense = [tf.convert_to_tensor(gradient) for gradient in grads]
            super().apply(hvd.grouped_allreduce(dense, op=hvd.Average), trainable_variables)

    return AveragedOverRanks


class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that grows step by step to its full size, and stays there.

    It is no part of the optimizer's state, so that a training which goes on with fewer ranks has the rate of these.

    Args:
        learning_rate: the full size.
        steps: which step has it first; 0 or 1 for the first of all.
    """

    def __init__(self, learning_rate: float, steps: int) -> None:
        self.learning_rate = learning_rate
        self.steps = max(steps, 1)

    def __call__(self, step: Any) -> Any:
        """The rate of a step, from 0."""
        done = (tf.cast(step, tf.float32) + 1) / self.steps
        return self.learning_rate * tf.minimum(done, 1.0)

    def get_config(self) -> dict[str, float]:
        """What makes an equal one."""
        return {"learning_rate": self.learning_rate, "steps": self.steps}


class AverageLogs(keras.callbacks.Callback):
    """Makes an epoch's figures those of all rows, so that every rank sees, and decides by, the same.

    Args:
        training_weight: how much the rank's rows of the training part weigh.
        validation_weight: and those of the validation part.
    """

    def __init__(self, *, training_weight: float, validation_weight: float) -> None:
        super().__init__()
        self._training_weight = training_weight
        self._validation_weight = validation_weight

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Replaces each figure by its mean over the ranks.

        A loss is the mean over as many positions on every rank, of rows that weigh the more the fewer of them there
        are; any other figure is the mean over the rank's rows, and counts as much as they weigh.
        """
        del epoch
        if not logs:
            return
        # sorted, as ranks must name the same figures in the same order
        names = sorted(logs)
        weights = np.array([self._weight(name) for name in names])
        held = np.array([logs[name] for name in names]) * weights
        # what a rank without rows says of them is no number to average
        sums = hvd.allreduce(tf.constant(np.stack([np.where(weights > 0, held, 0), weights])), op=hvd.Sum).numpy()
        logs.update(zip(names, (sums[0] / sums[1]).tolist(), strict=True))

    def _weight(self, name: str) -> float:
        if name.endswith("loss"):
            return 1.0
        return self._validation_weight if name.startswith("val_") else self._training_weight


def gathered_rows(values: np.ndarray, total_rows: int) -> np.ndarray:
    """What all ranks have of a part, in the order of its rows, without the positions that are empty.

    Args:
        values: (positions,), of the rank's rows.
        total_rows: the rows of all ranks.
    """
    by_rank = hvd.allgather(tf.constant(values)).numpy().reshape(hvd.size(), -1)
    rows: np.ndarray = by_rank.T.ravel()[:total_rows]
    return rows


def weights_digest(model: keras.Model) -> str:
    """SHA-256 over all weights, to the bit."""
    digest = hashlib.sha256()
    for weights in model.get_weights():
        digest.update(np.ascontiguousarray(weights).tobytes())
    return digest.hexdigest()


def assert_equal_weights(model: keras.Model) -> str:
    """The digest of the weights, once all ranks have told each other theirs.

    Raises:
        RuntimeError: the ranks' weights differ, so that what they trained is no one model.
    """
    digest = weights_digest(model)
    mine = np.frombuffer(bytes.fromhex(digest), np.uint8)[np.newaxis]
    all_digests = {row.tobytes().hex() for row in hvd.allgather(tf.constant(mine)).numpy()}
    if all_digests != {digest}:
        received = ", ".join(sorted(all_digests))
        raise RuntimeError(f"the ranks' weights must be equal at the end of training. Received: {received}")
    return digest
