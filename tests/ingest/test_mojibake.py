import ftfy.bad_codecs  # noqa: F401 - registers the codec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from newslabel.ingest.mojibake import is_mojibake, repaired, with_repaired_text

MEANT = "You can smell Hillary\u2019s fear \u2013 she said \u201cno\u201d in the caf\u00e9"
BROKEN = MEANT.encode().decode("sloppy-windows-1252")  # a codec of ftfy, that fills Windows-1252's holes
BEYOND_REPAIR = "price \u00c3\u02dc\u00c2\u00a9 \u00d9\u2026 was\u00c2\u00ac\u00c3\u2014\u00e2\u20ac all over"


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "macroman", "cp437"])
def test_utf_8_read_as_something_else_is_repaired(encoding: str):
    meant = "the mayor\u2019s caf\u00e9 \u2014 closed"
    assert repaired(meant.encode().decode(encoding, "strict" if encoding != "cp1252" else "replace")) == meant


@pytest.mark.parametrize(
    "text", [None, "", "plain text", MEANT, "Gr\u00fc\u00dfe aus M\u00fcnchen", "na\u00efve \u2014\u201cquote\u201d"]
)
def test_what_is_right_stays_as_it_is(text: str | None):
    assert repaired(text) == text
    assert not is_mojibake(text)


@given(st.text())
def test_any_text_is_judged_and_repaired_without_an_error(text: str):
    assert isinstance(repaired(text), str)
    assert is_mojibake(text) in (True, False)


def test_records_are_repaired_and_what_stays_broken_is_marked(spark: SparkSession):
    rows = [(BROKEN, BROKEN), (None, None), (None, BEYOND_REPAIR), ("A", MEANT)]
    records = spark.createDataFrame(rows, "title string, text string")
    found = [tuple(row) for row in records.transform(with_repaired_text(repair=True)).collect()]
    assert [row[0] for row in found] == [MEANT, None, None, "A"]
    assert [row[1] for row in found[:2] + found[3:]] == [MEANT, None, MEANT]
    assert [row[2] for row in found] == [False, False, True, False]
    judged = [tuple(row) for row in records.transform(with_repaired_text(repair=False)).collect()]
    assert [(row[:2], row[2]) for row in judged] == [
        (row, is_bad) for row, is_bad in zip(rows, [True, False, True, False], strict=True)
    ]
