import os
import signal
import threading
import time

import pytest

from newslabel.errors import DataError, SettingsError, TransientError
from newslabel.train.horovod_spark import _guarded, launch
from newslabel.train.launcher import Cores, _raise_first, cores_of, run_on_horovod


def test_more_workers_than_free_cores_are_refused_at_once(spark):
    began = time.monotonic()
    with pytest.raises(SettingsError, match=r"Spark \(local\[2\]\) has 2 free: .*Received: 3"):
        run_on_horovod(spark, len, ([],), workers=3, start_timeout_s=60, while_waiting=lambda: None)
    assert time.monotonic() - began < 2


def test_free_cores_are_those_without_a_task(spark, tmp_path):
    assert cores_of(spark) == Cores(total=2, free=2)
    gate = tmp_path / "gate"

    def hold(rows):
        while not gate.exists():
            time.sleep(0.05)
        return rows

    holder = threading.Thread(target=lambda: spark.sparkContext.parallelize([1], 1).mapPartitions(hold).collect())
    holder.start()
    try:
        deadline = time.monotonic() + 20
        while cores_of(spark).free != 1 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert cores_of(spark) == Cores(total=2, free=1)
    finally:
        gate.touch()
        holder.join()


def test_ctrl_c_is_heard_while_horovod_waits_for_tasks_that_do_not_come(spark):
    began = time.monotonic()

    def interrupt() -> None:
        if time.monotonic() - began > 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        launch(spark, len, ([],), workers=3, start_timeout_s=60, while_waiting=interrupt)
    assert time.monotonic() - began < 30


def test_results_come_in_the_order_of_the_ranks_and_the_driver_is_told_meanwhile(spark):
    looks = []

    def rank_and_threads(factor: int) -> tuple[int, str]:
        import horovod.tensorflow as hvd

        hvd.init()
        return factor * hvd.rank(), os.environ["TF_NUM_INTRAOP_THREADS"]

    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    results = run_on_horovod(
        spark, rank_and_threads, (10,), workers=2, start_timeout_s=60, while_waiting=lambda: looks.append(1)
    )
    assert results == [(0, "1"), (10, "1")]
    assert len(looks) > 2
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_an_error_of_one_rank_is_raised_here_as_it_was(on_ranks, capfd):
    def fail_on_second():
        import horovod.tensorflow as hvd
        import tensorflow as tf

        hvd.init()
        if hvd.rank() == 1:
            raise DataError("a rank met a bad file. Received: 'x.parquet'")
        hvd.allreduce(tf.constant(1.0))

    with pytest.raises(DataError, match=r"a rank met a bad file. Received: 'x.parquet'"):
        on_ranks(fail_on_second)
    assert "Exception" not in capfd.readouterr().err


def test_a_killed_rank_is_said_without_a_page_of_java(on_ranks, capfd):
    def kill_second():
        import horovod.tensorflow as hvd
        import tensorflow as tf

        hvd.init()
        if hvd.rank() == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        hvd.allreduce(tf.constant(1.0))

    with pytest.raises(TransientError, match="the ranks did not come to their end"):
        on_ranks(kill_second)
    assert "java" not in capfd.readouterr().err


def divide(number):
    return 1 / number


def lose_the_others():
    raise RuntimeError("Horovod has been shut down. This was caused by an exception on one of the ranks")


def test_a_bug_in_a_rank_keeps_its_traceback():
    with pytest.raises(RuntimeError, match=r"(?s)a rank failed:.*in divide.*ZeroDivisionError"):
        _raise_first([_guarded(divide, 0)])


def test_the_error_that_the_other_ranks_followed_is_the_one_that_is_told():
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        _raise_first([_guarded(lose_the_others), _guarded(divide, 0), _guarded(lose_the_others)])
    with pytest.raises(RuntimeError, match="has been shut down"):
        _raise_first([_guarded(lose_the_others)])


def test_a_rank_that_does_not_fail_gives_its_result():
    assert _guarded(divide, 2) == 0.5
    _raise_first([])
