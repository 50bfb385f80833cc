import pytest


@pytest.fixture(scope="module")
def told(on_ranks):
    """What two ranks saw, in one run of Horovod."""

    def look() -> dict:
        import horovod.tensorflow as hvd
        import keras
        import numpy as np

        from newslabel.train.horovod_keras import (
            AverageLogs,
            StartTogether,
            assert_equal_weights,
            averaged_over_ranks,
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

        start = StartTogether()
        start.set_model(model)
        start.on_train_begin()
        seen["started_with"] = weights_digest(model)

        before = model.get_weights()
        ones = [np.full(weights.shape, 2.0 + 2 * hvd.rank(), np.float32) for weights in before]
        model.optimizer.apply([keras.ops.convert_to_tensor(one) for one in ones], model.trainable_variables)
        seen["step"] = {
            float(np.round(old - new, 5).max()) for old, new in zip(before, model.get_weights(), strict=True)
        }

        inputs = np.array([[0, 1], [2, 2 + hvd.rank()]])
        for _ in range(3):
            model.fit(inputs, np.array([0.0, hvd.rank()]), epochs=2, verbose=0)
        seen["trained_to"] = assert_equal_weights(model)

        logs = {"val_loss": 2.0 - hvd.rank(), "loss": 1.0 + hvd.rank()}
        AverageLogs(training_rows=3 - 2 * hvd.rank(), validation_rows=1 - hvd.rank()).on_epoch_end(0, logs)
        seen["logs"] = logs
        return seen

    return on_ranks(look)


def test_two_ranks_ran(told):
    assert [seen["ranks"] for seen in told] == [2, 2]


def test_ranks_of_different_seeds_start_with_the_same_weights(told):
    assert told[0]["started_with"] == told[1]["started_with"]


def test_a_step_applies_the_average_of_the_ranks_gradients(told):
    assert [seen["step"] for seen in told] == [{3.0}, {3.0}]


def test_weights_stay_equal_to_the_bit_though_the_ranks_data_differ(told):
    assert told[0]["trained_to"] == told[1]["trained_to"] != told[0]["started_with"]


def test_weights_that_differ_are_an_error_on_every_rank(told):
    for seen in told:
        assert seen["unequal"].startswith("the ranks' weights must be equal at the end of training. Received: ")


def test_figures_are_averaged_by_the_rows_behind_them(told):
    # loss: 3 rows of 1.0 and 1 row of 2.0; val_loss: 1 row of 2.0 and none
    assert [seen["logs"] for seen in told] == [{"val_loss": 2.0, "loss": 1.25}] * 2
