"""A training that takes seconds: its settings, recipe, tokenization and vectors."""

import hashlib
import random
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from newslabel.configure import load_settings
from newslabel.recipes import Recipe, load_recipe
from newslabel.schemas import EXAMPLES
from newslabel.settings import Settings
from newslabel.table_making import create_table
from newslabel.tokens import Vocabulary, feature_names
from newslabel.tokens.examples import Tokenization, save_tokenization, tokenization_uri

CHECKOUT = Path(__file__).resolve().parents[1]
WORDS = [f"word{number}" for number in range(30)]
FAKE_WORDS = [2, 3, 4]
ROWS = {"train": 160, "validation": 40, "test": 40}


def settings_below(folder: Path, kernels: Path) -> Settings:
    places = [
        f"score.cache={kernels}",
        f"tables.root={folder / 'tables'}",
        f"models.root={folder / 'models'}",
        f"models.tracking_uri=sqlite:///{folder / 'mlflow.db'}",
    ]
    return load_settings(CHECKOUT / "conf" / "newslabel.toml", overrides=places, environ={})


def small_recipe(**training: float) -> Recipe:
    recipe = load_recipe("glove_lstm", CHECKOUT / "conf" / "recipes")
    changes = {"batch_size": 16, "epochs": 8, "learning_rate": 0.03, **training}
    return recipe.model_copy(
        update={
            "network": {"units": 8, "dense": [8]},
            "training": recipe.training.model_copy(update=changes),
        }
    )


def recipe_with(name: str, network: dict[str, Any] | None = None, **training: Any) -> Recipe:
    """A recipe of the house with other values in [network] and [training]."""
    recipe = load_recipe(name, CHECKOUT / "conf" / "recipes")
    changes = {"training": recipe.training.model_copy(update=training), "network": recipe.network | (network or {})}
    return recipe.model_copy(update=changes)


def make_tokenization(spark, settings: Settings, rows: dict[str, int], recipe: Recipe) -> Tokenization:
    """Texts of 3 to 20 words; those of the FAKE half hold one of three words, the others never."""
    draw = random.Random(0)
    examples = []
    for split, count in rows.items():
        for number in range(count):
            ids = [draw.randrange(5, 32) for _ in range(draw.randrange(3, 20))]
            label = "FAKE" if number % 2 else "REAL"
            if label == "FAKE":
                ids[draw.randrange(len(ids))] = draw.choice(FAKE_WORDS)
            features = [float(len(ids))] * len(feature_names(recipe)) or None
            article_id = hashlib.sha256(f"{split}{number}".encode()).hexdigest()
            examples.append((article_id, ids, len(ids), 0.0, features, label, None, date(2026, 11, 20), split))
    tokenization = Tokenization(
        id=f"{recipe.name}-0123456789ab",
        uri=tokenization_uri(settings, f"{recipe.name}-0123456789ab"),
        recipe=recipe,
        vocabulary=Vocabulary(pa.array(WORDS), pa.array(range(30, 0, -1), pa.int64())),
        stop_words=("the", "of"),
        rows=rows,
        unknown_share=dict.fromkeys(rows, 0.0),
        fingerprint="1-1",
    )
    create_table(spark, tokenization.uri, EXAMPLES)
    frame = spark.createDataFrame(examples, EXAMPLES.spark_schema())
    frame.write.format("delta").mode("append").save(tokenization.uri)
    save_tokenization(tokenization)
    return tokenization


def write_glove(folder: Path) -> str:
    vectors = np.random.default_rng(0).normal(size=(len(WORDS), 8))
    vectors[: len(FAKE_WORDS), :4] += 3  # words of one kind stand together, as they do in real vectors
    lines = [f"{word} {' '.join(map('{:.4f}'.format, vector))}" for word, vector in zip(WORDS, vectors, strict=True)]
    (folder / "vectors.txt").write_text("\n".join(lines) + "\n")
    return str(folder / "vectors.txt")
