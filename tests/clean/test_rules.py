import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_twins import SLOW_TWINS

from newslabel.clean import TEXT_RULES

# Python's tables may be older than RE2's: what they do not know yet is left out
ANY_CHARACTER = st.characters(exclude_categories=("Cs", "Cn"))
TRICKY = st.sampled_from(
    list(" .…\n\r\t\v\u00a0\u2003\u0085'\u2019-—()/:@#&;<>*!_éÉİßΣ漢9٣½\u0301\u200b\u212aȺ\U0001f600\x00")
)
# fmt: off
PIECES = st.sampled_from([
    "http://", "https://x.y/z", "www.", "t.co/ab", "pic.twitter.com/x", "...", ". . .", "(Reuters) - ", "<b>", "</p >",
    "<!--", "-->", "<script>", "</script>", "<style a='>'>", "</style>", "&amp;", "&#39;", "&#xD800;", "&#9999999;",
    "a@b.co", "@ab", "#ab", "#1", "f**k", "a*", "**", "“", "—",
])
# fmt: on
TEXTS = st.lists(ANY_CHARACTER | TRICKY | PIECES).map("".join)


def apply(rule: str, *texts: str | None) -> list[str | None]:
    cleaned = TEXT_RULES[rule](pa.array(texts, pa.string()))
    cleaned.validate(full=True)
    found: list[str | None] = cleaned.to_pylist()
    return found


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("html", "<p class='a'>One<br/>two</P>", " One two "),
        ("html", "x<!-- <b> --><script type=x>if (a<b) {}</script >y<STYLE>p{}</STYLE>z", "x  y z"),
        ("html", "a < b, c > d, <3 and <<b>>", "a < b, c > d, <3 and < >"),
        ("html", "<!DOCTYPE html><?xml v?>x<!-- left open <i>y</i>", "  x<!-- left open  y "),
        (
            "html",
            "Tom &amp; Ann&#39;s &lt;b&gt; caf&eacute; &#x2014; AT&T &nosuch; R&D;",
            "Tom & Ann's <b> café — AT&T &nosuch; R&D;",
        ),
        ("html", "&#xD800; &#99999999999; &#0;", "\ufffd &#99999999999; \ufffd"),
        ("urls", "see http://a.b/c?d=1 now", "see   now"),
        ("urls", "see HTTPS://A.B now", "see   now"),
        ("urls", "see WWW.a.com/b, now", "see   now"),
        ("urls", "so true pic.twitter.com/aBc9\nyes", "so true  \nyes"),
        ("urls", '<a href="http://a.b">here</a>', '<a href=" ">here</a>'),
        ("urls", "Amazon.com sells U.S./Mexican goods and/or more", "Amazon.com sells U.S./Mexican goods and/or more"),
        ("emails", "Write to ann.lee+x@mail.house.org.", "Write to  ."),
        ("emails", "müller@straße.de, a@b, @c.d and e @ f.g", " , a@b, @c.d and e @ f.g"),
        ("mentions", "@real_Ann said (@bo2) to ann@house.org: @ @@x .@müller", "  said ( ) to ann@house.org: @ @@x . "),
        ("hashtags", "#MAGA #été2016 #1 is a#b, (#x_1) &#x27; ##y #_", "    #1 is a#b, ( ) &#x27; ##y #_"),
        (
            "typography",
            "“It\u2019s \u2018so\u2019,” he said—twice \u2013 «no» 5\u2032 3″ … \u22121",
            '"It\'s \'so\'," he said-twice - "no" 5\' 3" … -1',
        ),
        ("repeated_periods", "wait... what.. no. Yes… or . . . no", "wait  what  no. Yes  or   no"),
        (
            "censored",
            "What the f**k, you a**hole, sh*t! s***",
            "What the censoredword, you censoredword, censoredword! censoredword",
        ),
        ("censored", "**bold** *it* 2*3 results* results** a * b", "**bold** *it* 2*3 results* results** a * b"),
        ("special_characters", "Don't (ever) pay 5%—e\u0301 漢!", "Don ' t  ( ever )  pay 5 %  — e\u0301 漢 ! "),
        ("punctuation", "“Don't,” he said—twice; 3.5% of U.S. goods_x", " Don t  he said twice  3 5  of U S  goods x"),
        ("punctuation", "naïve Ω漢字 नमस्ते e\u0301", "naïve Ω漢字 नमस्ते e\u0301"),
        ("letters_only", "It's 9 naïve\n\nU.S. men", "It s   na ve U S  men"),
        ("letters_and_digits", "It's 9 naïve\n\nU.S. नमस्ते_٣", "It s 9 naïve U S  नमस्ते ٣"),
        ("lowercase", "ÉCOLE Straße ΦΩΣ U.S. Ⱥ", "école straße φω\u03c3 u.s. ⱥ"),
        ("whitespace", " \n a\t\tb\u00a0c \r\n d\u3000", "a b c d"),
    ],
)
def test_a_rule_does_what_it_says(rule: str, text: str, expected: str) -> None:
    assert apply(rule, text) == [expected]


def test_every_rule_is_there_and_all_but_datelines_have_a_slow_twin() -> None:
    # datelines have tests of their own
    assert set(TEXT_RULES) - set(SLOW_TWINS) == {"datelines"}
    assert len(TEXT_RULES) == 15


@pytest.mark.parametrize("rule", TEXT_RULES)
def test_null_stays_null_and_empty_stays_empty(rule: str) -> None:
    assert apply(rule, None, "", None) == [None, "", None]
    assert apply(rule) == []
    assert TEXT_RULES[rule](pa.nulls(2, pa.string())).to_pylist() == [None, None]


@pytest.mark.parametrize("rule", TEXT_RULES)
@given(texts=st.lists(st.none() | TEXTS, max_size=5), first=st.integers(0, 5))
def test_a_rule_takes_any_text_and_looks_at_each_alone(rule: str, texts: list[str | None], first: int) -> None:
    alone = [apply(rule, text)[0] for text in texts]
    assert apply(rule, *texts) == alone
    assert TEXT_RULES[rule](pa.array(texts, pa.string()).slice(first)).to_pylist() == alone[first:]


@pytest.mark.parametrize("rule", SLOW_TWINS)
@given(text=TEXTS)
def test_a_rule_equals_its_slow_twin(rule: str, text: str) -> None:
    assert apply(rule, text) == [SLOW_TWINS[rule](text)]


@pytest.mark.parametrize(
    "piece", ["<!--<b>", "<script><b>", "&#x", ". ", "a@", "a@b.", "www.", "a.com", "(", "A (AP) ", "a*", "<a "]
)
@pytest.mark.parametrize("rule", TEXT_RULES)
def test_the_cost_of_a_text_grows_no_faster_than_its_length(rule: str, piece: str) -> None:
    # a rule that looked again and again at all that follows would take hours
    assert TEXT_RULES[rule](pa.array([piece * (200_000 // len(piece))])).is_valid().to_pylist() == [True]
