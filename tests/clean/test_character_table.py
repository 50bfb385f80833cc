"""Rules for single characters, applied in one pass, leave the words that they leave one after the other."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_twins import SLOW_TWINS

from newslabel.clean import Cleaner
from newslabel.clean.character_table import CharacterTable
from newslabel.clean.rules import CHARACTER_RULES, TEXT_RULES

RULES = sorted(CHARACTER_RULES)
# shorter in lower case, as long, longer; two, three, four bytes; blanks of all kinds
TRICKY = st.sampled_from(list("aZ9.' \n\u00a0\u3000\u200b\x00éÉ漢—“…\u212aİȺȾẞ\U00010400\U0001f600\u0301"))
TEXTS = st.text(TRICKY | st.characters(exclude_categories=("Cs", "Cn")), max_size=30)


def test_the_rules_are_these() -> None:
    assert RULES == ["letters_and_digits", "letters_only", "lowercase", "punctuation", "typography", "whitespace"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“NAÏVE” — it\u2019s 漢字\U00010400!", ["naïve", "it", "s", "漢字\U00010428"]),
        ("\u212aelvin is one byte shorter, İ is", ["kelvin", "is", "one", "byte", "shorter", "i", "is"]),
        ("Ⱥ is one byte longer, Ⱦoo", ["ⱥ", "is", "one", "byte", "longer", "ⱦoo"]),
        ("\U0001f600\U0001f600", []),
        ("", []),
    ],
)
def test_characters_of_any_length_are_taken(text: str, expected: list[str]) -> None:
    words = Cleaner(["punctuation", "lowercase"]).words(pa.array(["x", text, None, "\u00a0y "]))
    assert words.to_pylist() == [["x"], expected, [], ["y"]]


@given(rules=st.lists(st.sampled_from(RULES), max_size=5), texts=st.lists(st.none() | TEXTS, max_size=5))
def test_one_pass_leaves_the_same_words_as_one_rule_after_the_other(rules: list[str], texts: list[str | None]) -> None:
    expected = []
    for text in texts:
        left = text or ""
        for rule in [*rules, "whitespace"]:
            left = SLOW_TWINS[rule](left)
        expected.append(left.split(" ") if left else [])
    words = Cleaner(rules).words(pa.array(texts, pa.string()))
    words.validate(full=True)
    assert words.to_pylist() == expected
    assert Cleaner(rules).words(pa.array([None, *texts], pa.string()).slice(1)).to_pylist() == expected


@given(text=TEXTS)
def test_repeated_periods_may_be_left_out_only_where_all_periods_go(text: str) -> None:
    for last, left_out in (("punctuation", True), ("lowercase", False)):
        rules = ("repeated_periods", last)
        expected = SLOW_TWINS["whitespace"](SLOW_TWINS[last](SLOW_TWINS["repeated_periods"](text)))
        cleaner = Cleaner(rules)
        assert (not cleaner._before) == left_out
        assert cleaner.words(pa.array([text])).to_pylist() == [expected.split(" ") if expected else []]


def test_a_character_is_asked_of_the_rules_once() -> None:
    asked: list[str] = []

    def remembered(texts: pa.StringArray) -> pa.StringArray:
        asked.extend(texts.to_pylist())
        return TEXT_RULES["lowercase"](texts)

    table = CharacterTable([remembered])
    asked.clear()
    for _ in range(3):
        data, offsets = table.cleaned(pa.array(["É É", "x漢É"])) or pytest.fail("there was room")
        assert (data.tobytes().decode(), offsets.tolist()) == ("é éx漢é", [0, 5, 11])
    assert asked == ["É", "漢"]
