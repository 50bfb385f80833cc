"""Keras' fit on one rank: what it minimizes and by which steps, its batches, and where it goes on."""

from collections.abc import Callable, Iterator
from functools import partial

import horovod.tensorflow as hvd
import keras
import tensorflow as tf

from newslabel.train.batches import Batch, ordered_batches, steps_per_epoch, training_batches
from newslabel.train.callbacks import KeepCourse, StopEarly, epochs_without_gain
from newslabel.train.course import Course
from newslabel.train.horovod_keras import AverageLogs, WarmUp, averaged_over_ranks
from newslabel.train.learnt import take_learnt
from newslabel.train.part import Part
from newslabel.train.plan import TrainingPlan


def compiled(model: keras.Model, plan: TrainingPlan, steps: int) -> keras.Model:
    """The network, ready for `fit`.

    Args:
        model: the network, or its twin that trains faster; one that computes in float16 has its loss scaled.
        plan: its recipe, and the batch.
        steps: of an epoch.
    """
    training = plan.recipe.training
    rate = WarmUp(plan.learning_rate(hvd.size()), round(training.warmup_epochs * steps))
    clip_norm = training.clip_norm or None  # of the average
    if _is_mixed(model):
        # the scaled gradients are averaged: where those of one rank are no numbers, all leave the step out
        scaled = averaged_over_ranks(keras.optimizers.LossScaleOptimizer)
        optimizer = scaled(keras.optimizers.Adam(rate, global_clipnorm=clip_norm))
    else:
        optimizer = averaged_over_ranks(keras.optimizers.Adam)(rate, global_clipnorm=clip_norm)
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.BinaryCrossentropy(),
        # weighted, so that an empty row counts as none; with class weights each class is half of it
        weighted_metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
        jit_compile=False,  # XLA on CPU knows no Horovod, and trains many times slower (bench/train_step.py)
    )
    return model


def fit(
    model: keras.Model,
    plan: TrainingPlan,
    course: Course,
    training: Part,
    validation: Part | None,
    *,
    steps: int,
    work_uri: str,
) -> None:
    """Trains the network from where the course stands to the end.

    Args:
        model: what `compiled` made.
        plan: its recipe, and the batch.
        course: where it stands; told of every epoch.
        training: the rank's rows.
        validation: the rank's rows of that part, if there are any.
        steps: of an epoch.
        work_uri: the work folder.

    Raises:
        DivergedError: its loss is no number any more.
        SettingsError: the last figures cannot be written.
    """
    recipe, size = plan.recipe.training, plan.batch_size(hvd.size())
    course.begin(model)
    callbacks = [
        AverageLogs(training_weight=training.weight, validation_weight=validation.weight if validation else 0),
        *([StopEarly(course, patience=recipe.patience)] if recipe.patience and validation else []),
        KeepCourse(
            course,
            work_uri,
            steps=steps,
            rows=training.total_rows,
            epochs=recipe.epochs,
            seconds_between=60 * plan.checkpoint_minutes,
        ),
    ]
    # an epoch that was begun is ended by a fit of its own, as Keras takes as many steps of every one
    begun = [(course.first_epoch + 1, course.first_step)] if course.first_step else []
    for last_epoch, first_step in (*begun, (recipe.epochs, 0)):
        batches = partial(
            training_batches,
            training,
            batch_size=size,
            seed=recipe.seed,
            first_epoch=len(course.epochs),
            first_step=first_step,
        )
        if recipe.patience and course.epochs and validation and epochs_without_gain(course.epochs) >= recipe.patience:
            break
        model.fit(
            _dataset(batches, tf.data.INFINITE_CARDINALITY),
            initial_epoch=len(course.epochs),
            epochs=last_epoch,
            steps_per_epoch=steps - first_step,
            validation_data=_validation(validation, size) if validation else None,
            shuffle=False,  # the batches come shuffled
            callbacks=callbacks,
            verbose=0,
        )
    if course.best:
        take_learnt(model, course.best)


def _is_mixed(model: keras.Model) -> bool:
    return any(layer.compute_dtype == "float16" for layer in model.layers)


def _validation(validation: Part, batch_size: int) -> tf.data.Dataset:
    steps = steps_per_epoch(len(validation.position_lengths), batch_size, validation.ranks)
    return _dataset(lambda: ordered_batches(validation, batch_size=batch_size), steps)


def _dataset(batches: Callable[[], Iterator[Batch]], steps: int) -> tf.data.Dataset:
    """The batches as Keras takes them, with open shapes, so that no width is compiled anew."""
    shapes = (tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, 2)), tf.TensorSpec((None,)))
    dataset = tf.data.Dataset.from_generator(batches, output_signature=shapes)
    # told how many there are, Keras does not warn of an end that it did not expect
    return dataset.apply(tf.data.experimental.assert_cardinality(steps)).prefetch(2)
