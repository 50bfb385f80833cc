"""An article costs score_articles the same among 20,000 and among 500,000, and a worker holds as much memory.

Nor does it hold much more for articles of the largest size that ingestion admits. On one core; what a run costs
whatever it finds is what one costs that finds forty articles, and taken off.
"""

from collections.abc import Callable

import pyarrow as pa
from clean_spark import one_core_session, worker_pids
from measure import Bench, Case, Figures, private_mib_watched, run_bench, wall_seconds_of
from pyspark.sql import SparkSession
from score_job import COUNT, QUICK_COMPILER, QUICK_COUNT, made_articles, prepare, settings_of, write_articles

from newslabel.score import ScoreRequest, score_articles

FEW, LARGE, GIANT = "few", "large", "giant"
TIMES = 25  # as many articles
GIANTS = 400


def articles_in(tables: str, count: int) -> Callable[[Case], Figures]:
    def figures(case: Case) -> Figures:
        with one_core_session(case.folder, java_options=QUICK_COMPILER) as spark:
            few_s = 0.0
            if not case.quick:
                _label(spark, case, FEW)  # starts a worker, and compiles
                few_s = wall_seconds_of(lambda: _label(spark, case, FEW))
            with private_mib_watched(worker_pids, every_s=0.05) as held:
                all_s = wall_seconds_of(lambda: _label(spark, case, tables))
        articles = QUICK_COUNT if case.quick else count
        return {
            "us_an_article": max(all_s - few_s, 1e-6) / articles * 1e6,
            "seconds": all_s,
            "worker_peak_mib": max(held),
        }

    return figures


def _label(spark: SparkSession, case: Case, tables: str) -> None:
    score_articles(spark, settings_of(case, tables), ScoreRequest(force=True))


def prepare_all(case: Case) -> None:
    """Few articles, so many as the other benches label, as many again and again, and the largest that there can be."""
    prepare(case)
    if case.quick:
        return
    few = made_articles(QUICK_COUNT)
    write_articles(few, settings_of(case, FEW))
    articles = made_articles(COUNT)
    for time in range(TIMES):
        write_articles(articles, settings_of(case, LARGE), first=time * COUNT)
    most = settings_of(case).ingest.max_record_bytes
    texts = [(text * (most // len(text) + 1))[:most] for text in few["text"].to_pylist()]
    giants = pa.table({"title": few["title"], "text": texts, "label": few["label"]})
    write_articles(pa.concat_tables([giants] * (GIANTS // QUICK_COUNT)), settings_of(case, GIANT))


if __name__ == "__main__":
    ways = {
        "20,000 articles": articles_in("tables", COUNT),
        "500,000 articles": articles_in(LARGE, COUNT * TIMES),
        "400 articles of 1 MiB": articles_in(GIANT, GIANTS),
    }
    run_bench(
        Bench(
            str(__doc__),
            ways,
            compared="worker_peak_mib",
            prepare=prepare_all,
            apart=True,
            quick_ways=("20,000 articles",),
        )
    )
