"""Labelling that is killed: what is there in the end is what an undisturbed run makes."""

import shutil
import subprocess
import sys
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import psutil
import pytest
from by_hand import append_articles, write_bundle
from deltalake import DeltaTable

from newslabel.models import Registry
from newslabel.schemas import ARTICLES, DRIFT, LABELS, TableContract
from newslabel.score import score_articles
from newslabel.table_making import create_table
from newslabel.tables import table_path

CHECKOUT = Path(__file__).resolve().parents[2]
FIRST_DAY = date(2026, 11, 20)
DAYS, ARTICLES_A_DAY = 3, 1500


@pytest.fixture
def promote(settings, empty_registry, tmp_path):
    """Makes another version MLflow's champion, of the same weights."""
    shutil.copy(empty_registry, tmp_path / "mlflow.db")
    registry = Registry(settings)
    bundle = write_bundle(tmp_path / "bundle")

    def make_champion() -> None:
        version = registry.record(
            bundle_uri=bundle, recipe="by_hand", params={}, metrics={"test_accuracy": 0.9}, epochs=[], tags={}
        )
        registry.make_champion(version, {})

    return make_champion


@pytest.fixture
def job(spark, settings, kernels, promote):
    """Starts score_articles over three days of articles."""
    promote()
    articles = table_path(settings, ARTICLES)
    create_table(spark, articles, ARTICLES)
    days = [FIRST_DAY + timedelta(day) for day in range(DAYS)]
    texts = ("hoax " * 300, "official weather", "the", "zebra hoax")
    rows = [(f"{day}-{number}", day, None, texts[number % 4]) for day in days for number in range(ARTICLES_A_DAY)]
    append_articles(Path(articles), rows)

    def start(*options: str) -> subprocess.Popen[str]:
        places = {
            "tables.root": settings.tables.root,
            "models.tracking_uri": settings.models.tracking_uri,
            "score.cache": kernels,
            "score.batch_size": 100,
        }
        overrides = [part for name, value in places.items() for part in ("--set", f"{name}={value}")]
        command = [sys.executable, str(CHECKOUT / "jobs" / "score_articles.py"), *options, *overrides]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    return start


def until(job: subprocess.Popen[str], event: str) -> None:
    """Reads what the job says until it says that."""
    said = []
    for line in job.stderr:
        said.append(line)
        if f"event={event} " in line:
            return
    raise AssertionError("".join(said))


def processes_of(job: subprocess.Popen[str]) -> list[psutil.Process]:
    process = psutil.Process(job.pid)
    return [process, *process.children(recursive=True)]


def workers_of(job: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes in which Spark runs Python, once there are some."""
    while job.poll() is None:
        workers = [each for each in processes_of(job) if "pyspark.daemon" in _command_of(each)]
        if len(workers) > 1:  # the daemon, and those that it has started
            return workers
    raise AssertionError(job.stderr.read())


def _command_of(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def killed(processes: list[psutil.Process]) -> None:
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            each.kill()


def ended(job: subprocess.Popen[str]) -> int:
    """The exit code, once it has ended; what it said is shown where a test fails."""
    with job:
        sys.stderr.write(job.stderr.read())
    return job.returncode


def labels_in(root: Path) -> list[dict]:
    return rows_in(root, LABELS, but={"scored_at", "run_id"})


def drift_in(root: Path) -> list[dict]:
    return rows_in(root, DRIFT, but={"scored_at", "run_id", "computed_at"})


def rows_in(root: Path, contract: TableContract, but: set[str]) -> list[dict]:
    columns = [name for name in contract.column_names if name not in but]
    return sorted(DeltaTable(root / contract.name).to_pyarrow_table(columns=columns).to_pylist(), key=repr)


def test_jobs_killed_here_and_there_and_two_at_once_leave_what_an_undisturbed_one_makes(
    spark, settings, kernels, job, promote, tmp_path
) -> None:
    root = Path(settings.tables.root)
    undisturbed = shutil.copytree(root, tmp_path / "undisturbed")
    places = {"tables": {"root": str(undisturbed)}, "score": {"cache": str(kernels)}}
    score_articles(spark, settings.model_validate(settings.model_dump() | places))

    run = job()
    until(run, "partition_labelled")  # the first of three
    killed(processes_of(run))  # driver, JVM and workers, all at once
    assert ended(run) == -9
    assert 0 < len(labels_in(root)) < DAYS * ARTICLES_A_DAY

    run = job()
    until(run, "partitions_due")
    killed(workers_of(run))
    assert ended(run) in {0, 75}  # Spark may have another worker do it

    run = job()
    while len(labels_in(root)) < DAYS * ARTICLES_A_DAY:
        until(run, "partition_labelled")
    killed(processes_of(run))  # all is labelled, and how far it drifted is not told
    assert ended(run) == -9

    for day in range(2):  # so that there is something to race for
        DeltaTable(root / "labels").delete(f"crawl_date = '{FIRST_DAY + timedelta(day)}'")
    at_once = [job(), job()]
    assert [ended(each) for each in at_once] == [0, 0]
    assert labels_in(root) == labels_in(undisturbed)
    assert len(labels_in(root)) == DAYS * ARTICLES_A_DAY
    assert drift_in(root) == drift_in(undisturbed)
    assert len({row["crawl_date"] for row in drift_in(root)}) == DAYS

    promote()
    run = job("--rescore")
    until(run, "partition_labelled")
    killed(processes_of(run))
    assert ended(run) == -9
    assert {row["model_version"] for row in labels_in(root)} == {"1", "2"}
    assert ended(job("--rescore")) == 0
    assert {row["model_version"] for row in labels_in(root)} == {"2"}
    anew, before = ([row | {"model_version": None} for row in labels_in(each)] for each in (root, undisturbed))
    assert anew == before

    DeltaTable(root / "labels").delete()
    slow = job()
    until(slow, "partitions_due")  # it is at the first date, by version 2
    promote()
    assert [ended(each) for each in (job(), slow)] == [0, 0]
    assert {row["model_version"] for row in labels_in(root)} == {"3"}
    assert [row | {"model_version": None} for row in labels_in(root)] == before
