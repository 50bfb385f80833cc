"""Keras' fit over Horovod's ranks: averaged gradients, one start, averaged figures.

Horovod's own Keras interface averages nothing under Keras 3, without a word; this takes its place.
"""

import hashlib
from collections.abc import Mapping, Sequence
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


class StartTogether(keras.callbacks.Callback):
    """Gives every rank the weights and the optimizer of rank 0 before the first step; must be the first callback."""

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Broadcasts from rank 0."""
        del logs
        self.model.optimizer.build(self.model.trainable_variables)
        # `weights` leaves out the random state of dropout, which each rank has of its own
        shared = (*self.model.weights, *self.model.optimizer.variables)
        hvd.broadcast_variables([variable.value for variable in shared], root_rank=0)


class AverageLogs(keras.callbacks.Callback):
    """Makes an epoch's figures those of all rows, so that every rank sees, and decides by, the same."""

    def __init__(self, *, training_rows: int, validation_rows: int) -> None:
        super().__init__()
        self._training_rows = training_rows
        self._validation_rows = validation_rows

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Replaces each figure by its mean over the ranks, weighted by their rows."""
        del epoch
        if not logs:
            return
        # sorted, as ranks must name the same figures in the same order
        names = sorted(logs)
        rows = np.array([self._validation_rows if name.startswith("val_") else self._training_rows for name in names])
        held = np.array([logs[name] for name in names]) * rows
        # what a rank without rows says of them is no number to average
        sums = hvd.allreduce(tf.constant(np.stack([np.where(rows > 0, held, 0), rows])), op=hvd.Sum).numpy()
        logs.update(zip(names, (sums[0] / sums[1]).tolist(), strict=True))


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
