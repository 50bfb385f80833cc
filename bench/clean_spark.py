"""One Spark job that cleans and encodes articles, on one core, and what all its processes together took for it."""

import os
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from clean_case import CHECKOUT
from measure import Figures, private_mib_watched
from pyspark.sql import DataFrame, SparkSession

from newslabel.session import spark_session
from newslabel.settings import Settings

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@contextmanager
def one_core_session(folder: Path, *, java_options: str = "") -> Iterator[SparkSession]:
    with session_on(1, folder, java_options=java_options) as spark:
        yield spark


@contextmanager
def session_on(cores: int, folder: Path, *, java_options: str = "") -> Iterator[SparkSession]:
    defaults = str(CHECKOUT / "conf" / "spark-defaults.conf")
    java = f"{java_options} -Dderby.system.home={folder}"
    options = [
        "--master",
        f"local[{cores}]",
        "--properties-file",
        defaults,
        "--driver-java-options",
        java,
        "pyspark-shell",
    ]
    os.environ |= {
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": str(CHECKOUT / "bench"),  # what a pickled function of these scripts imports
        "SPARK_CONF_DIR": str(CHECKOUT / "conf"),
        # as spark-submit.sh has it
        "NEWSLABEL_JAVA_CLASSES": f'"-XX:SharedArchiveFile={CHECKOUT}/.venv/spark.jsa" -Xlog:cds*=off',
        "PYSPARK_SUBMIT_ARGS": shlex.join(options),
    }
    with spark_session(Settings(), job="bench") as spark:
        yield spark


def job_figures(
    job: Callable[[DataFrame], DataFrame], spark: SparkSession, file: Path, count: int, *, warm_up: Path | None = None
) -> Figures:
    """Core time and wall time of an article, and the workers' peak.

    The job is run once before, on the same file or on another, for Java's compiler.
    """
    articles = spark.read.parquet(str(file))
    out = tempfile.mkdtemp(dir=file.parent)
    job(spark.read.parquet(str(warm_up or file))).write.mode("overwrite").parquet(out)
    with private_mib_watched(worker_pids, every_s=0.1) as peaks:
        cores_before, began = _core_seconds(), time.perf_counter()
        job(articles).write.mode("overwrite").parquet(out)
        wall_s, core_s = time.perf_counter() - began, _core_seconds() - cores_before
    return {
        "us_an_article": core_s / count * 1e6,
        "wall_us_an_article": wall_s / count * 1e6,
        "worker_peak_mib": max(peaks),
    }


def _core_seconds() -> float:
    """What all processes below this one have taken so far, those of them that have ended too."""
    total = 0
    for pid in _below(os.getpid()):
        fields = _read(pid, "stat").rpartition(")")[2].split()
        total += sum(map(int, fields[11:15]))
    return total / TICKS_A_SECOND


def worker_pids() -> list[int]:
    """The Python processes below this one."""
    return [pid for pid in _below(os.getpid()) if _read(pid, "comm").startswith("python")]


def _below(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has ended
        return ""
