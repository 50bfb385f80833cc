"""Dates as crawls write them: tolerant about when an article was published, strict where a table is partitioned."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

# Tried in turn after ISO 8601; month names are English, and 03/04 is March 4, as the corpora in use have it.
FORMATS = (
    "%B %d, %Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%m/%d/%Y",
    "%Y/%m/%d",
)
# What may stand after the day.
TIMES = ("%H:%M:%S", "%H:%M", "%I:%M %p", "%H:%M:%S.%f", "%H:%M:%S %z")
DAY_AND_TIME = re.compile(r"(?P<day>.*?[^\s,])(?:[\s,]+(?P<time>\d{1,2}:\d\d.*))?")
WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE)
ZONE_NAME = re.compile(r"\s*(?:GMT|UTC|Z)$", re.IGNORECASE)
LONGEST = 64

# What pandas' nanoseconds hold, and what a newspaper or a crawl can mean.
FIRST_PUBLISHED = datetime(1700, 1, 1, tzinfo=UTC)
LAST_PUBLISHED = datetime(2200, 1, 1, tzinfo=UTC)
FIRST_CRAWL = date(1990, 1, 1)
LAST_CRAWL = date(2100, 1, 1)
CRAWL_DATES_LIE = f"from {FIRST_CRAWL} to before {LAST_CRAWL}"


def parse_time(text: str) -> datetime | None:
    """The time that the text says, in UTC (which is assumed where no zone is named), or None.

    Args:
        text: any string; ISO 8601 and the formats usual in English are understood.
    """
    if len(text) > LONGEST:
        return None
    try:
        found = _iso_time(text.strip()) or _written_time(text.strip())
    except OverflowError:  # year 1 or 9999, moved out of the calendar by a time zone
        return None
    return found if found and FIRST_PUBLISHED <= found < LAST_PUBLISHED else None


def parse_crawl_date(text: str, zone: ZoneInfo) -> date | None:
    """The day on which an article was crawled, or None where the text is no date or time in ISO 8601.

    Args:
        text: any string. A date stands for itself; a time without a zone is taken as of `zone`.
        zone: where a crawl date begins and ends.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        day = (found.astimezone(zone) if found.tzinfo else found).date()
    except (ValueError, OverflowError):
        return None
    return day if is_plausible(day) else None


def is_plausible(day: date) -> bool:
    """Whether something can have been crawled on that day; each day is a partition, so nonsense must not become one."""
    return FIRST_CRAWL <= day < LAST_CRAWL


def _iso_time(text: str) -> datetime | None:
    try:
        return _in_utc(datetime.fromisoformat(text))
    except ValueError:
        return None


def _written_time(text: str) -> datetime | None:
    parts = DAY_AND_TIME.fullmatch(ZONE_NAME.sub("", WEEKDAY.sub("", text)))
    day = _first_match(parts["day"], FORMATS) if parts else None
    if not parts or not day or not parts["time"]:
        return day and _in_utc(day)
    time = _first_match(parts["time"], TIMES)
    return time and _in_utc(datetime.combine(day, time.timetz()))


def _first_match(text: str, formats: Iterable[str]) -> datetime | None:
    for each in formats:
        try:
            return datetime.strptime(text, each)  # noqa: DTZ007 - the zone is added where none is named
        except ValueError:
            continue
    return None


def _in_utc(time: datetime) -> datetime:
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
