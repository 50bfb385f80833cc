import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from newslabel.models import save_bundle
from newslabel.models.bundle import write_network, write_weights
from newslabel.models.recurrent import RecurrentNetwork
from newslabel.models.recurrent_layers import build_recurrent
from newslabel.recipes import Recipe, load_recipe
from newslabel.settings import Settings
from newslabel.tokens import Vocabulary

RECIPES = Path(__file__).resolve().parents[2] / "conf" / "recipes"
NETWORK = {"units": 3, "dense": [2]}
METRICS = {"validation": {"accuracy": 0.75}, "test": {"accuracy": 0.5}}
REFERENCE = {"probability": {"edges": [0.0, 0.5, 1.0], "counts": [3, 1]}}
EPOCHS = [
    {"epoch": 1, "loss": 0.7, "accuracy": 0.5, "val_loss": 0.6, "val_accuracy": 0.75, "seconds": 2.5},
    {"epoch": 2, "loss": 0.5, "accuracy": 0.75, "val_loss": 0.5, "val_accuracy": 0.75, "seconds": 2.0},
]


@pytest.fixture
def settings(settings: Settings, empty_registry: Path, tmp_path: Path) -> Settings:
    shutil.copy(empty_registry, tmp_path / "mlflow.db")
    return settings


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    return Recipe.model_validate(
        {
            "name": "tiny",
            "family": "recurrent",
            "encoder": "token_ids",
            "classes": {"positive": "FAKE", "negative": "REAL"},
            "clean": {"fields": ["title", "text"], "rules": ["lowercase"]},
            "tokens": {"max_words": 10, "max_tokens": 10, "keep": "last", "unknown": "drop"},
            "network": NETWORK,
            "training": {"batch_size": 2, "epochs": 1, "learning_rate": 0.1},
        }
    )


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return Vocabulary(pa.array(["crawl", "press", "naïve"]), pa.array([9, 5, 1]))


@pytest.fixture(scope="session")
def model(vocabulary):
    vectors = np.random.default_rng(0).normal(size=(vocabulary.size, 4)).astype(np.float32)
    return build_recurrent(RecurrentNetwork(**NETWORK), vocabulary.size, vectors)


@pytest.fixture(scope="session")
def network(model, tmp_path_factory) -> str:
    """The folder with what a bundle keeps of the model."""
    folder = tmp_path_factory.mktemp("trained") / "network"
    write_network(folder, model, "recurrent")
    return str(folder)


@pytest.fixture
def save(recipe, vocabulary, network) -> Callable[[str], str]:
    def save_below(root: str) -> str:
        return save_bundle(
            root,
            recipe=recipe,
            vocabulary=vocabulary,
            stop_words=("the", "of"),
            network=network,
            metrics=METRICS,
            epochs=EPOCHS,
            reference=REFERENCE,
            versions={"data_version": "tiny-0123456789ab", "code_version": "0.1.0+gabc"},
        )

    return save_below


@pytest.fixture
def save_learner(tmp_path: Path) -> Callable[..., str]:
    """Saves a bundle of a learner's recipe, changed as one likes, with these arrays and three words."""

    def save_with(name: str, arrays: dict[str, np.ndarray], **changes) -> str:
        write_weights(tmp_path / "network", arrays)
        return save_bundle(
            str(tmp_path / "models"),
            recipe=load_recipe(name, RECIPES).model_copy(update=changes),
            vocabulary=Vocabulary(pa.array(["hoax", "official", "weather"]), pa.array([3, 2, 1])),
            stop_words=("the",),
            network=str(tmp_path / "network"),
            metrics={},
            epochs=[],
            reference={},
            versions={"data_version": f"{name}-0123456789ab", "code_version": "0.1.0"},
        )

    return save_with
