"""Dates as crawls write them: tolerant about when an article was published, strict where a table is partitioned."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

# Tried in turn after ISO 8601. Month names are English; 03/04 is March 4, as the corpora in use have it, while 3.4. and
# 3-4- begin with the day; where that gives no day, the other order does.
FORMATS = (
    *("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y"),
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"),
    *("%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y"),
    *("%d/%m/%Y", "%m.%d.%Y", "%m-%d-%Y"),
)
# What may stand after the day.
TIMES = ("%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%H:%M:%S.%f", "%H:%M:%S %z")
DAY_AND_TIME = re.compile(r"(?P<day>.*?[^\s,])(?:[\s,]+(?P<time>\d{1,2}:\d\d.*))?")
MIDNIGHT = re.compile(r"(?<=[T\s])24:00(?=(:00(\.0+)?)?(\D|$))")
WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE)
# those of e-mail (RFC 5322), which the web took over, and Western Europe's
# fmt: off
ZONES = {
    "GMT": "+0000", "UTC": "+0000", "Z": "+0000", "BST": "+0100", "CET": "+0100", "CEST": "+0200",
    "EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500",
    "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
}
# fmt: on
ZONE_NAME = re.compile(rf"\s*\b({'|'.join(ZONES)})$", re.IGNORECASE)
IN_FIGURES = re.compile(r"\s*([0-9]{1,4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,4})(?![0-9])")
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
    of_day = MIDNIGHT.sub("00:00", text.strip())
    try:
        found = _iso_time(of_day) or _written_time(of_day)
        found = found + timedelta(days=1) if found and of_day != text.strip() else found
    except OverflowError:  # year 1 or 9999, moved out of the calendar
        return None
    return found if found and FIRST_PUBLISHED <= found < LAST_PUBLISHED else None


def names_no_day(text: str) -> bool:
    """Whether the text begins with a date in figures that is no day, in whichever order year, month and day are."""
    figures = IN_FIGURES.match(text)
    return figures is not None and not any(_is_day(*order) for order in permutations(map(int, figures.groups())))


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
    zone = ZONE_NAME.search(text)
    parts = DAY_AND_TIME.fullmatch(WEEKDAY.sub("", text[: zone.start()] if zone else text))
    day = _first_match(parts["day"], FORMATS) if parts else None
    if not parts or not day or not parts["time"]:
        return day and _in_utc(day)
    time = _first_match(parts["time"], TIMES)
    if time and zone:
        time = time.replace(tzinfo=datetime.strptime(ZONES[zone[1].upper()], "%z").tzinfo)
    return time and _in_utc(datetime.combine(day, time.timetz()))


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        return bool(date(year, month, day))
    except ValueError:
        return False


def _first_match(text: str, formats: Iterable[str]) -> datetime | None:
    for each in formats:
        try:
            return datetime.strptime(text, each)  # noqa: DTZ007 - the zone is added where none is named
        except ValueError:
            continue
    return None


def _in_utc(time: datetime) -> datetime:
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
