from datetime import UTC, date, datetime
from typing import Any, get_args

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from newslabel.configure import load_settings
from newslabel.errors import SettingsError
from newslabel.ingest.dates import names_no_day
from newslabel.ingest.language import language_if_doubtful
from newslabel.ingest.quality import RULES, with_reasons
from newslabel.settings import IngestSettings, QualityRule

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("title", "text", "raw_label", "label", "language", "problem")),
        *(("crawl_date", pa.date32()), ("published_at", pa.timestamp("us", tz="UTC"))),
        *((name, pa.bool_()) for name in ("is_mojibake", "is_no_day")),
    ]
)
GOOD = "The mayor of the town said on Monday that it was not his fault."
GERMAN = "Der Oberb\u00fcrgermeister sagte gestern, er sei nicht schuld."
DAY = date(2026, 11, 20)


def record(text: str | None = GOOD, **fields: Any) -> dict[str, Any]:
    """A good record but for the fields given."""
    usual = {"title": "A title", "text": text, "crawl_date": DAY, "is_mojibake": False, "is_no_day": False}
    return usual | {"language": language_if_doubtful(text)} | fields


def published(text: str, *day: int) -> dict[str, Any]:
    return {"is_no_day": names_no_day(text), "published_at": datetime(*day, tzinfo=UTC) if day else None}


CASES = (
    ([], record()),
    ([], record(raw_label="fake", label="FAKE")),
    ([], record("THEY SHOULDN\u2019T HAVEN\u2019T WOULDN\u2019T")),
    (["empty_text"], record(None)),
    (["empty_text", "no_title_no_text"], record(None, title=None)),
    ([], record(title=None)),
    (["too_short"], record("There was")),
    (["too_short", "special_characters"], record("$$$ ### +++ *** mayor was")),
    (["too_short", "not_english"], record("17 18 19 20 21 22 23")),
    (["too_long"], record(f"{GOOD} {GOOD}")),
    (["bad_word_length"], record("a b c d e of it by")),
    (
        ["bad_word_length", "not_english"],
        record("Donaudampfschifffahrtsgesellschaft Rechtsschutzversicherungsgesellschaften Bundesverfassungsgericht"),
    ),
    ([], record("He said \u201cyes\u201d \u2013 and that was (all) of it\u2026 wasn\u2019t it?")),
    (["special_characters"], record("the <<<<>>>> ==== ~~~~ price of it was {{{{}}}} [[[[]]]] here")),
    (["not_english"], record(GERMAN)),
    (
        ["not_english"],
        record("Мэр города сказал вчера и снова сегодня"),
    ),
    ([], record("Shr profit cts Net profit mln Revs mln Avg shrs mln quarterly dividend payable April")),
    (["mojibake"], record(is_mojibake=True)),
    (["boilerplate"], record("Sorry, the page you were looking for is gone.", title="404 Not Found")),
    (["boilerplate"], record("Before you go on to the paper: we use cookies to know you.")),
    (["boilerplate"], record("Please enable JavaScript to view the comments that were made.")),
    (["boilerplate"], record("To go on, please confirm that you are human by a press of the button.")),
    ([], record("The mayors are human, and it was forbidden to them to say so.")),
    ([], record("The court found that the cookies of the firm were bad for you.")),
    ([], record(**published("November 19, 2026", 2026, 11, 19))),
    ([], record(**published("two hours ago"))),
    (["impossible_date"], record(**published("2026-13-45"))),
    (["impossible_date"], record(**published("0000-00-00 00:00:00"))),
    (["impossible_date"], record(**published("31.02.2026"))),
    ([], record(**published("2026-11-21", 2026, 11, 21))),
    (["published_after_crawl"], record(**published("2026-11-22", 2026, 11, 22))),
    (["unknown_label"], record(raw_label="satire")),
    (["bad_crawl_date"], record(crawl_date=None)),
    (["empty_text", "unknown_label", "bad_crawl_date"], record(None, raw_label="satire", crawl_date=None)),
    (["malformed_json"], record(None, title=None, crawl_date=None, problem="malformed_json")),
)
RULES_OF_TEST = IngestSettings(min_words=3, max_words=20, min_stop_word_share=0.05)


def reasons_of(spark: SparkSession, records: list[dict[str, Any]], settings: IngestSettings) -> list[list[str]]:
    rows = spark.createDataFrame(pa.Table.from_pylist(records, schema=SCHEMA))
    return [row.reasons for row in rows.transform(with_reasons(settings)).collect()]


def test_each_rule_gives_its_reason_and_a_record_has_all_of_them(spark: SparkSession):
    found = reasons_of(spark, [each for _, each in CASES], RULES_OF_TEST)
    assert found == [reasons for reasons, _ in CASES]


def test_every_rule_is_tried_and_can_be_named_in_the_settings(spark: SparkSession):
    tried = {reason for reasons, _ in CASES for reason in reasons} - {"malformed_json"}
    assert tried == {*RULES, "bad_crawl_date"} == {*get_args(QualityRule), "bad_crawl_date"}


def test_a_rule_that_is_left_out_rejects_nothing_and_a_crawl_date_there_must_be(spark: SparkSession):
    only = RULES_OF_TEST.model_copy(update={"rules": ("empty_text", "too_short")})
    found = reasons_of(spark, [each for _, each in CASES], only)
    kept = {"empty_text", "too_short", "bad_crawl_date", "malformed_json"}
    assert found == [[reason for reason in reasons if reason in kept] for reasons, _ in CASES]


def test_without_the_detector_the_stop_words_alone_decide(spark: SparkSession):
    alone = RULES_OF_TEST.model_copy(update={"language_detector": False})
    tables = record("Shr profit cts Net profit mln Revs mln Avg shrs mln quarterly dividend payable April")
    assert reasons_of(spark, [tables, record(GERMAN), record()], alone) == [["not_english"], ["not_english"], []]


def test_a_share_of_none_lets_every_language_in(spark: SparkSession):
    rules = IngestSettings(min_words=1, min_stop_word_share=0)
    assert reasons_of(spark, [record("Gr\u00fc\u00df Gott")], rules) == [[]]


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ('ingest.rules=["too_shrot"]', "ingest.rules"),
        ('ingest.boilerplate=["(open"]', "a regular expression"),
        ('ingest.boilerplate=["(?P<x>open)"]', r"one of Java too, which '\(\?P' is not"),
    ],
)
def test_a_rule_or_a_pattern_that_is_none_is_refused(setting: str, told: str, tmp_path):
    (tmp_path / "own.toml").touch()
    with pytest.raises(SettingsError, match=told):
        load_settings(tmp_path / "own.toml", overrides=[setting], environ={})
