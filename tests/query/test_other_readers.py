"""Tables that Spark wrote, with their constraints and partitions, read by Spark SQL, DuckDB and pandas."""

import json
from datetime import UTC, date, datetime

import pytest
from deltalake import DeltaTable

from newslabel.query import current_labels_sql
from newslabel.schemas import ARTICLES, LABELS
from newslabel.table_making import create_table
from newslabel.tables import read_table, replace_partition, table_path

DAY = date(2026, 11, 20)
NEWER = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WANTED = [("b/2", 0.25, "A title"), ("c", None, None)]


@pytest.fixture
def written(spark, settings) -> None:
    for day, rows in (
        (DAY, [("b/1", 0.75, "Its first title")]),
        (NEWER, [("b/2", 0.25, "A title"), ("c", None, None)]),
    ):
        common = {"crawl_date": day, "scored_at": NOON, "ingested_at": NOON, "position": 1, "n_tokens": 2}
        common |= {"unknown_share": 0.0, "content_hash": "c", "file": "f", "batch_id": "b", "recipe": "r"}
        common |= {"model_version": "1", "run_id": "r"}
        for contract in (ARTICLES, LABELS):
            values = [
                common
                | {"article_id": article, "story_id": article[0], "probability": probability, "title": title}
                | {"reason": None if probability else "empty_after_cleaning"}
                | {"label": None if contract is ARTICLES else "UNSURE" if probability is None else "REAL"}
                for article, probability, title in rows
            ]
            data = [tuple(row.get(name) for name in contract.column_names) for row in values]
            frame = spark.createDataFrame(data, contract.spark_schema())
            path = table_path(settings, contract)
            create_table(spark, path, contract)
            replace_partition(frame, path=path, contract=contract, partition={"crawl_date": day})


def test_current_labels_are_the_same_rows_in_spark_and_in_duckdb(spark, settings, written, ask) -> None:
    for contract in (ARTICLES, LABELS):
        read_table(spark, table_path(settings, contract), contract).createOrReplaceTempView(contract.name)
    by_spark = spark.sql(current_labels_sql()).orderBy("article_id").collect()
    by_duckdb = [
        json.loads(line) for line in ask(sql="FROM current_labels ORDER BY article_id", output="json").splitlines()
    ]
    assert [(row.article_id, row.probability, row.title) for row in by_spark] == WANTED
    assert [(row["article_id"], row["probability"], row["title"]) for row in by_duckdb] == WANTED
    assert [list(row.asDict()) for row in by_spark] == [list(row) for row in by_duckdb]


def test_pandas_reads_the_labels_by_delta_rs(settings, written) -> None:
    labels = DeltaTable(table_path(settings, LABELS)).to_pandas(filters=[("crawl_date", "=", NEWER)])
    assert sorted(labels["article_id"]) == ["b/2", "c"]
    assert labels["scored_at"].dt.tz is not None
