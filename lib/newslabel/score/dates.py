"""The crawl dates that a command line asks for."""

from datetime import date

from newslabel.days import named_day
from newslabel.errors import SettingsError
from newslabel.settings import Settings


def asked_dates(
    settings: Settings, *, day: str | None = None, first: str | None = None, last: str | None = None
) -> tuple[date | None, date | None]:
    """The first and the last crawl date asked for, None where that end is open.

    Args:
        settings: of the corpus; `crawl.time_zone` says what yesterday is.
        day: --date.
        first: --from.
        last: --to.

    Raises:
        SettingsError: one of them is no date, --date stands beside another, or the last is before the first.
    """
    if day and (first or last):
        raise SettingsError(f"--date excludes --from and --to. Received: --date {day}, --from {first}, --to {last}")
    zone = settings.crawl.zone
    if day:
        named = named_day(day, zone, option="--date")
        return named, named
    from_date = named_day(first, zone, option="--from") if first else None
    to_date = named_day(last, zone, option="--to") if last else None
    if from_date and to_date and to_date < from_date:
        raise SettingsError(f"--to must not be before --from. Received: --from {from_date} --to {to_date}")
    return from_date, to_date
