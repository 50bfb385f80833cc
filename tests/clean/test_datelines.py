import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslabel.clean import TEXT_RULES


def without_datelines(text: str) -> str:
    (cleaned,) = TEXT_RULES["datelines"](pa.array([text])).to_pylist()
    return str(cleaned)


@pytest.mark.parametrize(
    "dateline",
    [
        "WASHINGTON (Reuters) - ",
        "(Reuters) - ",
        " \n(Reuters) - ",
        "\ufeffBERLIN (Reuters) - ",
        "WASHINGTON(Reuters)-",
        "WASHINGTON (REUTERS) — ",
        "WASHINGTON (AP) -- ",
        "PARIS, May 5, 2017 (AFP) \u2013 ",
        "WEST PALM BEACH, Fla./WASHINGTON (Reuters) - ",
        "CHARLESTON, W. Va. (Reuters) - ",
        "ABOARD A U.S. MILITARY AIRCRAFT (Reuters) - ",
        "RIO DE JANEIRO/SÃO PAULO (Reuters) - ",
        "LONDON (Thomson Reuters Foundation) - ",
        "WASHINGTON (Reuters on Friday ) - ",
        "WASHINGTON () - ",
        "NEW YORK (LPC/IFR) - ",
        "Vatican City, Jan 24, 2018 / 04:26 am (CNA/EWTN News).- ",
        "(Corrects paragraph 7 to show a warning on travel to Cuba, not a ban) HAVANA (Reuters) - ",
        "(Adds details, background) By Ann Lee and Bo Rao NEW YORK (Reuters) - ",
        "((This December 4 story has been corrected (not refiled) to “2015”)) By Marc Frank HAVANA (Reuters) - ",
        "(Refiles) (Repeats to more subscribers)\n(Reuters) - ",
    ],
)
def test_an_agency_preamble_is_gone(dateline: str) -> None:
    assert (
        without_datelines(dateline + "A judge said (on Friday) - at last - so.")
        == "A judge said (on Friday) - at last - so."
    )


def test_a_dateline_below_the_highlights_is_gone() -> None:
    text = "Story highlights\n\nHe won by 8 points\n\nWashington (CNN) Hillary Clinton said.\n(CNN)She left."
    assert without_datelines(text) == "Story highlights\n\nHe won by 8 points\n\nHillary Clinton said.\nShe left."


def test_a_headline_above_a_dateline_stays() -> None:
    assert without_datelines("Mr Big Wins Again\nOHIO (AP) - He won.") == "Mr Big Wins Again\nHe won."


@pytest.mark.parametrize(
    "prose",
    [
        "He told the agency (Reuters) - and nobody else - that he left.",
        "Reuters has not edited the statements.",
        "The Associated Press (AP) said it was so.",
        "The office\n(AP) said it was so.",
        "Sources (Reuters) say: no.",
        "WASHINGTON - Some senators still had concerns.",
        "(Marshall Steel Ltd) said it agreed - at last.",
        "Congressman (R-TX) - the worst of all - said no.",
        "WATCH Him Run (VIDEO) - It Is Funny",
        "The NRA (National Rifle Association) - a lobby - won.",
        "APPLE (APPLE) - A fruit.",
    ],
)
def test_prose_that_mentions_an_agency_stays(prose: str) -> None:
    assert without_datelines(prose) == prose


@settings(deadline=None)
@given(prose=st.text(st.characters(codec="utf-8", exclude_characters="()")))
def test_a_text_without_parentheses_is_left_alone(prose: str) -> None:
    assert without_datelines(prose) == prose
