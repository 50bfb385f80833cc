from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pyspark.sql import SparkSession

from newslabel.schemas import REJECTED
from newslabel.table_making import create_table
from newslabel.tables import read_table


def test_a_table_made_by_four_at_once_is_there_for_all(spark: SparkSession, tmp_path: Path):
    for name in ("first", "second", "third"):
        path = str(tmp_path / name)
        with ThreadPoolExecutor(4) as pool:
            made = [pool.submit(create_table, spark, path, REJECTED) for _ in range(4)]
        assert [each.exception() for each in made] == [None] * 4
        assert read_table(spark, path, REJECTED).count() == 0
