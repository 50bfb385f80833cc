from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pyspark.sql import SparkSession

from newslabel.ingest import progress


def test_the_tasks_that_spark_has_done_are_shown_and_the_job_group_ends(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
):
    shown = []

    @contextmanager
    def recorded(description: str, total: int) -> Iterator[Callable[[int], None]]:
        shown.append((description, total))
        yield shown.append

    monkeypatch.setattr(progress, "progress", recorded)
    with progress.tasks_shown(spark, "reading files", 3):
        spark.range(0, 3, 1, 3).foreach(lambda _: None)
    assert shown[0] == ("reading files", 3)
    assert sum(shown[1:]) == 3
    assert spark.sparkContext.getLocalProperty("spark.jobGroup.id") is None
