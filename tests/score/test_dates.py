from datetime import UTC, date, datetime, timedelta

import pytest

from newslabel.errors import SettingsError
from newslabel.score.dates import asked_dates


def test_one_date_is_the_first_and_the_last(settings) -> None:
    assert asked_dates(settings, day="2026-11-20") == (date(2026, 11, 20), date(2026, 11, 20))


def test_either_end_may_be_open(settings) -> None:
    assert asked_dates(settings) == (None, None)
    assert asked_dates(settings, first="2026-11-20") == (date(2026, 11, 20), None)
    assert asked_dates(settings, last="2026-11-20") == (None, date(2026, 11, 20))


def test_yesterday_is_that_of_the_corpus(settings) -> None:
    before = datetime.now(UTC).date()
    first, _ = asked_dates(settings, day="yesterday")
    assert first in (before - timedelta(days=1), before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"day": "2026-11-20", "first": "2026-11-19"}, r"--date excludes --from and --to"),
        ({"first": "2026-11-20", "last": "2026-11-19"}, r"--to must not be before --from. Received: --from 2026-11-20"),
        ({"first": "tomorrow"}, r"--from takes a date like 2026-11-20, today or yesterday. Received: 'tomorrow'"),
        ({"last": "20.11.2026"}, r"--to takes a date like"),
    ],
)
def test_what_contradicts_itself_or_is_no_date_is_an_error(settings, options, message) -> None:
    with pytest.raises(SettingsError, match=message):
        asked_dates(settings, **options)
