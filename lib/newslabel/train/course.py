"""Where a training stands, on one rank: what a checkpoint is made of, and how a training goes on from one."""

from collections.abc import Sequence
from typing import Any

import horovod.tensorflow as hvd
import keras
import numpy as np
import tensorflow as tf

from newslabel.errors import SettingsError
from newslabel.train.checkpoint import Checkpoint
from newslabel.train.learnt import assign, learnt, learnt_values


class Course:
    """Where a training stands, on one rank.

    Attributes:
        start: from where it goes on; None from its beginning.
        first_epoch, first_step: of it.
        epochs: the figures of each epoch so far.
        best: the learnt weights of the one with the lowest validation loss, once it is asked to keep them.
        good: the epoch of the last weights that were kept, and on rank 0 what is learnt of them; None before the first.
    """

    def __init__(self, start: Checkpoint | None) -> None:
        self.start = start
        # with another number of ranks the batches are others
        goes_on_amid = start is not None and len(start.own) == hvd.size()
        self.first_epoch = start.epoch if start else 0
        self.first_step = start.step if start and goes_on_amid else 0
        self.epochs = list(start.epochs) if start else []
        self.best = list(start.best) if start else []
        self.good: tuple[int, list[np.ndarray]] | None = None
        self._own = start.own[hvd.rank()] if start and goes_on_amid else None

    def begin(self, model: keras.Model) -> None:
        """Gives every rank the weights and the optimizer of where the training stood; at its beginning, of rank 0."""
        model.optimizer.build(model.trainable_variables)
        if self.start is None:
            everything = (*model.weights, *model.optimizer.variables)
            hvd.broadcast_variables([variable.value for variable in everything], root_rank=0)
            return
        shared = _shared(model)
        if len(shared) != len(self.start.shared):
            raise SettingsError(
                "a training that computes in float16, as on GPUs it does, goes on where it does so, any other not. "
                f"Received: a checkpoint of {len(self.start.shared)} variables, for {len(shared)}"
            )
        assign(shared, self.start.shared)
        self.is_good(model, self.first_epoch)
        if self._own is not None:
            _assign_flat(_random_states(model), self._own)

    def begin_epoch(self, model: keras.Model, epoch: int) -> None:
        """Goes on with the running figures, amid an epoch."""
        if self._own is not None and self.first_step and epoch == self.first_epoch:
            _assign_flat((*_random_states(model), *model.metrics_variables), self._own)

    def is_good(self, model: keras.Model, epoch: int) -> None:
        """Remembers the weights of so many epochs as good."""
        self.good = (epoch, learnt_values(model) if hvd.rank() == 0 else [])

    def checkpoint(self, model: keras.Model, *, epoch: int, step: int, seconds: float) -> Checkpoint:
        """The moment, told by all ranks together."""
        own = [variable.numpy().ravel() for variable in (*_random_states(model), *model.metrics_variables)]
        row = np.concatenate([np.empty(0), *own])[np.newaxis]
        return Checkpoint(
            epoch=epoch,
            step=step,
            seconds=seconds,
            epochs=self.epochs,
            shared=[variable.numpy() for variable in _shared(model)] if hvd.rank() == 0 else [],
            own=hvd.allgather(tf.constant(row)).numpy(),
            best=self.best,
        )


def _shared(model: keras.Model) -> tuple[Any, ...]:
    # `weights` leaves out the random state of dropout, which each rank has of its own
    return (*learnt(model), *model.optimizer.variables)


def _random_states(model: keras.Model) -> tuple[Any, ...]:
    weights = {id(variable) for variable in model.weights}
    return tuple(variable for variable in model.variables if id(variable) not in weights)


def _assign_flat(variables: Sequence[Any], values: np.ndarray) -> None:
    """Gives the variables their values, as far as there are variables."""
    first = 0
    for variable in variables:
        size = int(np.prod(variable.shape))
        variable.assign(values[first : first + size].reshape(variable.shape).astype(variable.dtype))
        first += size
