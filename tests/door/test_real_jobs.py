"""Jobs that start Spark through the door: quiet, and gone when they end."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

# Java's quick compiler alone: its thorough one takes longer than these jobs
QUICK = ("--master", "local[2]", "--driver-java-options", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
SLEEP = '''"""Sleeps in Spark's workers, once it has said so."""
import time
from pathlib import Path

from newslabel.command import run_job
from newslabel.session import spark_session
from newslabel.settings import Settings


def main() -> None:
    """Sleep."""
    def sleep(rows):
        Path("sleeping").touch()
        time.sleep(100)
        return rows

    with spark_session(Settings(), job="sleep_long") as spark:
        spark.sparkContext.parallelize(range(2), 2).mapPartitions(sleep).count()


if __name__ == "__main__":
    run_job(main)
'''
COUNT = '''"""Writes a Delta table and counts it in Python workers."""
import pandas as pd
from pyspark.sql.functions import pandas_udf

from newslabel.command import run_job
from newslabel.session import spark_session
from newslabel.settings import Settings


def main() -> None:
    """Count."""
    with spark_session(Settings(), job="count_rows") as spark:
        spark.range(10).write.format("delta").save("table")

        @pandas_udf("long")
        def add(ids: pd.Series) -> pd.Series:
            return ids + 1

        rows = spark.read.format("delta").load("table").select(add("id").alias("next")).collect()
        print(sum(row.next for row in rows), spark.conf.get("spark.sql.shuffle.partitions"))


if __name__ == "__main__":
    run_job(main)
'''


def test_spark_itself_says_nothing(house, tmp_path):
    house.add_job("count_rows", COUNT)
    done = house.run(*QUICK, "--conf", "spark.sql.shuffle.partitions=3", "count_rows", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "55 3\n"
    assert [line.split()[1] for line in done.stderr.splitlines()] == ["event=spark_started"]


@pytest.mark.parametrize(
    ("sent", "code", "to_group"),
    [(signal.SIGINT, 130, True), (signal.SIGTERM, -signal.SIGTERM, False)],
    ids=["ctrl-c", "kill"],
)
def test_a_job_that_is_stopped_leaves_no_process_behind(house, tmp_path, sent, code, to_group):
    house.add_job("sleep_long", SLEEP)
    command = [str(house.folder / "spark-submit.sh"), *QUICK, "sleep_long"]
    with (tmp_path / "said").open("w+") as said:
        job = subprocess.Popen(command, cwd=tmp_path, stderr=said, start_new_session=True)
        wait_for(tmp_path / "sleeping", job)
        family = psutil.Process(job.pid).children(recursive=True)
        assert {process.name() for process in family} >= {"java", "python"}
        # a terminal sends Ctrl-C to the whole group in the foreground, kill sends to one process
        (os.killpg if to_group else os.kill)(job.pid, sent)
        ended_with = job.wait(timeout=60)
        said.seek(0)
        told = said.read()
        assert "Traceback" not in told
        assert ended_with == code, told
        assert psutil.wait_procs(family, timeout=30)[1] == []


def wait_for(file: Path, job: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 90
    while not file.exists():
        assert job.poll() is None
        assert time.monotonic() < until
        time.sleep(0.1)
