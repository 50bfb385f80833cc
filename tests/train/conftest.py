import shutil
from pathlib import Path

import pytest

from newslabel.settings import Settings


@pytest.fixture
def settings(settings: Settings, empty_registry: Path, tmp_path: Path) -> Settings:
    shutil.copy(empty_registry, tmp_path / "mlflow.db")
    return settings
