"""The door that spark-submit.sh opens: finds the job, prepares its environment and becomes it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from arguments import CommandLine, UsageError, did_you_mean, take_apart
from environment import job_environment, spark_home, submit_options
from jobs import find_jobs, starts_spark, summary
from properties import spark_properties

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HOME = Path(__file__).resolve().parents[2]
CONF_DIR = Path(os.environ.get("SPARK_CONF_DIR") or HOME / "conf")
WRONG_USE = 2


def main(words: Sequence[str]) -> None:
    """Becomes the job that the words name, or lists the jobs, or says what is wrong with the words."""
    try:
        line = take_apart(words)
    except UsageError as error:
        refuse(str(error))
    if not words or line.has("--help", "-h"):
        list_jobs()
    elif line.has("--version", "--status", "--kill"):
        become_spark_submit(line)
    elif line.job is None:
        refuse("No job is named.")
    else:
        become_job(line, line.job)


def become_job(line: CommandLine, name: str) -> NoReturn:
    """Goes on as the job's Python in this very process, so that signals and exit codes need no passing on."""
    jobs = find_jobs(HOME)
    if name not in jobs:
        refuse(f"There is no job {name}.{did_you_mean(name, jobs)}")
    job = [str(jobs[name]), *line.job_options]
    if line.spark and not starts_spark(jobs[name], HOME / "lib"):
        print(f"{name} starts no Spark: the options before it have no effect.", file=sys.stderr)
    elif properties_of(line).get("spark.submit.deployMode") == "cluster":
        # the job's Python is to run on the cluster, where spark-submit alone can bring it
        become_spark_submit(line, *job)
    python = str(HOME / ".venv" / "bin" / "python")
    os.execve(python, [python, *job], environment_of(line))  # noqa: S606 - no shell is wanted


def become_spark_submit(line: CommandLine, *job: str) -> NoReturn:
    """Goes on as spark-submit itself."""
    program = str(spark_home(HOME) / "bin" / "spark-submit")
    words = [program, *submit_options(line, properties_of(line), home=HOME), *job]
    os.execve(program, words, environment_of(line))  # noqa: S606 - no shell is wanted


def properties_of(line: CommandLine) -> Mapping[str, str]:
    """Spark's properties in force."""
    return spark_properties(line, CONF_DIR)


def environment_of(line: CommandLine) -> dict[str, str]:
    """The environment that a job, or spark-submit, is given."""
    return job_environment(line, properties_of(line), home=HOME, conf_dir=CONF_DIR, environ=os.environ)


def list_jobs() -> None:
    """Prints how to run a job, and every job with the first line of its docstring."""
    jobs = find_jobs(HOME)
    width = max(map(len, jobs), default=0)
    print("Usage: ./spark-submit.sh [spark-submit options] JOB [job options]\n\nJobs:")
    for name, script in jobs.items():
        print(f"  {name:<{width}}  {summary(script)}")
    print("\n./spark-submit.sh JOB --help tells a job's options. What stands before JOB goes to spark-submit")
    print("(--master, --num-executors, --conf …); with no --master a job has all cores of this machine: local[*].")


def refuse(message: str) -> NoReturn:
    """Ends with what is wrong and where help is."""
    print(f"{message} ./spark-submit.sh --help lists the jobs.", file=sys.stderr)
    sys.exit(WRONG_USE)


if __name__ == "__main__":
    main(sys.argv[1:])
