"""Keeps the classes that Spark's JVM loads in most jobs in a file, which later ones map (bench/spark_start.py).

make setup runs it; conf/spark-env.sh tells the JVM. Java leaves the file alone where it, or a jar, is another by then.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
CLASSES = HOME / ".venv" / "spark.jsa"
DEFAULTS = HOME / "conf" / "spark-defaults.conf"
USUAL_WORK = """
import sys
from datetime import date
from pathlib import Path

import pandas as pd
from pyspark.sql import functions as f
from pyspark.sql.types import StringType

from newslabel.schemas import LABELS
from newslabel.session import spark_session
from newslabel.settings import Settings
from newslabel.table_making import create_table
from newslabel.tables import read_table, replace_partition

@f.pandas_udf(StringType())
def doubled(words: pd.Series) -> pd.Series:
    return words + words

folder = sys.argv[1]
settings = Settings(score={"cache": folder})
with spark_session(settings, job="share_classes") as spark:
    create_table(spark, folder + "/labels", LABELS)
    day = date(2026, 11, 20)
    rows = read_table(spark, folder + "/labels", LABELS).where(f.col("crawl_date") == day)
    replace_partition(rows, path=folder + "/labels", contract=LABELS, partition={"crawl_date": day})
    (Path(folder) / "words.json").write_text('{"number": 1, "word": "a"}')
    words = spark.read.json(folder + "/words.json").withColumn("twice", doubled("word"))
    words.write.format("delta").partitionBy("number").save(folder + "/words")
    from delta.tables import DeltaTable
    table = DeltaTable.forPath(spark, folder + "/words").alias("table")
    table.merge(words.alias("new"), "table.word = new.word").whenNotMatchedInsertAll().execute()
    found = spark.read.format("delta").load(folder + "/words")
    found.join(found, "word").groupBy("word").agg(f.count("*"), f.collect_set("word")).orderBy("word").collect()
"""


def main() -> None:
    """Makes the file; without it jobs run as well, and start later."""
    CLASSES.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "usual_work.py"
        script.write_text(USUAL_WORK, encoding="utf-8")
        environment = os.environ | {
            "SPARK_CONF_DIR": str(HOME / "conf"),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_SUBMIT_ARGS": shlex.join(
                ["--master", "local[2]", "--properties-file", str(DEFAULTS), "pyspark-shell"]
            ),
            "NEWSLABEL_JAVA_CLASSES": f'"-XX:ArchiveClassesAtExit={CLASSES}"',
        }
        done = subprocess.run(
            [sys.executable, script, folder], env=environment, capture_output=True, text=True, check=False
        )
    if not CLASSES.exists():
        print(f"Java kept no classes, so Spark starts as slowly as ever:\n{done.stderr[-2000:]}", file=sys.stderr)


if __name__ == "__main__":
    main()
