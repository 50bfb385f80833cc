"""conf/sms.toml takes in short messages, which have no title, no address and few words."""

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from newslabel.configure import load_settings
from newslabel.ingest import IngestSummary, ingest_articles
from newslabel.schemas import ARTICLES, REJECTED
from newslabel.settings import Settings

CHECKOUT = Path(__file__).resolve().parents[2]
DAY = date(2026, 11, 20)
# as spam.csv has them: three columns without a name, Windows-1252, a pound sign that was broken before
ROWS = """v1,v2,,,
ham,"Go until jurong point, crazy.. Cine there got amore wat...",,,
spam,"WINNER!! You have been selected to receive a \u00a3900 prize, claim by \u00e5\u00a3 now. Valid 12 hours only.",,,
ham,Ok lar...,,,
ham,Ok lar...,,,
spam,Ok,,,
ham,645,,,
ham,Und wann kommst du heute nach hause mein schatz,,,
ham,:) ,,,
,No label,,,
eggs,Another label,,,
ham,,,,
"""


@pytest.fixture
def sms_settings(settings: Settings) -> Settings:
    own = [f"tables.root={settings.tables.root}"]
    return load_settings(CHECKOUT / "conf" / "sms.toml", overrides=own, environ={})


def test_short_messages_are_kept_each_a_story_of_its_own(
    spark: SparkSession, sms_settings: Settings, tmp_path: Path, contents
):
    (tmp_path / "spam.csv").write_text(ROWS, encoding="windows-1252")
    summary = ingest_articles(spark, sms_settings, [str(tmp_path / "spam.csv")], DAY)
    assert summary == IngestSummary(
        read=11, added=6, repeated=1, seen_before=0, rejected=4, files=1,
        reasons={"too_short": 2, "unknown_label": 1, "empty_text": 1},
    )  # fmt: skip
    kept = contents(sms_settings, ARTICLES, "position", "label", "title")
    assert kept == [
        (1, "HAM", None), (2, "SPAM", None), (3, "HAM", None), (5, "SPAM", None), (7, "HAM", None), (9, None, None),
    ]  # fmt: skip
    assert len({story for (story,) in contents(sms_settings, ARTICLES, "story_id")}) == 6
    assert contents(sms_settings, REJECTED, "position", "reasons") == [
        (10, ["unknown_label"]), (11, ["empty_text"]), (6, ["too_short"]), (8, ["too_short"]),
    ]  # fmt: skip


def test_the_corpus_shares_no_place_with_the_news():
    news, sms = (load_settings(CHECKOUT / "conf" / f"{name}.toml", environ={}) for name in ("newslabel", "sms"))
    for section, key in (
        ("tables", "root"),
        ("models", "root"),
        ("models", "registry_name"),
        ("models", "tracking_uri"),
        ("score", "cache"),
    ):
        assert getattr(getattr(sms, section), key) != getattr(getattr(news, section), key)
    assert sms.corpus.recipes == news.corpus.recipes
    assert list(sms.corpus.labels) == ["SPAM", "HAM"]
