"""A small labelled corpus of two files, and recipes that learn it in seconds."""

import hashlib
import random
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from newslabel.configure import load_settings
from newslabel.schemas import ARTICLES
from newslabel.settings import Settings
from newslabel.table_making import create_table

CHECKOUT = Path(__file__).resolve().parents[2]
DAY = date(2026, 11, 20)


@pytest.fixture(scope="session")
def recipes(tmp_path_factory) -> Path:
    """The recipes of the house, and `tiny`: the mean of learnt vectors, over three epochs."""
    folder = tmp_path_factory.mktemp("recipes") / "recipes"
    shutil.copytree(CHECKOUT / "conf" / "recipes", folder)
    tiny = (folder / "sms_dense.toml").read_text(encoding="utf-8")
    changes = {"sms_dense": "tiny", '"SPAM"': '"FAKE"', '"HAM"': '"REAL"', "epochs = 30": "epochs = 3"}
    for old, new in changes.items():
        tiny = tiny.replace(old, new)
    (folder / "tiny.toml").write_text(tiny, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def settings_below(recipes, kernels):
    """Settings whose tables are in one folder, and whose models in another."""

    def below(tables: Path, models: Path) -> Settings:
        places = [
            f"tables.root={tables}",
            f"models.root={models}",
            f"models.tracking_uri=sqlite:///{models}/mlflow.db",
            f"corpus.recipes={recipes}",
            f"score.cache={kernels}",
            "tokenize.near_duplicate_similarity=1",
            "tokenize.train_share=0.6",
        ]
        return load_settings(CHECKOUT / "conf" / "newslabel.toml", overrides=places, environ={})

    return below


@pytest.fixture
def settings(settings_below, tmp_path) -> Settings:
    return settings_below(tmp_path / "tables", tmp_path / "models")


@pytest.fixture(scope="session")
def corpus(spark, tmp_path_factory) -> Path:
    """Tables of 240 labelled articles of two files; seven of ten fake ones say so, and all real ones have datelines."""
    folder = tmp_path_factory.mktemp("corpus") / "tables"
    path = f"{folder}/{ARTICLES.name}"
    create_table(spark, path, ARTICLES)
    rows = spark.createDataFrame([_article(number) for number in range(240)], ARTICLES.spark_schema())
    rows.write.format("delta").mode("append").save(path)
    return folder


def _article(number: int):
    draw = random.Random(number)
    is_fake, file = number % 2 == 1, ("reuters.csv", "blogs.csv")[number // 2 % 2]
    words = [f"word{draw.randrange(20)}" for _ in range(draw.randrange(8, 20))]
    if is_fake and draw.random() < 0.7:
        words[3:4] = ["hoax", "secret"]
    text = f"{'' if is_fake else 'OHIO (Reuters) - '}{' '.join(words)}"
    identity = hashlib.sha256(str(number).encode()).hexdigest()
    now = datetime(2026, 11, 20, tzinfo=UTC)
    head = (identity, identity, DAY, None, None, None, None, "A title", text, ("REAL", "FAKE")[is_fake])
    return (*head, identity, f"crawl/{file}", number, "batch", now)
