"""Days as command lines name them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from newslabel.errors import SettingsError


def named_day(text: str, zone: ZoneInfo, *, option: str) -> date:
    """The day that an option names.

    Args:
        text: a date like 2026-11-20, or today, or yesterday.
        zone: where a day begins and ends, `settings.crawl.zone`.
        option: the option's name, for the message.

    Raises:
        SettingsError: it names no day.
    """
    today = datetime.now(zone).date()
    named = {"today": today, "yesterday": today - timedelta(days=1)}
    try:
        return named.get(text) or date.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"{option} takes a date like 2026-11-20, today or yesterday. Received: {text!r}") from error
