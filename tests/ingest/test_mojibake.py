import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslabel.ingest.mojibake import is_mojibake, repaired

MEANT = "You can smell Hillary\u2019s fear \u2013 she said \u201cno\u201d in the caf\u00e9"


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
