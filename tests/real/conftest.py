"""Where the real data is, and the skip where there is none."""

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("REAL_NEWS_DATA") or CHECKOUT.parent / "shared" / "data")


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
