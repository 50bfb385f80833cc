"""What the bench of the scoring job labels, articles of two crawl dates in a Delta table, by a GloVe-LSTM of the
published sizes; and how a job's time is told: cold, as a scheduler starts it, and steady, an article more or less."""

import csv
import itertools
import os
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from clean_case import CHECKOUT, DATA, vocabulary_of
from clean_spark import session_on
from deltalake import write_deltalake
from lstm_case import DENSE, UNITS
from measure import Case, Figures, wall_seconds_of
from pyspark.sql import DataFrame, SparkSession
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from texts import made_texts

from newslabel.configure import load_settings
from newslabel.models import Registry
from newslabel.models.bundle import save_bundle, write_network
from newslabel.recipes import load_recipe
from newslabel.schemas import ARTICLES as ARTICLES_TABLE
from newslabel.score import ScoreRequest, score_articles
from newslabel.settings import Settings

DAYS, LARGE_DAY = [date(2026, 11, 20), date(2026, 11, 21)], date(2026, 12, 1)
FEW = 5  # one in so many is of the first date
COUNT, QUICK_COUNT = 20_000, 40
LARGE = 4  # times that are of the large date, the same again and again
ARTICLES = {DAYS[0]: COUNT // FEW, DAYS[1]: COUNT - COUNT // FEW, LARGE_DAY: LARGE * COUNT}
WIDTH = 100
REPEATS = 5  # of each warm job that takes no minute
QUICK_COMPILER = "-XX:TieredStopAtLevel=1"  # as spark-submit.sh has it for this job

Job = Callable[[Sequence[date]], None]  # labels the dates from the first to the last


def prepare(case: Case, *, with_large_day: bool = False) -> None:
    """Leaves the articles, and a registered champion, in the folder."""
    articles = made_articles(QUICK_COUNT if case.quick else COUNT)
    settings = settings_of(case)
    write_articles(articles, settings)
    for number in range(1, LARGE + 1 if with_large_day else 1):
        write_articles(articles, settings, first=number * COUNT, day=LARGE_DAY)
    registry = Registry(settings)
    bundle = _write_bundle(case, settings, articles)
    version = registry.record(bundle_uri=bundle, recipe="glove_lstm", params={}, metrics={}, epochs=[], tags={})
    registry.make_champion(version, {})


def settings_of(case: Case, tables: str = "tables") -> Settings:
    return load_settings(CHECKOUT / "conf" / "newslabel.toml", overrides=overrides_of(case, tables), environ={})


def overrides_of(case: Case, tables: str = "tables") -> list[str]:
    """What --set is given, so that all tables and models are in the folder."""
    places = {
        "tables.root": case.folder / tables,
        "models.root": case.folder / "models",
        "models.tracking_uri": f"sqlite:///{case.folder / 'mlflow.db'}",
        "score.cache": case.folder / "cache",
    }
    return [f"{key}={value}" for key, value in places.items()]


def figures_of(
    case: Case,
    start: Callable[[SparkSession], Job],
    *,
    many: date = DAYS[1],
    repeats: int = 1,
    cores: int = 1,
    cold_s: float | None = None,
    java_options: str = "",
) -> Figures:
    """Of a job that `start` gets ready in a session: seconds of its first run, Spark's start included, on the dates of
    20,000 articles, where they are not given; and from later runs, on a date of few articles and on one of many, what
    an article more takes."""
    began = time.perf_counter()
    with session_on(cores, case.folder, java_options=java_options) as spark:
        spark.sparkContext.setLogLevel("ERROR")
        job = start(spark)
        job(DAYS)
        cold_s = cold_s or time.perf_counter() - began
        if case.quick:  # it ran, and nothing is to be timed
            return {"us_an_article": cold_s / QUICK_COUNT * 1e6, "cold_s": cold_s}
        warm_s, few_s, many_s = (_seconds(job, days, repeats) for days in (DAYS, DAYS[:1], [many]))
    an_article = max(many_s - few_s, 1e-6) / (ARTICLES[many] - ARTICLES[DAYS[0]])
    return {
        "us_an_article": an_article * 1e6,
        "articles_per_s": 1 / an_article,
        "cold_s": cold_s,
        "warm_s": warm_s,
    }


def start_ours(case: Case) -> Callable[[SparkSession], Job]:
    settings = settings_of(case)

    def start(spark: SparkSession) -> Job:
        def job(days: Sequence[date]) -> None:
            score_articles(spark, settings, ScoreRequest(first=days[0], last=days[-1], force=True))

        return job

    return start


def articles_of(case: Case, spark: SparkSession, days: Sequence[date]) -> DataFrame:
    articles = spark.read.format("delta").load(str(case.folder / "tables" / ARTICLES_TABLE.name))
    return articles.where(articles.crawl_date.between(days[0], days[-1]))


def _seconds(job: Job, days: Sequence[date], repeats: int) -> float:
    """The median of some runs: Delta sums up a table's log at every tenth commit, which takes seconds."""
    return statistics.median(wall_seconds_of(lambda: job(days)) for _ in range(repeats))


def made_articles(count: int) -> pa.Table:
    """No two alike: a real article and the head of another, where there are any, else made ones; title, text, label."""
    file = DATA / "news" / "isot.csv"
    if not file.exists() or count == QUICK_COUNT:
        texts = made_texts(count)
        labels = list(itertools.islice(itertools.cycle(["FAKE", "REAL"]), count))
        return pa.table({"title": pc.utf8_slice_codeunits(texts, 0, 60), "text": texts, "label": labels})
    csv.field_size_limit(1 << 30)
    with file.open(encoding="utf-8", newline="") as lines:
        real = list(csv.DictReader(lines))
    others = np.random.default_rng(7).integers(len(real), size=count)
    rows = [(real[number % len(real)], real[other]["text"], number) for number, other in enumerate(others)]
    texts = [f"{row['text']}\n\n{head[: len(head) * 6 // 10]} Item{number}." for row, head, number in rows]
    columns = {name: [row[name] for row, _, _ in rows] for name in ("title", "label")}
    return pa.table({"title": columns["title"], "text": texts, "label": columns["label"]})


def write_articles(articles: pa.Table, settings: Settings, *, first: int = 0, day: date | None = None) -> None:
    """Adds them to the corpus' table, a fifth to the first crawl date, or all to one; their ids are numbers from the
    first on."""
    count = len(articles)
    now = pa.scalar(datetime(2026, 11, 24, tzinfo=UTC), pa.timestamp("us", tz="UTC"))
    ids = [f"{first + number:064x}" for number in range(count)]
    columns = {
        "article_id": ids,
        "story_id": ids,
        "crawl_date": [day or DAYS[number % FEW > 0] for number in range(count)],
        "published_at": pa.nulls(count, now.type),
        **{name: pa.nulls(count, pa.string()) for name in ("source", "url", "author")},
        **{name: articles[name] for name in ("title", "text", "label")},
        **{name: [name] * count for name in ("content_hash", "file")},
        "position": list(range(1, count + 1)),
        "batch_id": ["bench"] * count,
        "ingested_at": pa.array([now.as_py()] * count, now.type),
    }
    place = Path(settings.tables.root) / ARTICLES_TABLE.name
    write_deltalake(place, pa.table(columns), partition_by=["crawl_date"], mode="append")


def _write_bundle(case: Case, settings: Settings, articles: pa.Table) -> str:
    """Of random weights: what they say costs as much as if they were learnt."""
    from newslabel.ranks.environment import RANK_ENVIRONMENT

    os.environ.update(RANK_ENVIRONMENT)
    import keras

    from newslabel.models.recurrent import RecurrentNetwork
    from newslabel.models.recurrent_layers import build_recurrent

    recipe = load_recipe("glove_lstm", CHECKOUT / "conf" / "recipes")
    stop_words = tuple(sorted(ENGLISH_STOP_WORDS))
    vocabulary = vocabulary_of(recipe, articles, stop_words)
    keras.utils.set_random_seed(0)
    vectors = np.random.default_rng(0).normal(0, 0.5, (vocabulary.size, WIDTH)).astype(np.float32)
    network = case.folder / "network"
    network.mkdir()
    model = build_recurrent(RecurrentNetwork(units=UNITS, dense=(DENSE,)), vocabulary.size, vectors)
    write_network(network, model, recipe.family)
    return save_bundle(
        settings.models.root,
        recipe=recipe,
        vocabulary=vocabulary,
        stop_words=stop_words,
        network=str(network),
        metrics={},
        epochs=[],
        reference={},
        versions={"data_version": "bench", "code_version": "bench"},
    )
