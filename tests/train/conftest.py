import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from newslabel.settings import Settings
from newslabel.train.launcher import run_on_horovod


@pytest.fixture(scope="session")
def on_ranks(spark) -> Callable[..., list[Any]]:
    """Runs a function in real ranks; one defined inside a test travels whole."""

    def run(function: Callable[..., Any], arguments: Sequence[Any] = (), *, workers: int = 2) -> list[Any]:
        return run_on_horovod(
            spark, function, arguments, workers=workers, start_timeout_s=60, while_waiting=lambda: None
        )

    return run


@pytest.fixture
def settings(settings: Settings, empty_registry: Path, tmp_path: Path) -> Settings:
    shutil.copy(empty_registry, tmp_path / "mlflow.db")
    return settings
