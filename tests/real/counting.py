"""What ingestion should say of real files, by Python's csv and re, and a slow twin of each rule."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import ftfy
from ftfy.badness import is_bad
from py3langid import classify
from pyspark.ml.feature import StopWordsRemover
from pyspark.sql import SparkSession

from newslabel.ingest import IngestSummary
from newslabel.settings import IngestSettings

WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|')*")
USUAL = re.compile(r"[\w\s.,;:!?'\"()\-\u2010-\u2015\u2018-\u201f\u2026]")
BOILERPLATE = [re.compile(pattern, re.IGNORECASE) for pattern in IngestSettings().boilerplate]
NEWS_LABELS = ("fake", "real", "0", "1", "true", "false", "reliable", "unreliable")


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def counted(
    spark: SparkSession,
    rows: Iterable[Mapping[str, str]],
    *,
    known_labels: tuple[str, ...] = NEWS_LABELS,
    min_words: int = 5,
    mojibake: str = "repair",
    rules: tuple[str, ...] = IngestSettings().rules,
) -> IngestSummary:
    """What ingestion should say of an empty table, from the rules as conf/newslabel.toml has them, or some of these."""
    assert spark  # Spark ML's list of stop words is in its Java part
    stop_words = frozenset(StopWordsRemover.loadDefaultStopWords("english"))
    judged = []
    for row in rows:
        title, text = ((row.get(name) or "").strip() and row[name] for name in ("title", "text"))
        if mojibake == "repair":
            title, text = repaired(title), repaired(text)
        reasons = broken_rules(title, text, stop_words, min_words=min_words)
        reasons += ["mojibake"] if mojibake == "repair" and (is_bad(title) or is_bad(text)) else []
        label = (row.get("label") or "").strip().lower()
        reasons += ["unknown_label"] if label and label not in known_labels else []
        of_rules = [reason for reason in reasons if reason in rules]
        judged.append(((row.get("url") or row.get("source"), title, text), of_rules))
    good = [article for article, reasons in judged if not reasons]
    return IngestSummary(
        read=len(judged),
        added=len(set(good)),
        repeated=len(good) - len(set(good)),
        rejected=len(judged) - len(good),
        reasons=Counter(reason for _, reasons in judged for reason in reasons),
        files=1,
    )


def repaired(text: str) -> str:
    return ftfy.fix_encoding(text) if is_bad(text) else text


def broken_rules(title: str, text: str, stop_words: frozenset[str], *, min_words: int) -> list[str]:
    if not text:
        return ["empty_text"] if title else ["empty_text", "no_title_no_text"]
    words = WORD.findall(text.lower().replace("\u2019", "'"))
    mean = sum(map(len, words)) / len(words) if words else 5
    share = sum(word in stop_words for word in words) / len(words) if words else 0
    page = f"{title}\n{text}"
    broken = {
        "too_short": len(words) < min_words,
        "too_long": len(words) > 100_000,
        "bad_word_length": not 3 <= mean <= 10,
        "special_characters": len(USUAL.sub("", text)) / len(text) > 0.25,
        "not_english": share < 0.05 and classify(text[:400])[0] != "en",
        "boilerplate": len(words) <= 100 and any(pattern.search(page) for pattern in BOILERPLATE),
    }
    return [name for name, holds in broken.items() if holds]
