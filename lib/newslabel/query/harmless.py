"""Titles come from anywhere: what they may do to a terminal or a spreadsheet is taken from them on the way out."""

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from newslabel.logs import UNPRINTABLE, printable

# what spreadsheets take for a formula, unless it is a plain number
FORMULA = r"^[=+\-@\t\r\n\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]"
PLAIN_NUMBER = r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$"
LONGEST_CELL = 200


def terminal_cell(value: Any) -> str:
    """A value as one short line, with nothing in it that a terminal obeys."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value if isinstance(value, str) else _as_text(plain(value))
    return printable(text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…")


def json_line(row: Mapping[str, Any]) -> str:
    """A row as a line of JSON, in which control and direction characters are escaped."""
    line = json.dumps({name: plain(value) for name, value in row.items()}, ensure_ascii=False, allow_nan=False)
    return UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


def csv_column(values: pa.Array, *, for_terminal: bool) -> pa.Array:
    """A column as it goes into CSV: text that a spreadsheet would run gets an apostrophe before it.

    Args:
        values: any column; what CSV has no way to write (lists, say) becomes JSON.
        for_terminal: whether to take out also what a terminal obeys.
    """
    if pa.types.is_boolean(values.type) or pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        return values
    if pa.types.is_date(values.type):
        return values.cast(pa.string())
    if not pa.types.is_string(values.type):
        values = pa.array(
            [None if value is None else _as_text(plain(value)) for value in values.to_pylist()], pa.string()
        )
    if for_terminal:
        values = pa.array([None if value is None else printable(value) for value in values.to_pylist()], pa.string())
    return defused(values)


def defused(texts: pa.Array) -> pa.Array:
    """The texts, with an apostrophe before those that a spreadsheet would take for a formula."""
    runs = pc.and_not(pc.match_substring_regex(texts, FORMULA), pc.match_substring_regex(texts, PLAIN_NUMBER))
    return pc.if_else(runs, pc.binary_join_element_wise("'", texts, ""), texts)


def plain(value: Any) -> Any:
    """A value as JSON has it: times in UTC as ISO 8601, decimals as numbers, not-a-number as null."""
    if value is None or isinstance(value, str | int):
        return value
    for kinds, conversion in CONVERSIONS:
        if isinstance(value, kinds):
            return conversion(value)
    return str(value)


def _utc(time_of_day: datetime) -> str:
    if time_of_day.tzinfo is None:
        return time_of_day.isoformat()
    return time_of_day.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


# a datetime is a date too, so it comes first
CONVERSIONS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (float, lambda number: number if math.isfinite(number) else None),
    (Decimal, lambda number: int(number) if number == number.to_integral_value() else float(number)),
    (datetime, _utc),
    (date | time, lambda day: day.isoformat()),
    (Mapping, lambda fields: {str(name): plain(value) for name, value in fields.items()}),
    (list | tuple, lambda values: [plain(value) for value in values]),
    (bytes, bytes.hex),
)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
