"""isot.csv's real news begins "CITY (Reuters) - ": a model that could see it would learn the agency's name."""

import csv
import os
from pathlib import Path

import pyarrow as pa
import pytest

from newslabel.clean import TEXT_RULES

DATA = Path(os.environ.get("REAL_NEWS_DATA") or Path(__file__).parents[3] / "shared" / "data")
ISOT = DATA / "news" / "isot.csv"
PREAMBLE_WORDS = ("(Corrects", "(Adds", "(Refiles", "(Repeats", "(In ", "(This", "((This", "(The ", "By ", "(Reuters")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not ISOT.exists(), reason="no real news: ../shared/data or REAL_NEWS_DATA has no news/isot.csv"),
]


@pytest.fixture(scope="module")
def cleaned() -> list[tuple[str, str, str]]:
    """Label, text and text without datelines of each article."""
    csv.field_size_limit(1 << 30)
    with ISOT.open(encoding="utf-8", newline="") as file:
        rows = [(row["label"], row["text"]) for row in csv.DictReader(file)]
    texts = TEXT_RULES["datelines"](pa.array([text for _, text in rows])).to_pylist()
    return [(label, text, left) for (label, text), left in zip(rows, texts, strict=True)]


def test_no_text_keeps_its_reuters_preamble(cleaned: list[tuple[str, str, str]]) -> None:
    assert sum("(Reuters" in text for _, text, _ in cleaned) == 964
    # every "(Reuters" in this file belongs to a preamble: prose writes "told Reuters"
    assert [left[:200] for _, _, left in cleaned if "(Reuters" in left] == []
    assert [left[:80] for label, _, left in cleaned if label == "REAL" and left.startswith(PREAMBLE_WORDS)] == []


def test_nothing_but_preambles_is_taken(cleaned: list[tuple[str, str, str]]) -> None:
    assert [text[:80] for label, text, left in cleaned if label == "FAKE" and text != left] == []
    assert all(text.endswith(left) and len(text) - len(left) <= 230 for _, text, left in cleaned)
    assert sum(text != left for _, text, left in cleaned) == 966  # one has "()", one has "(LPC/IFR)"
    assert sum(text.count("Reuters") - left.count("Reuters") for _, text, left in cleaned) == 964
