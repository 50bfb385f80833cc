"""score_articles labels many times as fast as Keras' predict in a pandas UDF, and faster than Spark ML's linear model.

Whole jobs on one core, Delta in, Delta out: ours with all its checks and a commit a date, the others as tutorials have
them, by the same network on the same words (but Spark ML, a linear model on words of its own). `cold_s` is a first run
over 20,000 articles, Spark's start included; steady is what an article more takes. Spark NLP is not among them: its
newest release on Maven Central, 5.5.3, is for Scala 2.12, and this Spark is built with 2.13. Ours runs with Java's
quick compiler alone, as spark-submit.sh starts it; Spark ML's steady rate fell to a quarter with it and the serial
collector (by hand), so that the others have Java's defaults.
"""

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from clean_case import CHECKOUT
from clean_spark import one_core_session
from clean_twins import PlainPython
from lstm_case import LONGEST
from measure import Bench, Case, Figures, run_bench, wall_seconds_of
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import IDF, HashingTF, RegexTokenizer, StopWordsRemover
from pyspark.ml.functions import predict_batch_udf, vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.pandas.functions import pandas_udf
from score_job import (
    DAYS,
    LARGE_DAY,
    QUICK_COMPILER,
    REPEATS,
    Job,
    articles_of,
    figures_of,
    overrides_of,
    prepare,
    start_ours,
)
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from newslabel.models.bundle import Bundle, load_bundle

Labels = Callable[[DataFrame], DataFrame]
ROWS_A_BATCH = 512
FITTED = "fitted"


def ours(case: Case) -> Figures:
    cold_s = wall_seconds_of(lambda: _submitted(case))
    figures = figures_of(
        case, start_ours(case), many=LARGE_DAY, repeats=REPEATS, cold_s=cold_s, java_options=QUICK_COMPILER
    )
    return {**figures, "mean_probability": _mean(case, "tables/labels")}


def _submitted(case: Case) -> None:
    """The job as a scheduler starts it."""
    options = [word for override in overrides_of(case) for word in ("--set", override)]
    days = ["--from", str(DAYS[0]), "--to", str(DAYS[-1])]
    command = [str(CHECKOUT / "spark-submit.sh"), "--master", "local[1]", "score_articles", "--force", *days, *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)


def by_peer(
    case: Case, make: Callable[[Case, SparkSession], Labels], *, many: date = DAYS[1], repeats: int = 1
) -> Figures:
    """A DataFrame of articles in, one of probabilities out, which is written by Delta's own means."""

    def start(spark: SparkSession) -> Job:
        spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(ROWS_A_BATCH))
        labels = make(case, spark)

        def job(days: Sequence[date]) -> None:
            labelled = labels(articles_of(case, spark, days)).select("article_id", "crawl_date", "probability")
            labelled.write.format("delta").mode("overwrite").partitionBy("crawl_date").save(str(case.folder / "peer"))

        return job

    return figures_of(case, start, many=many, repeats=repeats)


def neural(case: Case, make: Callable[[Case, SparkSession], Labels]) -> Figures:
    return {**by_peer(case, make), "mean_probability": _mean(case, "peer")}


def keras_predict(case: Case, spark: SparkSession) -> Labels:
    del spark
    place = _bundle_of(case)

    def predicted(batches: Iterator[tuple[pd.Series, pd.Series]]) -> Iterator[pd.Series]:
        encode, model = _reader(place)
        for titles, texts in batches:
            yield pd.Series(model.predict(encode(titles, texts), verbose=0)[:, 1].astype(np.float64))

    predict = pandas_udf(predicted, "double")  # type: ignore[call-overload]  # PySpark's stub lacks such batches
    return lambda articles: articles.withColumn("probability", predict("title", "text"))


def by_predict_batch(case: Case, spark: SparkSession) -> Labels:
    del spark
    place = _bundle_of(case)

    def make_predict() -> Any:
        encode, model = _reader(place)
        return lambda titles, texts: np.asarray(model.predict_on_batch(encode(titles, texts)))[:, 1].astype(np.float64)

    from pyspark.sql.types import DoubleType

    predict = predict_batch_udf(make_predict, return_type=DoubleType(), batch_size=256)
    return lambda articles: articles.withColumn("probability", predict("title", "text"))


def spark_ml(case: Case, spark: SparkSession) -> Labels:
    del spark
    fitted = PipelineModel.load(str(case.folder / FITTED))
    return lambda articles: (
        fitted.transform(_with_all(articles).drop("label"))
        .withColumn("probability", vector_to_array(f.col("probability"))[1])
        .select("article_id", "crawl_date", "probability")
    )


def fit_spark_ml(case: Case) -> None:
    with one_core_session(case.folder) as spark:
        stages: list[Any] = [
            RegexTokenizer(inputCol="all", outputCol="words", pattern=r"[^\p{L}\p{N}]+"),
            StopWordsRemover(inputCol="words", outputCol="left", stopWords=sorted(ENGLISH_STOP_WORDS)),
            HashingTF(inputCol="left", outputCol="counts", numFeatures=1 << 18),
            IDF(inputCol="counts", outputCol="features"),
            LogisticRegression(maxIter=10, regParam=0.01),
        ]
        articles = _with_all(articles_of(case, spark, DAYS)).limit(2_000)
        fitted = Pipeline(stages=stages).fit(articles.withColumn("label", (f.col("label") == "FAKE").cast("double")))
        fitted.save(str(case.folder / FITTED))


def prepare_all(case: Case) -> None:
    prepare(case, with_large_day=not case.quick)
    if not case.quick:
        fit_spark_ml(case)


def _with_all(articles: DataFrame) -> DataFrame:
    return articles.withColumn("all", f.concat_ws(" ", "title", "text"))


def _bundle_of(case: Case) -> str:
    [place] = (case.folder / "models").iterdir()
    return str(place)


def _reader(place: str) -> tuple[Callable[[Any, Any], np.ndarray], Any]:
    """In a worker: from titles and texts to ids padded to the greatest length, and the network."""
    os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    bundle: Bundle = load_bundle(place)
    python = PlainPython(bundle.recipe, bundle.vocabulary.words.to_pylist(), bundle.stop_words)

    def encode(titles: Any, texts: Any) -> np.ndarray:
        ids = np.zeros((len(titles), LONGEST), np.int32)
        for row, (title, text) in enumerate(zip(titles, texts, strict=True)):
            words = python.encoded(title, text)[0]
            ids[row, : len(words)] = words
        return ids

    return encode, bundle.keras_model()


def _mean(case: Case, table: str) -> float:
    from deltalake import DeltaTable

    labels = DeltaTable(case.folder / table).to_pyarrow_table(
        filters=[("crawl_date", "=", DAYS[1])], columns=["probability"]
    )
    probabilities = labels["probability"]
    return float(np.nanmean(probabilities.to_numpy()))


if __name__ == "__main__":
    ways: dict[str, Callable[[Case], Figures]] = {
        "score_articles": ours,
        "Keras' predict in a pandas UDF": partial(neural, make=keras_predict),
        "predict_batch_udf": partial(neural, make=by_predict_batch),
        "Spark ML, TF-IDF and a regression": partial(by_peer, make=spark_ml, many=LARGE_DAY, repeats=REPEATS),
    }
    quick_ways = ("predict_batch_udf",)  # score_scale.py runs ours
    run_bench(
        Bench(str(__doc__), ways, compared="us_an_article", prepare=prepare_all, apart=True, quick_ways=quick_ways)
    )
