"""Where the real data is, the skip where there is none, and a night on it, from crawl files to labels."""

import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from pyspark.ml.feature import StopWordsRemover
from pyspark.sql import SparkSession

from newslabel.configure import load_settings
from newslabel.ingest import IngestSummary, ingest_articles
from newslabel.models import promote_model
from newslabel.recipes import Recipe, load_recipe
from newslabel.score import ScoreSummary, score_articles
from newslabel.settings import Settings
from newslabel.tokens.examples import Tokenization
from newslabel.tokens.splits import FilesSplit
from newslabel.tokens.tokenize import tokenize_articles
from newslabel.train import TrainSummary, register_bundle, train_model

CHECKOUT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("REAL_NEWS_DATA") or CHECKOUT.parent / "shared" / "data")
LABELLED_DAY = date(2026, 11, 17)
CRAWL_DAYS = (date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20))
# one training is held against a figure that plain Keras reached; REAL_NEWS_SEEDS=0,1,2 trains both so often, in nine
# minutes, and compares their means
SEEDS = tuple(map(int, os.environ.get("REAL_NEWS_SEEDS", "0").split(",")))
# of the crawl every third article is enough to see a night by; REAL_NEWS_CRAWL=1 takes each, in two minutes more
CRAWL_STEP = int(os.environ.get("REAL_NEWS_CRAWL", "3"))
ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Night:
    settings: Settings
    folder: Path
    inputs: tuple[tuple[tuple[str, ...], date], ...]  # files and their crawl date, as they were ingested
    ingested: tuple[IngestSummary, ...]  # the first is that of the labelled news
    tokenized: Tokenization
    trained: tuple[TrainSummary, ...]  # one a seed
    twin_number: str  # of a version that is the first one's twin, another only by its place
    scored: ScoreSummary


@pytest.fixture(scope="session")
def real_data() -> Path:
    if not (DATA / "news" / "isot.csv").exists():
        pytest.skip("no real news: neither REAL_NEWS_DATA nor ../shared/data beside the checkout holds it")
    return DATA


@pytest.fixture(scope="session")
def news_split_script(real_data: Path) -> Path:
    script = real_data.parent / "bench" / "news_split.py"
    if not script.exists():
        pytest.skip("no bench/news_split.py beside the real data")
    return script


@pytest.fixture(scope="module")
def split_news(tmp_path_factory: pytest.TempPathFactory, news_split_script: Path) -> Path:
    """A folder with train.csv and test.csv."""
    folder = tmp_path_factory.mktemp("night")
    subprocess.run([sys.executable, str(news_split_script), str(folder)], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def glove(real_data: Path) -> str:
    return str(real_data / "glove" / "glove.6B.50d.9k.txt")


@pytest.fixture(scope="module")
def twins(spark: SparkSession, split_news: Path, glove: str) -> Iterator["subprocess.Popen[str] | None"]:
    """Plain Keras at work on the same split, one seed after the other, on one core while ours go their way."""
    assert spark  # Spark ML's list of stop words is in its Java part
    if len(SEEDS) == 1:
        yield None
        return
    stop_words = split_news / "stop_words.txt"
    stop_words.write_text("\n".join(StopWordsRemover.loadDefaultStopWords("english")), encoding="utf-8")
    files = (split_news / "train.csv", split_news / "test.csv", glove, stop_words)
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("plain_keras.py")), *map(str, (*files, *SEEDS))],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": str(CHECKOUT / "bench")},
    ) as process:
        yield process
        process.kill()


@pytest.fixture(scope="module")
def night(
    twins: "subprocess.Popen[str] | None", spark: SparkSession, real_data: Path, split_news: Path, glove: str
) -> Night:
    """Labelled news ingested and tokenized, models trained, a crawl of three days ingested and scored."""
    del twins  # they start first: they take longest
    settings = _settings(split_news)
    recipe = load_recipe("glove_lstm", Path(settings.corpus.recipes))
    labelled = (tuple(str(split_news / name) for name in ("train.csv", "test.csv")), LABELLED_DAY)
    crawls = _crawls(real_data / "crawl" / "reuters21578.jsonl.gz", split_news)
    ingested = [ingest_articles(spark, settings, *labelled)]
    tokenized = tokenize_articles(spark, settings, recipe, FilesSplit("test.csv", seed=0)).tokenization
    trained = tuple(train_model(spark, settings, _with_seed(recipe, seed), glove=glove, workers=2) for seed in SEEDS)
    copy = shutil.copytree(trained[0].version.bundle_uri, split_news / "copies" / "glove_lstm")
    twin = register_bundle(settings, str(copy))
    promote_model(settings, "1")
    ingested += [ingest_articles(spark, settings, *crawl) for crawl in crawls]
    scored = score_articles(spark, settings)
    return Night(settings, split_news, (labelled, *crawls), tuple(ingested), tokenized, trained, twin.number, scored)


def _settings(folder: Path) -> Settings:
    return load_settings(
        CHECKOUT / "conf" / "newslabel.toml",
        overrides=[
            f"tables.root={folder / 'tables'}",
            f"models.root={folder / 'models'}",
            f"models.tracking_uri=sqlite:///{folder / 'mlflow.db'}",
            f"score.cache={folder / 'cache'}",
        ],
        environ={},
    )


def _with_seed(recipe: Recipe, seed: int) -> Recipe:
    return recipe.model_copy(update={"training": recipe.training.model_copy(update={"seed": seed})})


def _crawls(crawl: Path, folder: Path) -> list[tuple[tuple[str, ...], date]]:
    """The crawl, or every so many articles of it, cut into a file a day."""
    lines = gzip.decompress(crawl.read_bytes()).splitlines(keepends=True)[::CRAWL_STEP]
    files = [folder / f"crawl-{day}.jsonl.gz" for day in CRAWL_DAYS]
    for number, file in enumerate(files):
        file.write_bytes(gzip.compress(b"".join(lines[number::3])))
    return [((str(file),), day) for file, day in zip(files, CRAWL_DAYS, strict=True)]
