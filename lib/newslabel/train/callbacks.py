"""What a rank does between steps and epochs: stopping early, keeping figures and checkpoints, going on amid an epoch.

All ranks call what stands here at the same steps, and decide alike.
"""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import horovod.tensorflow as hvd
import keras
import numpy as np
import tensorflow as tf

from newslabel.errors import SettingsError
from newslabel.logs import log_event
from newslabel.train.course import Course
from newslabel.train.divergence import DivergedError, diverged
from newslabel.train.learnt import learnt_values
from newslabel.train.work_files import Progress, write_checkpoint, write_epochs, write_progress

# the ranks then ask each other whether a checkpoint is due, or the loss no number any more
STEPS_BETWEEN_LOOKS = 20
SECONDS_BETWEEN_REPORTS = 1.0


class StopEarly(keras.callbacks.Callback):
    """Ends a training whose validation loss falls no more, with the weights that it was lowest with.

    Keras' own one forgets what it saw where a training goes on.

    Args:
        course: of the training.
        patience: after so many epochs without a lower loss.
    """

    def __init__(self, course: Course, *, patience: int) -> None:
        super().__init__()
        self._course = course
        self._patience = patience

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Keeps the best weights, or gives up."""
        del epoch
        epochs = [*self._course.epochs, dict(logs or {})]
        if epochs_without_gain(epochs) == 0:
            self._course.best = learnt_values(self.model)
        self.model.stop_training = epochs_without_gain(epochs) >= self._patience


def epochs_without_gain(epochs: Sequence[Mapping[str, float]]) -> int:
    """How many epochs ago the validation loss was lowest."""
    losses = [each["val_loss"] for each in epochs]
    return len(losses) - 1 - int(np.argmin(losses))


class KeepCourse(keras.callbacks.Callback):
    """Keeps the figures of every epoch, and checkpoints, in the work folder; ends a training that goes astray.

    Must be the last callback, with the figures of all ranks.

    Args:
        course: of the training.
        work_uri: the work folder.
        steps: of an epoch.
        rows: that an epoch reads, of all ranks.
        epochs: how many there are to be.
        seconds_between: checkpoints amid an epoch.
    """

    def __init__(
        self, course: Course, work_uri: str, *, steps: int, rows: int, epochs: int, seconds_between: float
    ) -> None:
        super().__init__()
        self._course = course
        self._work_uri = work_uri
        self._steps = steps
        self._rows = rows
        self._epochs = epochs
        self._seconds_between = seconds_between
        self._kept_at = self._report_at = self._began = time.monotonic()
        self._epoch = self._first_step = 0
        self._trained_s = math.inf

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Starts the clock, and goes on with the running figures."""
        del logs
        is_amid = epoch == self._course.first_epoch
        self._epoch = epoch
        self._first_step = self._course.first_step if is_amid else 0
        seconds = self._course.start.seconds if self._course.start and self._first_step else 0
        self._began = time.monotonic() - seconds
        self._course.begin_epoch(self.model, epoch)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Reports, and now and then keeps a checkpoint."""
        done = self._first_step + batch + 1
        now = time.monotonic()
        self._trained_s = now - self._began
        if hvd.rank() == 0 and now > self._report_at:
            self._report(done, float((logs or {})["loss"]), self._trained_s)
            # to a distant store it may take long, and all ranks wait
            self._report_at = time.monotonic() + max(SECONDS_BETWEEN_REPORTS, 100 * (time.monotonic() - now))
        if done % STEPS_BETWEEN_LOOKS == 0 and done < self._steps:
            self._look(done, float((logs or {})["loss"]), is_due=now - self._kept_at > self._seconds_between)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Keeps the epoch."""
        # loss, accuracy, val_loss, val_accuracy: as people look for them
        names = sorted(logs or {}, key=lambda name: (name.startswith("val_"), not name.endswith("loss"), name))
        figures = {name: float((logs or {})[name]) for name in names}
        taken = {"samples_per_s": self._rows / self._trained_s, "seconds": time.monotonic() - self._began}
        self._course.epochs.append({"epoch": epoch + 1, **figures, **taken})
        self._keep(epoch + 1, 0, seconds=0)
        if hvd.rank() == 0:
            is_last = epoch + 1 == self._epochs or self.model.stop_training
            self._write(lambda: write_epochs(self._work_uri, self._course.epochs), must=is_last)

    def _look(self, done: int, loss: float, *, is_due: bool) -> None:
        mine = tf.constant([not np.isfinite(loss), is_due and hvd.rank() == 0], tf.float32)
        is_astray, is_due_for_all = hvd.allreduce(mine, op=hvd.Sum).numpy() > 0
        if is_astray:
            raise self._astray()
        if is_due_for_all:
            self._keep(self._epoch, done, seconds=time.monotonic() - self._began)

    def _keep(self, epoch: int, step: int, *, seconds: float) -> None:
        if not all(np.isfinite(weights.numpy()).all() for weights in self.model.trainable_weights):
            raise self._astray()
        checkpoint = self._course.checkpoint(self.model, epoch=epoch, step=step, seconds=seconds)
        self._course.is_good(self.model, epoch)
        self._kept_at = time.monotonic()
        if hvd.rank() == 0:
            self._write(lambda: write_checkpoint(self._work_uri, checkpoint), must=False)

    def _write(self, write: Any, *, must: bool) -> None:
        try:
            write()
        except SettingsError as error:
            if must:
                raise
            # the next one will do as well: no training is lost because somebody could not look on
            log_event("course_not_written", epoch=self._epoch + 1, reason=error)

    def _report(self, done: int, loss: float, seconds: float) -> None:
        rows = self._rows * done / self._steps
        left = (self._epochs - self._epoch) * self._steps - done
        progress = Progress(
            epoch=self._epoch + 1,
            step=done,
            steps=self._steps,
            loss=loss,
            samples_per_s=rows / seconds,
            seconds_left=seconds / done * left,
        )
        self._write(lambda: write_progress(self._work_uri, progress), must=False)

    def _astray(self) -> DivergedError:
        how = f"in epoch {self._epoch + 1}: its loss is no number any more"
        return diverged(how, float(self.model.optimizer.learning_rate))
