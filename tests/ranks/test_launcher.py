import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path

import psutil
import pytest
from pyspark import cloudpickle

from newslabel.errors import DataError, SettingsError, TransientError
from newslabel.ranks.barrier_stage import _collected, _meeting_place, launch
from newslabel.ranks.launcher import Cores, _raise_first, cores_of, run_on_horovod
from newslabel.ranks.rank_process import RankLostError, guarded
from newslabel.ranks.rank_task import place_of, run_rank


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


def test_ranks_that_find_no_core_in_time_are_not_waited_for(spark):
    with pytest.raises(TransientError, match=r"did not start all ranks within 2 s. Received: 3 ranks"):
        launch(spark, len, ([],), workers=3, start_timeout_s=2, while_waiting=lambda: None)


def test_no_rank_outlives_a_ctrl_c(spark, tmp_path):
    def wait_long(folder: str) -> None:
        (Path(folder) / str(os.getpid())).touch()
        time.sleep(600)

    def interrupt() -> None:
        if len(list(tmp_path.iterdir())) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_on_horovod(spark, wait_long, (str(tmp_path),), workers=2, start_timeout_s=60, while_waiting=interrupt)
    assert cores_of(spark).free == 2
    pids = [int(file.name) for file in tmp_path.iterdir()]
    ranks = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    assert psutil.wait_procs(ranks, timeout=10)[1] == []


def test_a_training_that_spark_would_repeat_is_given_up(spark):
    with _meeting_place(spark) as place:
        address, port = place.server_address
        rank = partial(run_rank, address, port, cloudpickle.dumps((len, ([],))), 60)
        assert _collected(spark, "first", 2, rank) == [0, 0]
        again = _collected(spark, "second", 2, rank)
    assert [type(failure.error) for failure in again] == [RankLostError, RankLostError]
    assert "Spark lost the task of a rank" in again[0].text


def test_results_come_in_the_order_of_the_ranks_and_the_driver_is_told_meanwhile(spark):
    looks = []

    def rank_and_threads(much: bytes) -> tuple[int, int, str]:
        import horovod.tensorflow as hvd

        hvd.init()
        sys.stdout.write("this is no answer")
        return hvd.rank(), len(much), os.environ["TF_NUM_INTRAOP_THREADS"]

    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    more_than_a_pipe_holds = bytes(1 << 20)
    results = run_on_horovod(
        spark,
        rank_and_threads,
        (more_than_a_pipe_holds,),
        workers=2,
        start_timeout_s=60,
        while_waiting=lambda: looks.append(1),
    )
    assert results == [(0, 1 << 20, "1"), (1, 1 << 20, "1")]
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


def test_a_rank_that_ends_before_it_met_the_others_is_said(spark):
    def end_second() -> None:
        if os.environ["HOROVOD_RANK"] == "1":
            os._exit(3)
        import horovod.tensorflow as hvd

        hvd.init()

    with pytest.raises(TransientError, match="rank 1 ended with exit code 3"):
        run_on_horovod(spark, end_second, (), workers=2, start_timeout_s=10, while_waiting=lambda: None)


def test_ranks_are_numbered_by_host_as_horovod_wants_them():
    hosts = ["a", "b", "a", "c", "a", "b"]
    names = ("RANK", "LOCAL_RANK", "LOCAL_SIZE", "CROSS_RANK", "CROSS_SIZE")
    places = [place_of(rank, hosts) for rank in range(6)]
    assert [tuple(int(place[f"HOROVOD_{name}"]) for name in names) for place in places] == [
        (0, 0, 3, 0, 3), (1, 0, 2, 1, 3), (2, 1, 3, 0, 2), (3, 0, 1, 2, 3), (4, 2, 3, 0, 1), (5, 1, 2, 1, 2),
    ]  # fmt: skip
    assert {place["HOROVOD_SIZE"] for place in places} == {"6"}


def divide(number):
    return 1 / number


def lose_the_others():
    raise RuntimeError("Horovod has been shut down. This was caused by an exception on one of the ranks")


def test_a_bug_in_a_rank_keeps_its_traceback():
    with pytest.raises(RuntimeError, match=r"(?s)a rank failed:.*in divide.*ZeroDivisionError"):
        _raise_first([guarded(divide, 0)])


def test_the_error_that_the_other_ranks_followed_is_the_one_that_is_told():
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        _raise_first([guarded(lose_the_others), guarded(divide, 0), guarded(lose_the_others)])
    with pytest.raises(RankLostError, match=r"the ranks lost each other.*has been shut down"):
        _raise_first([guarded(lose_the_others)])


def test_a_rank_that_does_not_fail_gives_its_result():
    assert guarded(divide, 2) == 0.5
    _raise_first([])
