import re
import unicodedata
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslabel.clean import TEXT_RULES

# Python's tables may be older than RE2's: what they do not know yet is left out
ANY_CHARACTER = st.characters(exclude_categories=("Cs", "Cn"))
TRICKY = st.sampled_from(list(" .…\n\r\t\v\u00a0\u2003\u0085'\u2019-—()/:@_éÉİßΣ漢9٣½\u0301\u200b"))
PIECES = st.sampled_from(
    ["http://", "https://x.y/z", "www.", "t.co/ab", "pic.twitter.com/x", "...", ". . .", "(Reuters) - "]
)
TEXTS = st.lists(ANY_CHARACTER | TRICKY | PIECES).map("".join)
BLANKS = set(" \t\n\v\f\r\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000") | {
    chr(code) for code in range(0x2000, 0x200B)
}


def apply(rule: str, *texts: str | None) -> list[str | None]:
    cleaned: list[str | None] = TEXT_RULES[rule](pa.array(texts, pa.string())).to_pylist()
    return cleaned


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("urls", "see http://a.b/c?d=1 now", "see   now"),
        ("urls", "see HTTPS://A.B now", "see   now"),
        ("urls", "see www.a.com/b, now", "see   now"),
        ("urls", "so true pic.twitter.com/aBc9\nyes", "so true  \nyes"),
        ("urls", '<a href="http://a.b">here</a>', '<a href=" ">here</a>'),
        ("urls", "Amazon.com sells U.S./Mexican goods and/or more", "Amazon.com sells U.S./Mexican goods and/or more"),
        ("repeated_periods", "wait... what.. no. Yes… or . . . no", "wait  what  no. Yes  or   no"),
        ("punctuation", "“Don't,” he said—twice; 3.5% of U.S. goods_x", " Don t  he said twice  3 5  of U S  goods x"),
        ("punctuation", "naïve Ω漢字 नमस्ते e\u0301", "naïve Ω漢字 नमस्ते e\u0301"),
        ("whitespace", " \n a\t\tb\u00a0c \r\n d\u3000", "a b c d"),
        ("lowercase", "ÉCOLE Straße ΦΩΣ U.S.", "école straße φω\u03c3 u.s."),
    ],
)
def test_a_rule_does_what_it_says(rule: str, text: str, expected: str) -> None:
    assert apply(rule, text) == [expected]


@pytest.mark.parametrize("rule", TEXT_RULES)
def test_null_stays_null_and_empty_stays_empty(rule: str) -> None:
    assert apply(rule, None, "", None) == [None, "", None]
    assert apply(rule) == []


@pytest.mark.parametrize("rule", TEXT_RULES)
@settings(deadline=None)
@given(texts=st.lists(st.none() | TEXTS, max_size=5))
def test_a_rule_takes_any_text_and_looks_at_each_alone(rule: str, texts: list[str | None]) -> None:
    assert apply(rule, *texts) == [apply(rule, text)[0] for text in texts]


def slow_urls(text: str) -> str:
    hosts = "be|co|com|de|edu|eu|gl|gov|info|io|it|ly|me|net|news|org|ru|tv|uk|us"
    letter = r"(?:[^\W_]|-)"
    start = rf"(?:(?:https?|ftp)://|www\.|(?:{letter}+\.)+(?:{hosts})/)"
    rest = "".join(sorted(BLANKS)) + '<>"'
    return re.sub(f"{start}[^{re.escape(rest)}]*", " ", text, flags=re.IGNORECASE)


def slow_repeated_periods(text: str) -> str:
    return re.sub(r"\.( ?\.)+|…", " ", text)


def slow_punctuation(text: str) -> str:
    kept = [
        char if unicodedata.category(char)[0] in "LMN" or char in BLANKS - {"\v", "\u0085"} else None for char in text
    ]
    out = ""
    for index, char in enumerate(kept):
        if char is not None:
            out += char
        elif index == 0 or kept[index - 1] is not None:
            out += " "
    return out


def slow_whitespace(text: str) -> str:
    return " ".join(word for word in "".join(" " if char in BLANKS else char for char in text).split(" ") if word)


def slow_lowercase(text: str) -> str:
    return "".join("i" if char == "İ" else char.lower() for char in text)


@pytest.mark.parametrize(
    ("rule", "twin"),
    [
        ("urls", slow_urls),
        ("repeated_periods", slow_repeated_periods),
        ("punctuation", slow_punctuation),
        ("whitespace", slow_whitespace),
        ("lowercase", slow_lowercase),
    ],
)
@settings(deadline=None)
@given(text=TEXTS)
def test_a_rule_equals_its_slow_twin(rule: str, twin: Callable[[str], str], text: str) -> None:
    assert apply(rule, text) == [twin(text)]
