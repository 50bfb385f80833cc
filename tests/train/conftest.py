import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newslabel.recipes import Recipe
from newslabel.settings import Settings
from newslabel.tokens import UNKNOWN
from newslabel.train.plan import TrainingPlan
from newslabel.train.work_files import write_plan


@pytest.fixture
def settings(settings: Settings, empty_registry: Path, tmp_path: Path) -> Settings:
    shutil.copy(empty_registry, tmp_path / "mlflow.db")
    return settings


@pytest.fixture
def work(tmp_path: Path) -> Callable[..., str]:
    """Writes a learner's work folder: its recipe, and parts of rows (token ids, label), a file each."""

    def write(recipe: Recipe, vocabulary_size: int = 9, **parts: list[tuple[list[int], str]]) -> str:
        files = {}
        for name, rows in parts.items():
            table = {
                "article_id": [f"{number:03}{name}{number:058}" for number in range(len(rows))],
                "token_ids": pa.array([ids for ids, _ in rows], pa.list_(pa.int32())),
                "n_tokens": pa.array([len(ids) for ids, _ in rows], pa.int32()),
                "unknown_share": pa.array([float(set(ids) == {UNKNOWN}) for ids, _ in rows], pa.float32()),
                "features": pa.array([[len(ids), 1, 2 * len(ids)] for ids, _ in rows], pa.list_(pa.float32())),
                "label": [label for _, label in rows],
                "crawl_date": [date(2026, 11, 20)] * len(rows),
            }
            files[name] = [str(tmp_path / f"{name}.parquet")] if rows else []
            if rows:
                pq.write_table(pa.table(table), files[name][0], row_group_size=3)
        work_uri = str(tmp_path / "work")
        examples = f"{recipe.name}-0"
        write_plan(
            work_uri, TrainingPlan(recipe=recipe, examples=examples, vocabulary_size=vocabulary_size, files=files)
        )
        return work_uri

    return write
