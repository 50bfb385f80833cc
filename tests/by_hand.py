"""A model made by hand, without Keras, whose answers one can work out; a registry without MLflow; articles.

The model knows three words. "hoax" opens the first unit, "official" the second, "weather" none; the probability of FAKE
is that of 4 x (first unit's output) - 4 x (second unit's), in units of tanh(1): 0.982 where only hoax stands, 0.018
where only official does, 0.5 where both do or neither.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from newslabel.models import NoSuchVersionError, Version
from newslabel.models.manifest import MANIFEST_FILE, Manifest, hash_files
from newslabel.recipes import Recipe
from newslabel.tokens import Vocabulary

WORDS = ("hoax", "official", "weather")
OPEN = 20.0
Article = tuple[str, date, str | None, str | None]  # its id, crawl date, title and text
RECIPE: dict[str, Any] = {
    "name": "by_hand",
    "family": "recurrent",
    "encoder": "token_ids",
    "classes": {"positive": "FAKE", "negative": "REAL"},
    "clean": {
        "fields": ["title", "text"],
        "rules": ["punctuation", "whitespace", "lowercase", "stop_words"],
        "stop_words": "english",
    },
    "tokens": {"max_words": 10, "max_tokens": 4, "keep": "last", "unknown": "drop"},
    "network": {"units": 2, "dense": [2]},
    "training": {"batch_size": 2, "epochs": 1, "learning_rate": 0.1},
}


def hand_made_weights(strength: float) -> dict[str, np.ndarray]:
    table = np.full((len(WORDS) + 2, 8), OPEN, np.float32)  # gates of two units: i, i, f, f, c, c, o, o
    table[:, 2:4] = -OPEN
    table[:, 4:6] = 0
    table[2, 4] = table[3, 5] = OPEN
    scale = strength / np.tanh(1)
    return {
        "table": table,
        "recurrent": np.zeros((2, 8), np.float32),
        "dense_kernel": np.eye(2, dtype=np.float32),
        "dense_bias": np.zeros(2, np.float32),
        "output_kernel": np.array([[-scale, scale], [scale, -scale]], np.float32),
        "output_bias": np.zeros(2, np.float32),
    }


def write_bundle(
    folder: Path, *, strength: float = 4.0, reference: Mapping[str, Any] | None = None, **parts: Any
) -> str:
    """Writes a bundle: parts of the recipe may be given as nested keywords; `strength` is the 4 above."""
    recipe = {key: value | parts.get(key, {}) if isinstance(value, dict) else value for key, value in RECIPE.items()}
    recipe |= {key: value for key, value in parts.items() if not isinstance(recipe.get(key), dict)}
    (folder / "weights").mkdir(parents=True)
    for array_name, array in hand_made_weights(strength).items():
        np.save(folder / "weights" / f"{array_name}.npy", array)
    (folder / "recipe.toml").write_text(Recipe.model_validate(recipe).to_toml())
    (folder / "stopwords.txt").write_text("the\nis\n")
    (folder / "metrics.json").write_text(json.dumps({"test_accuracy": 0.9}))
    (folder / "reference.json").write_text(json.dumps(reference or {}))
    Vocabulary(pa.array(WORDS), pa.array([3, 2, 1])).save(folder / "vocabulary.arrow")
    manifest = Manifest(files=hash_files(folder), data_version="d", code_version="c", made_at="2026-11-20T00:00:00Z")
    (folder / MANIFEST_FILE).write_bytes(manifest.to_bytes())
    return str(folder)


@dataclass
class FakeRegistry:
    """The registry's place, without MLflow: versions by number, and which one is champion."""

    versions: dict[str, Version] = field(default_factory=dict)
    champion_number: str | None = None

    def add(self, number: str, bundle_uri: str) -> None:
        self.versions[number] = Version(number, bundle_uri, "by_hand", {})
        self.champion_number = number

    def champion(self) -> Version | None:
        return self.versions[self.champion_number] if self.champion_number else None

    def version(self, which: str) -> Version:
        if which not in self.versions:
            raise NoSuchVersionError(f"no such version. Received: {which!r}")
        return self.versions[which]


def append_articles(
    table: Path, articles: Sequence[Article], *, others: Sequence[Mapping[str, Any]] | None = None
) -> None:
    """Adds articles as ingestion would, each with what else is given; a story's id is its articles' up to a slash."""
    now = datetime(2026, 11, 21, 6, tzinfo=UTC)
    rows = [
        {
            "article_id": article_id, "story_id": article_id.partition("/")[0], "crawl_date": day, "title": title,
            "text": text, "content_hash": "c", "file": "f", "position": 1, "batch_id": "b", "ingested_at": now,
        } | dict(other)
        for (article_id, day, title, text), other in zip(articles, others or [{}] * len(articles), strict=True)
    ]  # fmt: skip
    there = DeltaTable(table)
    write_deltalake(there, pa.Table.from_pylist(rows, pa.schema(there.schema().to_arrow())), mode="append")
