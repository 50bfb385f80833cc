import pytest


def moved(before, after):
    """How far the weights went, all together."""
    return round(float(sum(((old - new) ** 2).sum() for old, new in zip(before, after, strict=True)) ** 0.5), 5)


def scaled_steps_on_a_rank():
    """A function that travels to the ranks: what two steps of mixed precision do, the first too large on one."""

    def scaled_steps(model) -> list:
        import horovod.tensorflow as hvd
        import keras
        import numpy as np

        from newslabel.train.horovod_keras import averaged_over_ranks

        held = model.get_weights()
        optimizer = averaged_over_ranks(keras.optimizers.LossScaleOptimizer)(keras.optimizers.SGD(1.0), 8.0)
        seen = []
        for gradient in (np.inf if hvd.rank() == 1 else 4.0, 4.0 * (1 + hvd.rank())):
            apart = [keras.ops.full(weights.shape, gradient) for weights in held]
            optimizer.apply(apart, model.trainable_variables)
            steps = [old - new for old, new in zip(held, model.get_weights(), strict=True)]
            seen.append(({float(np.round(step, 5).max()) for step in steps}, float(optimizer.dynamic_scale)))
        return seen

    return scaled_steps


@pytest.fixture(scope="module")
def told(on_ranks):
    """What two ranks saw, in one run of Horovod."""

    def look(scaled_steps) -> dict:
        import horovod.tensorflow as hvd
        import keras
        import numpy as np

        from newslabel.errors import DataError
        from newslabel.train.callbacks import KeepCourse
        from newslabel.train.course import Course
        from newslabel.train.horovod_keras import (
            AverageLogs,
            WarmUp,
            assert_equal_weights,
            averaged_over_ranks,
            gathered_rows,
            weights_digest,
        )

        hvd.init()
        seen = {"ranks": hvd.size()}
        keras.utils.set_random_seed(hvd.rank())
        model = keras.Sequential([keras.layers.Embedding(4, 2), keras.layers.Flatten(), keras.layers.Dense(1)])
        model.build((None, 2))
        model.compile(averaged_over_ranks(keras.optimizers.SGD)(learning_rate=1.0), "mse", jit_compile=False)
        try:
            assert_equal_weights(model)
        except RuntimeError as error:
            seen["unequal"] = str(error)

        Course(None).begin(model)
        seen["started_with"] = weights_digest(model)

        before = model.get_weights()
        ones = [np.full(weights.shape, 2.0 + 2 * hvd.rank(), np.float32) for weights in before]
        model.optimizer.apply([keras.ops.convert_to_tensor(one) for one in ones], model.trainable_variables)
        seen["step"] = {
            float(np.round(old - new, 5).max()) for old, new in zip(before, model.get_weights(), strict=True)
        }

        held = model.get_weights()
        averaged_over_ranks(keras.optimizers.SGD)(WarmUp(1.0, 2), global_clipnorm=0.5).apply(
            [keras.ops.convert_to_tensor(one) for one in ones], model.trainable_variables
        )
        seen["clipped"] = moved(held, model.get_weights())

        seen["scaled"] = scaled_steps(model)

        inputs = np.array([[0, 1], [2, 2 + hvd.rank()]])
        for _ in range(3):
            model.fit(inputs, np.array([0.0, hvd.rank()]), epochs=2, verbose=0)
        seen["trained_to"] = assert_equal_weights(model)

        # rows of 1, 2 and 3, whose loss and distance are what they are: the second rank has one, and an empty position
        same = keras.Sequential([keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
        same.compile(keras.optimizers.SGD(0.0), "mae", weighted_metrics=["mae"], jit_compile=False)
        rows, weights = ([[1.0], [3.0]], [4 / 3, 4 / 3]) if hvd.rank() == 0 else ([[2.0], [0.0]], [4 / 3, 0.0])
        # of validation there is one row in all
        only, its_weight = ([[5.0]], [2.0]) if hvd.rank() == 0 else ([[0.0]], [0.0])
        average = AverageLogs(training_weight=2.0 - hvd.rank(), validation_weight=1.0 - hvd.rank())
        zeros = np.zeros((2, 1))
        history = same.fit(
            np.array(rows),
            zeros,
            sample_weight=np.array(weights),
            validation_data=(np.array(only), zeros[:1], np.array(its_weight)),
            callbacks=[average],
            verbose=0,
        )
        seen["logs"] = {name: round(values[0], 5) for name, values in history.history.items()}
        seen["rows"] = gathered_rows(np.array([1.0, 3.0]) + hvd.rank(), 3).tolist()

        same.set_weights([np.full((1, 1), np.nan, np.float32)])
        keep = KeepCourse(Course(None), "", steps=1, rows=3, epochs=2, seconds_between=60)
        keep.set_model(same)
        keep.on_epoch_begin(1)
        try:
            keep.on_epoch_end(1, {"loss": 1.0})
        except DataError as error:
            seen["diverged"] = str(error)
        return seen

    return on_ranks(look, [scaled_steps_on_a_rank()])


def test_two_ranks_ran(told):
    assert [seen["ranks"] for seen in told] == [2, 2]


def test_ranks_of_different_seeds_start_with_the_same_weights(told):
    assert told[0]["started_with"] == told[1]["started_with"]


def test_a_step_applies_the_average_of_the_ranks_gradients(told):
    assert [seen["step"] for seen in told] == [{3.0}, {3.0}]


def test_the_average_is_clipped_and_the_first_step_is_warm(told):
    assert [seen["clipped"] for seen in told] == [0.25, 0.25]


def test_a_scaled_step_that_overflows_on_one_rank_is_left_out_by_all_and_the_next_is_averaged(told):
    # the scale is halved to 4, so that scaled gradients of 4 and 8 are 1 and 2
    assert [seen["scaled"] for seen in told] == [[({0.0}, 4.0), ({1.5}, 4.0)]] * 2


def test_weights_stay_equal_to_the_bit_though_the_ranks_data_differ(told):
    assert told[0]["trained_to"] == told[1]["trained_to"] != told[0]["started_with"]


def test_weights_that_differ_are_an_error_on_every_rank(told):
    for seen in told:
        assert seen["unequal"].startswith("the ranks' weights must be equal at the end of training. Received: ")


def test_figures_are_the_means_over_the_rows_of_all_ranks(told):
    assert [seen["logs"] for seen in told] == [{"loss": 2.0, "mae": 2.0, "val_loss": 5.0, "val_mae": 5.0}] * 2


def test_what_the_ranks_have_of_their_rows_is_gathered_in_the_order_of_the_rows(told):
    assert [seen["rows"] for seen in told] == [[1.0, 2.0, 3.0]] * 2


def test_a_training_that_diverges_is_an_error_on_every_rank(told):
    for seen in told:
        assert seen["diverged"].startswith("the training diverged in epoch 2: its loss is no number any more")
