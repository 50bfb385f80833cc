from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from newslabel.days import named_day
from newslabel.errors import SettingsError

KIRITIMATI = ZoneInfo("Pacific/Kiritimati")  # 14 hours ahead of UTC


def test_a_date_names_itself():
    assert named_day("2026-11-20", KIRITIMATI, option="--date") == date(2026, 11, 20)


def test_today_and_yesterday_are_days_of_the_zone():
    before = datetime.now(KIRITIMATI).date()
    today, yesterday = (named_day(name, KIRITIMATI, option="--date") for name in ("today", "yesterday"))
    assert today in (before, datetime.now(KIRITIMATI).date())
    assert yesterday in (today - timedelta(days=1), before - timedelta(days=1))


def test_another_word_is_refused_with_what_was_expected():
    with pytest.raises(SettingsError) as refused:
        named_day("20-11-2026", KIRITIMATI, option="--crawl-date")
    assert str(refused.value) == (
        "--crawl-date takes a date like 2026-11-20, today or yesterday. Received: '20-11-2026'"
    )
