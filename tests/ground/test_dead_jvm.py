"""What a job does whose Spark dies under it, as it does when the machine runs out of memory."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os, signal
from newslabel.command import run_job
from newslabel.errors import TransientError
from newslabel.logs import log_event
from newslabel.schemas import LABELS
from newslabel.session import spark_session
from newslabel.settings import Settings
from newslabel.table_making import create_table
from newslabel.ranks.launcher import check_room

def lose_spark(place: str) -> None:
    with spark_session(Settings(), job="lose_spark") as spark:
        java = spark.sparkContext._gateway.proc
        os.kill(int(spark.sparkContext._jvm.ProcessHandle.current().pid()), signal.SIGKILL)
        java.wait()
        try:
            check_room(spark, workers=1)
        except TransientError as error:
            log_event("no_room", reason=error)
        create_table(spark, place, LABELS)

run_job(lose_spark)
"""


def test_a_job_whose_jvm_was_killed_says_so_and_may_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "lose_spark.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, tmp_path / "lose_spark.py", tmp_path / "labels"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "lose_spark: Spark's JVM is gone, while at work on" in done.stderr.splitlines()[-1]
    assert "event=no_room" in done.stderr
    assert done.returncode == 75
    assert "Traceback" not in done.stderr
