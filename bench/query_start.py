"""query_labels answers long before Spark would have, of a table that hundreds of commits made, too."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake
from measure import Bench, Case, Figures, run_bench, wall_seconds_of

CHECKOUT = Path(__file__).resolve().parent.parent
SQL = "SELECT label, count(*) AS articles FROM labels GROUP BY label"


def prepare(case: Case) -> None:
    """The same rows, once in one commit, once in hundreds."""
    rows = {"crawl_date": [date(2026, 11, 20)] * 100, "label": ["FAKE", "REAL"] * 50}
    commits = 3 if case.quick else 500
    for _ in range(commits):
        write_deltalake(case.folder / "many" / "labels", pa.table(rows), partition_by=["crawl_date"], mode="append")
    once = pa.concat_tables([pa.table(rows)] * commits)
    write_deltalake(case.folder / "one" / "labels", once, partition_by=["crawl_date"])


def of_one_commit(case: Case) -> Figures:
    return {"seconds": wall_seconds_of(lambda: _ask(case.folder / "one"))}


def of_many_commits(case: Case) -> Figures:
    return {"seconds": wall_seconds_of(lambda: _ask(case.folder / "many"))}


def spark_of_many_commits(case: Case) -> Figures:
    return {"seconds": wall_seconds_of(lambda: _ask_spark(case.folder / "many"))}


def _ask(root: Path) -> None:
    job = [sys.executable, str(CHECKOUT / "jobs" / "query_labels.py"), "--sql", SQL, "--output", "json"]
    subprocess.run([*job, "--set", f"tables.root={root}"], check=True, stdout=subprocess.DEVNULL)


def _ask_spark(root: Path) -> None:
    os.environ |= {"SPARK_CONF_DIR": str(CHECKOUT / "conf"), "PYSPARK_PYTHON": sys.executable}
    from newslabel.session import spark_session
    from newslabel.settings import Settings

    with spark_session(Settings(), job="bench") as spark:
        spark.read.format("delta").load(str(root / "labels")).createOrReplaceTempView("labels")
        spark.sql(SQL).collect()


if __name__ == "__main__":
    ways = {
        "query_labels, one commit": of_one_commit,
        "query_labels, 500 commits": of_many_commits,
        "Spark SQL, 500 commits": spark_of_many_commits,
    }
    run_bench(Bench(str(__doc__), ways, compared="seconds", prepare=prepare, cores=2))
