"""Ingestion of real files, held against counting by Python's csv, json and re."""

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import pytest
from pyspark.ml.feature import StopWordsRemover
from pyspark.sql import SparkSession

from newslabel.ingest import IngestSummary, ingest_articles
from newslabel.settings import Settings

DAY = date(2026, 11, 20)
WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|')*")

pytestmark = pytest.mark.real


@pytest.mark.parametrize("name", ["news/isot.csv", "news/fakenewsnet.csv"])
def test_labelled_news_is_taken_in_as_python_counts_it(
    spark: SparkSession, settings: Settings, real_data: Path, name: str
):
    with (real_data / name).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert ingest_articles(spark, settings, [str(real_data / name)], DAY) == _counted(spark, rows)


def test_reuters_is_taken_in_as_python_counts_it_its_empty_texts_rejected(
    spark: SparkSession, settings: Settings, real_data: Path
):
    file = real_data / "crawl" / "reuters21578.jsonl.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    summary = ingest_articles(spark, settings, [str(file)], DAY)
    assert summary == _counted(spark, rows)
    assert summary.read == 21578
    assert summary.reasons["empty_text"] == 2535


def _counted(spark: SparkSession, rows: Iterable[Mapping[str, str]]) -> IngestSummary:
    """What ingestion should say of an empty table, from the rules as conf/newslabel.toml has them."""
    assert spark  # Spark ML's list of stop words is in its Java part
    stop_words = frozenset(StopWordsRemover.loadDefaultStopWords("english"))
    judged = [(row, _reasons(row["text"], stop_words)) for row in rows]
    good = [(row.get("source"), row["title"].strip() and row["title"], row["text"]) for row, why in judged if not why]
    return IngestSummary(
        read=len(judged),
        added=len(set(good)),
        repeated=len(good) - len(set(good)),
        seen_before=0,
        rejected=len(judged) - len(good),
        reasons=Counter(reason for _, reasons in judged for reason in reasons),
    )


def _reasons(text: str, stop_words: frozenset[str]) -> list[str]:
    if not text.strip():
        return ["empty_text"]
    words = WORD.findall(text.lower().replace("\u2019", "'"))
    share = sum(word in stop_words for word in words) / len(words) if words else 0
    broken = {"too_short": len(words) < 5, "too_long": len(words) > 100_000, "not_english": share < 0.05}
    return [name for name, holds in broken.items() if holds]
