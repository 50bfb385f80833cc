"""With the classes that make setup keeps, Spark starts, and a small job ends, in two thirds of the time.

Both as a job starts it: a session, and a Delta table that is made, written and read.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable

from clean_case import CHECKOUT
from measure import Bench, Case, Figures, run_bench, wall_seconds_of

JOB = """
import sys, time
began = time.perf_counter()
from newslabel.session import spark_session
from newslabel.settings import Settings
with spark_session(Settings(), job="spark_start") as spark:
    print(time.perf_counter() - began)
    if len(sys.argv) > 1:
        spark.range(100).write.format("delta").save(sys.argv[1])
        spark.read.format("delta").load(sys.argv[1]).groupBy("id").count().collect()
"""


def with_classes(option: str) -> Callable[[Case], Figures]:
    def figures(case: Case) -> Figures:
        defaults = str(CHECKOUT / "conf" / "spark-defaults.conf")
        environment = os.environ | {
            "SPARK_CONF_DIR": str(CHECKOUT / "conf"),
            "PYSPARK_SUBMIT_ARGS": shlex.join(["--master", "local[2]", "--properties-file", defaults, "pyspark-shell"]),
            "NEWSLABEL_JAVA_CLASSES": option,
        }
        told: list[str] = []
        with tempfile.TemporaryDirectory(dir=case.folder) as folder:
            place = [] if case.quick else [f"{folder}/table"]
            command = [sys.executable, "-c", JOB, *place]
            seconds = wall_seconds_of(
                lambda: told.append(
                    subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout.decode()
                )
            )
        return {"job_s": seconds, "spark_s": float(told[0])}

    return figures


if __name__ == "__main__":
    kept = f'"-XX:SharedArchiveFile={CHECKOUT}/.venv/spark.jsa" -Xlog:cds*=off'
    ways = {"as it is": with_classes(kept), "no classes kept": with_classes("-Xshare:auto")}
    run_bench(Bench(str(__doc__), ways, compared="job_s", cores=2))
