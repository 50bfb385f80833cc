"""What all tests share: one quiet Spark session, and settings whose places are the test's own."""

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from pyspark.sql import SparkSession

from newslabel.configure import load_settings
from newslabel.ranks.launcher import run_on_horovod
from newslabel.session import spark_session
from newslabel.settings import Settings

# the machine is shared: how long an example takes says nothing
hypothesis_settings.register_profile("newslabel", deadline=None)
hypothesis_settings.load_profile("newslabel")

CHECKOUT = Path(__file__).resolve().parent.parent

# A few rows are worth neither compiled plans nor plans that are made anew amid the query.
FEW_ROWS = (
    *("--conf", "spark.sql.adaptive.enabled=false"),
    *("--conf", "spark.sql.codegen.wholeStage=false"),
    *("--conf", "spark.sql.codegen.factoryMode=NO_CODEGEN"),
)
# for the shared session, and for jobs that tests start as processes; spark-submit.sh takes no notice of it
os.environ["PYSPARK_PYTHON"] = sys.executable
os.environ["SPARK_CONF_DIR"] = str(CHECKOUT / "conf")
os.environ["NEWSLABEL_JAVA_CLASSES"] = f'"-XX:SharedArchiveFile={CHECKOUT}/.venv/spark.jsa" -Xlog:cds*=off'
DEFAULTS = str(CHECKOUT / "conf" / "spark-defaults.conf")
TWO_PARTITIONS = ("--conf", "spark.sql.shuffle.partitions=2")
os.environ["PYSPARK_SUBMIT_ARGS"] = shlex.join(
    ["--master", "local[2]", "--properties-file", DEFAULTS, *TWO_PARTITIONS, *FEW_ROWS, "pyspark-shell"]
)
# Spark's launcher hands this to every JVM. Those of jobs live for seconds: the thorough compiler and the parallel
# collector would cost them more than they give, and so would compiled plans.
OF_JOBS = f"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC {' '.join(f'-D{each}' for each in FEW_ROWS[1::2])}"
os.environ["SPARK_SUBMIT_OPTS"] = OF_JOBS

# the files that take minutes: where several processes share the tests, nobody shall wait for these at the end
LONGEST = ("real/test_night.py", "real/test_ingest_real.py", "door/test_readme.py", "demo/test_night.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {CHECKOUT / "tests" / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path, len(LONGEST)))


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    os.environ["SPARK_SUBMIT_OPTS"] = "-XX:+UseSerialGC"  # this JVM lives for many tests: thorough compiling pays
    with spark_session(Settings(), job="tests") as session:
        os.environ["SPARK_SUBMIT_OPTS"] = OF_JOBS
        session.sparkContext.setLogLevel("ERROR")
        yield session


@pytest.fixture(scope="session")
def on_ranks(spark) -> Callable[..., list[Any]]:
    """Runs a function in real ranks; one defined inside a test travels whole."""

    def run(function: Callable[..., Any], arguments: Sequence[Any] = (), *, workers: int = 2) -> list[Any]:
        return run_on_horovod(
            spark, function, arguments, workers=workers, start_timeout_s=60, while_waiting=lambda: None
        )

    return run


@pytest.fixture(scope="session")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of compiled code that lives through the tests, of all processes that share them."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "kernels"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(
        CHECKOUT / "conf" / "newslabel.toml",
        overrides=[
            f"tables.root={tmp_path / 'tables'}",
            f"models.root={tmp_path / 'models'}",
            f"models.tracking_uri=sqlite:///{tmp_path / 'mlflow.db'}",
            f"score.cache={tmp_path / 'cache'}",
        ],
        environ={},
    )


@pytest.fixture(scope="session")
def empty_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's database with nothing in it, to be copied: MLflow takes seconds to make one."""
    from newslabel.models import Registry

    file = tmp_path_factory.mktemp("registry") / "mlflow.db"
    Registry(load_settings(None, overrides=[f"models.tracking_uri=sqlite:///{file}"], environ={})).check()
    return file
