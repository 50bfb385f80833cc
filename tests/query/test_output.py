"""Hostile titles on their way to terminals, spreadsheets and programs."""

import csv as python_csv
import io
import json
import os
import pty
import re
import sys
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslabel.logs import UNPRINTABLE
from newslabel.query import query_labels
from newslabel.query.harmless import csv_column, json_line, terminal_cell

BOLD = re.compile(r"\x1b\[[01]m")  # the table's own
RED, OVERRIDE = "\x1b[31mred", "\u202egnp.exe"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (RED, "\ufffd[31mred"),
        (OVERRIDE, "\ufffdgnp.exe"),
        ("two\nlines\tand \x00 \x9b0m \u061c", "two\ufffdlines\ufffdand \ufffd \ufffd0m \ufffd"),
        ("x" * 1_000_000, "x" * 199 + "…"),
        ("[red]no markup[/red]", "[red]no markup[/red]"),
        (None, ""),
        (0.12345678, "0.123457"),
        (["a", "\x1b"], '["a", "\\u001b"]'),
        (Decimal(3), "3"),
    ],
)
def test_a_cell_on_the_terminal_is_one_short_harmless_line(value, shown) -> None:
    assert terminal_cell(value) == shown


@given(st.text())
def test_no_text_moves_a_terminal(text) -> None:
    assert not UNPRINTABLE.search(terminal_cell(text))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+1+1", "'+1+1"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\uff1d1", "'\uff1d1"),
        ("-5", "-5"),
        ("+49.5", "+49.5"),
        ("-1,5", "-1,5"),
        ("-2.5e-3", "-2.5e-3"),
        ("-5\n=1", "'-5\n=1"),
        ("a=b", "a=b"),
        ("", ""),
        (None, None),
    ],
)
def test_a_spreadsheet_runs_no_text_and_takes_plain_numbers_as_they_are(text, cell) -> None:
    assert csv_column(pa.array([text], pa.string()), for_terminal=False).to_pylist() == [cell]


def test_columns_of_numbers_are_left_alone() -> None:
    numbers = pa.array([-1.5, None])
    assert csv_column(numbers, for_terminal=True) is numbers


def test_csv_reads_back_as_it_was_but_for_formulas(ask) -> None:
    texts, others = "'a \"quoted\", text' AS t, 'two\nlines' AS l", "DATE '2026-11-20' AS d, NULL AS n, 1.50 AS p"
    sql = f"SELECT {texts}, [1, NULL] AS a, {others}"
    assert list(python_csv.reader(io.StringIO(ask(sql=sql, output="csv")))) == [
        ["t", "l", "a", "d", "n", "p"],
        ['a "quoted", text', "two\nlines", "[1, null]", "2026-11-20", "", "1.5"],
    ]


def test_csv_of_no_rows_has_its_header_and_hostile_names_are_defused(ask) -> None:
    assert ask(sql='SELECT 1 AS "=cmd()", 2 AS b, 3 AS b WHERE false', output="csv") == '"\'=cmd()","b","b"\n'


def test_json_lines_are_json_with_dates_times_and_numbers_as_programs_expect_them(ask) -> None:
    sql = (
        "SELECT DATE '2026-11-20' AS d, TIMESTAMPTZ '2026-11-20 01:30:00+02' AS t, 'nan'::DOUBLE AS n, "
        "2::HUGEINT AS h, 1.25::DECIMAL(5, 2) AS p, ['x'] AS l, {'a': 1} AS s, chr(27) || chr(8238) AS e, "
        "'ü' AS u, true AS b"
    )
    line = ask(sql=sql, output="json")
    assert line.count("\n") == 1
    assert '"e": "\\u001b\\u202e", "u": "ü"' in line
    assert json.loads(line) == {
        "d": "2026-11-20", "t": "2026-11-19T23:30:00Z", "n": None, "h": 2, "p": 1.25, "l": ["x"], "s": {"a": 1},
        "e": "\x1b\u202e", "u": "ü", "b": True,
    }  # fmt: skip


@given(st.dictionaries(st.text(), st.text() | st.floats() | st.none() | st.lists(st.text())))
def test_any_row_is_a_line_of_json_that_reads_back(row) -> None:
    line = json_line(row)
    assert not UNPRINTABLE.search(line)
    wanted = {key: None if isinstance(value, float) and value - value != 0 else value for key, value in row.items()}
    assert json.loads(line) == wanted


def on_a_terminal(settings, monkeypatch, columns: int, **options) -> str:
    """What a terminal of that width gets."""
    reading, writing = pty.openpty()
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(writing, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        query_labels(settings, **options)
        monkeypatch.undo()
    with os.fdopen(reading, "rb") as got:
        return BOLD.sub("", got.read1(100_000).decode())


def test_a_terminal_gets_rows_that_fit_it(settings, monkeypatch) -> None:
    many = ", ".join(f"{number} AS column_{number}" for number in range(12))
    shown = on_a_terminal(settings, monkeypatch, 60, sql=f"SELECT {many}, 'word ' || repeat('x', 90) AS long")
    assert max(map(len, shown.splitlines())) <= 60
    assert [line.split() for line in shown.splitlines() if "column_7" in line] == [["column_7", "7"]]
    few = on_a_terminal(settings, monkeypatch, 60, sql="SELECT 1 AS a, 2 AS b")
    assert [line.split() for line in few.splitlines() if line.strip() and line.strip()[0] in "a1"] == [
        ["a", "b"],
        ["1", "2"],
        ["1", "row"],
    ]


def test_csv_on_a_terminal_is_harmless_too(settings, monkeypatch) -> None:
    shown = on_a_terminal(settings, monkeypatch, 80, sql="SELECT chr(27) || '[31m' AS t", output="csv")
    assert "\x1b" not in shown
    assert "\ufffd[31m" in shown
