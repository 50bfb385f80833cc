"""What a job's process finds in its environment, so that the Spark it may start is this checkout's.

Python stands in front and starts Spark's JVM as its child (PySpark does so, through spark-submit, with the options in
PYSPARK_SUBMIT_ARGS), where plain spark-submit would start the JVM, and that Python. So the job keeps the terminal, has
standard error apart from standard output, gets Ctrl-C and gives its own exit code; a job that needs no Spark starts
none; and the JVM ends with the job however that ends, as its standard input closes.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from arguments import CommandLine

JAVA_CLASSES = "NEWSLABEL_JAVA_CLASSES"  # which conf/spark-env.sh reads
# Java does little in these jobs but pass rows on, to Python and back, and begins every one anew: its thorough compiler
# costs more than it gives: 20,000 articles were labelled in 28 s in place of 43 on one core, Spark's start included.
QUICKLY_COMPILED = ("score_articles",)
QUICK_COMPILER = "-XX:TieredStopAtLevel=1"
DELTA_JARS = ("io.delta_*.jar", "io.unitycatalog_*.jar")


def job_environment(
    line: CommandLine, properties: Mapping[str, str], *, home: Path, conf_dir: Path, environ: Mapping[str, str]
) -> dict[str, str]:
    """The caller's environment with what Spark needs; what the user has chosen for Spark stays.

    Args:
        line: the command line, whose spark-submit options count.
        properties: Spark's properties in force.
        home: the checkout.
        conf_dir: Spark's configuration folder.
        environ: the caller's environment.
    """
    python = str(home / ".venv" / "bin" / "python")
    # SPARK_HOME may name another Spark on this machine, which must not be mixed with the one in .venv
    result = {key: value for key, value in environ.items() if key not in {"SPARK_HOME", JAVA_CLASSES}}
    # as spark-submit does it: driver and workers must hash strings alike
    result.setdefault("PYTHONHASHSEED", "0")
    result |= {"SPARK_CONF_DIR": str(conf_dir), "PYSPARK_DRIVER_PYTHON": python, "PYSPARK_PYTHON": python}
    if is_local(properties):
        # all talk stays inside this machine: no name of its own to look up, no port open to a network
        result.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        if line.job in QUICKLY_COMPILED:
            # of two such options Java takes the last
            result["SPARK_SUBMIT_OPTS"] = f"{QUICK_COMPILER} {environ.get('SPARK_SUBMIT_OPTS', '')}".rstrip()
    else:
        # executors elsewhere may have their Python elsewhere
        result["PYSPARK_PYTHON"] = properties.get("spark.pyspark.python") or environ.get("PYSPARK_PYTHON") or python
    options = submit_options(line, properties, home=home)
    if is_local(properties) and conf_dir == home / "conf" and not (line.has("--properties-file") or has_more(conf_dir)):
        result[JAVA_CLASSES] = kept_classes(home)
        # conf/ is then not where Spark looks for it
        options += ["--properties-file", str(conf_dir / "spark-defaults.conf")]
    result["PYSPARK_SUBMIT_ARGS"] = shlex.join([*options, "pyspark-shell"])
    return result


def has_more(conf_dir: Path) -> bool:
    """Whether somebody put files for Hadoop or Spark's metrics there, which these find by Java's class path alone."""
    return any(conf_dir.glob("*.xml")) or (conf_dir / "metrics.properties").exists()


def kept_classes(home: Path) -> str:
    """Java's options for the classes that make setup keeps; it says nothing where it, or a jar, is another by now."""
    return f'"-XX:SharedArchiveFile={home}/.venv/spark.jsa" -Xlog:cds*=off'


def submit_options(line: CommandLine, properties: Mapping[str, str], *, home: Path) -> list[str]:
    """The user's spark-submit options, and what they leave open."""
    options = [word for pair in line.spark for word in pair if word is not None]
    if not line.has("--master", "--remote"):
        options += ["--master", properties["spark.master"]]
    if line.has("--properties-file"):
        # the user's file wins over conf/spark-defaults.conf, instead of replacing it
        options += ["--load-spark-defaults"]
    if not is_local(properties):
        # executors elsewhere have Spark's jars but not Delta's; of two --jars the last one alone counts
        options += ["--jars", ",".join(filter(None, [properties.get("spark.jars"), *delta_jars(home)]))]
    return options


def is_local(properties: Mapping[str, str]) -> bool:
    """Whether the executors are processes of this machine."""
    return properties["spark.master"].startswith("local")


def delta_jars(home: Path) -> list[str]:
    """The Delta jars that make setup put beside Spark's own."""
    return [str(jar) for pattern in DELTA_JARS for jar in sorted((spark_home(home) / "jars").glob(pattern))]


def spark_home(home: Path) -> Path:
    """The Spark of .venv: PySpark carries a whole one."""
    return next((home / ".venv" / "lib").glob("python3.*/site-packages/pyspark"))
