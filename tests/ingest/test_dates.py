from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslabel.ingest.dates import names_no_day, parse_crawl_date, parse_time

BERLIN = ZoneInfo("Europe/Berlin")
any_text = st.one_of(st.text(), st.text("0123456789-:/TZ+, .AMPmay", max_size=40))


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2017-12-31", datetime(2017, 12, 31, tzinfo=UTC)),
        ("2017-12-31T10:00:00Z", datetime(2017, 12, 31, 10, tzinfo=UTC)),
        ("2017-12-31T10:00:00+02:00", datetime(2017, 12, 31, 8, tzinfo=UTC)),
        ("2018-01-25 16:17:44.789555", datetime(2018, 1, 25, 16, 17, 44, 789555, tzinfo=UTC)),
        ("December 31, 2017 ", datetime(2017, 12, 31, tzinfo=UTC)),
        ("Dec 31, 2017, 3:05 PM", datetime(2017, 12, 31, 15, 5, tzinfo=UTC)),
        ("26-FEB-1987 15:01:01.79", datetime(1987, 2, 26, 15, 1, 1, 790000, tzinfo=UTC)),
        ("Mon, 06 Nov 2026 08:49:37 GMT", datetime(2026, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Mon, 06 Nov 2026 08:49:37 +0200", datetime(2026, 11, 6, 6, 49, 37, tzinfo=UTC)),
        ("12/31/2017", datetime(2017, 12, 31, tzinfo=UTC)),
        ("2017/12/31", datetime(2017, 12, 31, tzinfo=UTC)),
        ("25/12/2026", datetime(2026, 12, 25, tzinfo=UTC)),
        ("25.12.2026", datetime(2026, 12, 25, tzinfo=UTC)),
        ("3.4.2026", datetime(2026, 4, 3, tzinfo=UTC)),
        ("25-12-2026", datetime(2026, 12, 25, tzinfo=UTC)),
        ("2026.11.19", datetime(2026, 11, 19, tzinfo=UTC)),
        ("2026-1-5", datetime(2026, 1, 5, tzinfo=UTC)),
        ("2026-11-19 10:00:00 UTC", datetime(2026, 11, 19, 10, tzinfo=UTC)),
        ("2026-11-19 10:00:00 EST", datetime(2026, 11, 19, 15, tzinfo=UTC)),
        ("2026-11-19, 10:00", datetime(2026, 11, 19, 10, tzinfo=UTC)),
        ("11/19/2026 10:00:00 PM", datetime(2026, 11, 19, 22, tzinfo=UTC)),
        ("2026-11-19T24:00:00Z", datetime(2026, 11, 20, tzinfo=UTC)),
    ],
)
def test_times_are_understood_as_newspapers_write_them(text: str, time: datetime):
    assert parse_time(text) == time


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2017", "12:30", "31.12.17", "2017-02-30", "9999-12-31", "0001-01-01"]
)
def test_what_says_no_time_is_none(text: str):
    assert parse_time(text) is None


def test_figures_are_no_day_if_they_are_none_in_any_order():
    none = ("2026-13-45", "0000-00-00 00:00:00", "31.02.2026", "2017-02-30")
    some = ("31/12/17", "2026-11-19 10h", "12/31/9999", "two hours ago")
    assert [text for text in (*none, *some) if names_no_day(text)] == list(none)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-20", date(2026, 11, 20)),
        (" 2026-11-20T23:30:00 ", date(2026, 11, 20)),
        ("2026-11-20T23:30:00Z", date(2026, 11, 21)),
        ("20-11-2026", None),
        ("2026-11-31", None),
        ("0001-01-01", None),
    ],
)
def test_a_crawl_date_is_a_day_of_the_settings_time_zone(text: str, day: date | None):
    assert parse_crawl_date(text, BERLIN) == day


@given(any_text)
def test_no_string_fails(text: str):
    assert names_no_day(text) in (True, False)
    assert parse_time(text) is None or isinstance(parse_time(text), datetime)
    assert parse_crawl_date(text, BERLIN) is None or isinstance(parse_crawl_date(text, BERLIN), date)
