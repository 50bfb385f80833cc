"""The UDF in anybody's Spark job and SQL."""

import os
from pathlib import Path

import pytest
from pyspark.errors import PythonException
from pyspark.sql import functions as f

from newslabel import label_udf
from newslabel.errors import BundleError, SettingsError
from newslabel.score.udf import label_batch

ROWS = [(1, "Hoax!", "the weather"), (2, None, "OFFICIAL"), (3, "the", None), (4, "Zebra", "zebra")]
LABELS = [
    (1, "FAKE", 0.982, None, 2, 0.0, None),
    (2, "REAL", 0.018, None, 1, 0.0, None),
    (3, "UNSURE", None, "empty_after_cleaning", 0, 0.0, None),
    (4, "UNSURE", None, "no_known_words", 2, 1.0, None),
]


@pytest.fixture
def articles(spark):
    return spark.createDataFrame(ROWS, "id int, title string, text string")


def test_a_data_frame_is_labelled_by_one_call(articles, make_bundle, kernels) -> None:
    labelled = articles.withColumn("label", label_udf(make_bundle(), str(kernels))("title", "text"))
    assert sorted(map(tuple, labelled.select("id", "label.*").collect())) == LABELS


def test_it_tells_why_where_it_is_asked_to(articles, make_bundle, kernels) -> None:
    labelled = articles.withColumn("label", label_udf(make_bundle(), str(kernels), explain=2)("title", "text"))
    assert sorted(map(tuple, labelled.select("id", "label.why").collect())) == [
        (1, '[{"word": "Hoax!", "weight": 4.0}]'),
        (2, '[{"word": "OFFICIAL", "weight": -4.0}]'),
        (3, None),
        (4, None),
    ]


def test_its_fields_are_computed_together(articles, make_bundle, kernels) -> None:
    labelled = articles.withColumn("label", label_udf(make_bundle(), str(kernels))("title", "text"))
    plan = labelled.select("label.label", "label.probability", "label.reason")._jdf.queryExecution().toString()
    executed = plan[plan.index("== Physical Plan ==") :]
    assert executed.count("label_article(") == 1


def test_sql_knows_it_once_it_is_registered(spark, articles, make_bundle, kernels) -> None:
    spark.udf.register("label_article", label_udf(make_bundle(), str(kernels)))
    articles.createOrReplaceTempView("some_articles")
    found = spark.sql("SELECT id, l.* FROM (SELECT id, label_article(title, text) AS l FROM some_articles)").collect()
    assert sorted(map(tuple, found)) == LABELS


def test_a_recipe_that_reads_authors_takes_them_as_a_third_column(spark, make_bundle, kernels) -> None:
    bundle = make_bundle(clean={"fields": ["author", "text"]})
    row = spark.createDataFrame([("official", "hoax", None)], "title string, author string, text string")
    label = label_udf(bundle, str(kernels))("title", "text", "author")
    assert row.select(label.label).first()[0] == "FAKE"


def test_many_batches_and_partitions_are_labelled_as_one_would_be(spark, make_bundle, kernels) -> None:
    many = spark.range(5000).select(
        f.when(f.col("id") % 3 == 0, "hoax").otherwise("official").alias("title"),
        f.lit(None).cast("string").alias("text"),
    )
    label = label_udf(make_bundle(), str(kernels))("title", "text")
    counts = many.repartition(2).groupBy(label.getField("label").alias("label")).count().collect()
    assert sorted(map(tuple, counts)) == [("FAKE", 1667), ("REAL", 3333)]


def test_columns_that_are_no_texts_are_refused_and_one_of_nulls_is_none(spark, articles, make_bundle, kernels) -> None:
    label = label_udf(make_bundle(), str(kernels))
    with pytest.raises(PythonException, match="title must be an array of texts: it holds int64"):
        spark.range(1).select(label("id", f.lit("hoax"))).collect()
    assert articles.limit(1).select(label("title", "text", f.lit(None)).getField("label")).first()[0] == "FAKE"


def test_a_relative_place_is_that_of_the_driver(articles, make_bundle, kernels, monkeypatch) -> None:
    bundle = Path(make_bundle())
    monkeypatch.chdir(bundle.parent)
    label = label_udf(os.curdir + "/" + bundle.name, str(kernels))
    assert articles.limit(1).select(label("title", "text").getField("label")).first()[0] == "FAKE"


def test_a_bundle_that_is_not_there_is_an_error_on_the_driver(tmp_path) -> None:
    with pytest.raises(BundleError, match=r"not a bundle: there is no manifest.json. Received: .*nowhere"):
        label_udf(str(tmp_path / "nowhere"))


def test_more_words_than_are_told_are_an_error_on_the_driver() -> None:
    with pytest.raises(SettingsError, match=r"explain must be a number of words, 0 to 50\. Received: 51"):
        label_udf("anywhere", explain=51)


def test_a_worker_refuses_another_bundle_than_the_job_began_with(make_bundle, kernels) -> None:
    with pytest.raises(BundleError, match=r"another bundle than the job began with, 0123456789ab. Received: \w{12}"):
        label_batch(make_bundle(), "0123456789ab", str(kernels), ())
