"""The Spark session of a job: Delta, UTC, and commits that say who made them."""

import hashlib
import json
import logging
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING

from newslabel.errors import NewslabelError, TransientError
from newslabel.logs import log_event, run_id
from newslabel.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# What correctness needs; what taste and size need stands in conf/spark-defaults.conf.
NEEDED: Mapping[str, str] = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # deletion vectors would keep DuckDB and delta-rs from reading the tables
    "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",
}


@contextmanager
def spark_session(settings: Settings, *, job: str) -> Iterator["SparkSession"]:
    """A Spark session that is stopped at the end, however the end comes.

    Args:
        settings: of the corpus; their hash stands in every commit.
        job: the job's name, shown in Spark's UI and in every commit.

    Raises:
        TransientError: Spark does not start.
    """
    import pyspark.errors
    from py4j.protocol import Py4JError
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName(f"newslabel {job}")
    metadata = {COMMIT_METADATA: commit_metadata(settings, job=job)}
    for key, value in {**NEEDED, **metadata, **_of_settings(settings)}.items():
        builder = builder.config(key, value)
    try:
        spark = builder.getOrCreate()
    except (Py4JError, pyspark.errors.PySparkException, RuntimeError) as error:
        raise TransientError(f"Spark did not start: {str(error).splitlines()[0]}") from error
    log_event("spark_started", job=job, master=spark.sparkContext.master, python=sys.version.split()[0])
    with _stopped_at_the_end(spark):
        yield spark


@contextmanager
def _stopped_at_the_end(spark: "SparkSession") -> Iterator[None]:
    """Stops Spark; on Ctrl-C without the tracebacks that Py4J and tasks torn from their work would print."""
    from py4j.protocol import Py4JError

    # PySpark's own handler calls the JVM from amid the call that it interrupts, which Py4J cannot do
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Py4J logs the call that was interrupted, in part to the root logger; what it raises says as much
    logging.getLogger("py4j").setLevel(logging.CRITICAL)
    logging.getLogger().addFilter(lambda record: record.module != "java_gateway")
    try:
        yield
    except (KeyboardInterrupt, Py4JError, ConnectionError, NewslabelError) as error:
        interruption = _interruption(error)
        if interruption is None:
            raise
        with suppress(Py4JError, ConnectionError):
            spark.sparkContext.setLogLevel("OFF")
            spark.sparkContext.cancelAllJobs()
        raise KeyboardInterrupt(*interruption.args) from error
    finally:
        with suppress(Py4JError, ConnectionError):  # a JVM that is gone need not be stopped
            spark.stop()


def _interruption(error: BaseException | None) -> KeyboardInterrupt | None:
    """The Ctrl-C that an error began with: PySpark tidies up after a call, and that may fail in its turn."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error


COMMIT_METADATA = "spark.databricks.delta.commitInfo.userMetadata"


def commit_metadata(settings: Settings, *, job: str) -> str:
    """What DESCRIBE HISTORY shows of a commit, as JSON: run_id, job, package version, hash of the settings."""
    settings_hash = hashlib.sha256(settings.model_dump_json().encode()).hexdigest()[:12]
    return json.dumps({"run_id": run_id(), "job": job, "version": version("newslabel"), "settings": settings_hash})


def _of_settings(settings: Settings) -> dict[str, str]:
    return {
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(settings.score.batch_size),
        "spark.sql.execution.arrow.maxBytesPerBatch": str(settings.score.bytes_per_batch),
        # else Spark leaves a spark-warehouse folder wherever it was started
        "spark.sql.warehouse.dir": f"{settings.score.cache}/warehouse",
    }
