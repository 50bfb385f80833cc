"""What is understood of a record's fields where it is read."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import ftfy.bad_codecs  # noqa: F401 - registers the codec
import pyarrow as pa
import pytest

from newslabel.ingest.language import language_if_doubtful
from newslabel.ingest.parsed import ADDED, Parsing, parsed, spark_schema

FIELDS = ("title", "text", "url", "published_at", "crawl_date")
MEANT = "You can smell Hillary\u2019s fear \u2013 she said \u201cno\u201d in the caf\u00e9"
BROKEN = MEANT.encode().decode("sloppy-windows-1252")  # a codec of ftfy, that fills Windows-1252's holes
BEYOND_REPAIR = "price \u00c3\u02dc\u00c2\u00a9 \u00d9\u2026 was\u00c2\u00ac\u00c3\u2014\u00e2\u20ac all over"
GERMAN = "Der Oberb\u00fcrgermeister sagte gestern, er sei nicht schuld."
PARSING = Parsing(ZoneInfo("Europe/Berlin"))


def parsed_rows(parsing: Parsing, *rows: dict[str, str]) -> list[dict[str, object]]:
    schema = pa.schema([(name, pa.string()) for name in ("file", *FIELDS)])
    batches = [pa.RecordBatch.from_pylist([{"file": "f"} | row], schema=schema) for row in rows]
    return [row for batch in parsed(iter(batches), parsing) for row in batch.to_pylist()]


def test_dates_and_addresses_are_understood_and_what_is_none_is_null():
    dated = {
        "crawl_date": "2026-11-20T23:30:00Z",
        "published_at": "November 19, 2026",
        "url": "http://A.com/x?utm_id=1",
    }
    found, senseless, empty = parsed_rows(
        PARSING, dated, {"crawl_date": "never", "published_at": "never", "url": "n/a"}, {}
    )
    assert found["own_crawl_date"] == date(2026, 11, 21)
    assert found["published_time"] == datetime(2026, 11, 19, tzinfo=UTC)
    assert found["canonical_url"] == "https://a.com/x"
    assert (found["file"], found["crawl_date"]) == ("f", "2026-11-20T23:30:00Z")
    for row in (senseless, empty):
        assert [row[name] for name in ("own_crawl_date", "published_time", "canonical_url", "language")] == [None] * 4
        assert row["is_mojibake"] is False


def test_mojibake_is_repaired_and_what_stays_broken_is_marked():
    texts = ({"title": BROKEN, "text": BROKEN}, {"text": BEYOND_REPAIR}, {"title": "A", "text": MEANT})
    found = parsed_rows(PARSING, *texts)
    assert (found[0]["title"], found[0]["text"], found[2]["text"]) == (MEANT, MEANT, MEANT)
    assert [row["is_mojibake"] for row in found] == [False, True, False]
    kept = parsed_rows(Parsing(PARSING.zone, repair=False), *texts)
    assert [row["text"] for row in kept] == [BROKEN, BEYOND_REPAIR, MEANT]
    assert [row["is_mojibake"] for row in kept] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (None, None),
        ("", None),
        ("The mayor of the town said on Monday that it was not his fault.", None),
        ("Shr profit cts Net profit mln Revs mln Avg shrs mln quarterly dividend payable April", "en"),
        (GERMAN, "de"),
        (" ".join([GERMAN] * 8) + " the of and to in" * 500, "de"),
        ("\x00 1 2 3", "en"),
    ],
)
def test_a_text_that_does_not_begin_like_english_has_its_language_found_out(text: str | None, language: str | None):
    if text and "\x00" in text:
        assert isinstance(language_if_doubtful(text), str)  # whatever it is
    else:
        assert language_if_doubtful(text) == language


def test_languages_can_be_left_alone():
    assert parsed_rows(Parsing(PARSING.zone, languages=False), {"text": GERMAN})[0]["language"] is None


def test_the_columns_that_are_added_are_typed_for_spark():
    assert spark_schema(ADDED) == (
        "own_crawl_date date, published_time timestamp, is_no_day boolean, canonical_url string, "
        "is_mojibake boolean, language string"
    )
