import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newslabel.clean
from newslabel.clean import TEXT_RULES, Cleaner
from newslabel.errors import SettingsError

PUBLISHED = ("urls", "datelines", "repeated_periods", "punctuation", "whitespace", "lowercase", "stop_words")


def test_the_room_exports_these_names() -> None:
    assert newslabel.clean.__all__ == ["STOP_WORDS", "TEXT_RULES", "WORD_RULES", "Cleaner"]


def test_the_published_rules_leave_the_words() -> None:
    cleaner = Cleaner(PUBLISHED, ["the", "don't", "is"])
    titles = pa.array(["The Judge WON'T go!", None, "", None])
    texts = pa.array(["OHIO (Reuters) - He said...\n\nsee http://a.b/c don\u2019t", "the is", None, None])
    assert cleaner.words(titles, texts).to_pylist() == [["judge", "won", "go", "he", "said", "see"], [], [], []]


def test_a_dateline_is_seen_at_the_start_of_each_field() -> None:
    cleaner = Cleaner(["datelines"])
    assert cleaner.words(pa.array(["A (Reuters) b"]), pa.array(["OHIO (Reuters) - c"])).to_pylist() == [
        ["A", "(Reuters)", "b", "c"]
    ]


def test_rules_act_in_the_order_given() -> None:
    text = pa.array(["OHIO (Reuters) - Yes"])
    assert Cleaner(["datelines", "lowercase"]).texts(text).to_pylist() == ["yes"]
    assert Cleaner(["lowercase", "datelines"]).texts(text).to_pylist() == ["ohio (reuters) - yes"]


def test_stop_words_are_cleaned_as_the_texts_are() -> None:
    cleaner = Cleaner(["punctuation", "lowercase", "stop_words"], ["DON'T", "the"])
    assert cleaner.words(pa.array(["I don't, The don"])).to_pylist() == [["i"]]
    assert Cleaner(["lowercase", "stop_words"], ["DON'T"]).words(pa.array(["I don't don"])).to_pylist() == [
        ["i", "don"]
    ]


def test_stop_words_stay_where_the_recipe_has_no_such_rule() -> None:
    assert Cleaner(["lowercase"], ["the"]).words(pa.array(["The end"])).to_pylist() == [["the", "end"]]


@pytest.mark.parametrize(
    "texts",
    [
        pa.array(["A b", None], pa.large_string()),
        pa.array(["A b", None], pa.string_view()),
        pa.array(["A b", None]).dictionary_encode(),
        pa.chunked_array([pa.array(["A b"]), pa.array([None], pa.string())]),
        pa.array(["x", "A b", None]).slice(1),
    ],
)
def test_any_kind_of_string_array_is_taken(texts: pa.Array) -> None:
    cleaner = Cleaner(["lowercase"])
    assert cleaner.texts(texts).to_pylist() == ["a b", None]
    assert cleaner.words(texts).to_pylist() == [["a", "b"], []]


def test_an_array_of_nulls_has_no_words() -> None:
    assert Cleaner(PUBLISHED).words(pa.nulls(2), pa.nulls(2)).to_pylist() == [[], []]


def test_no_articles_have_no_words() -> None:
    assert Cleaner(PUBLISHED).words(pa.array([], pa.string())).to_pylist() == []


def test_an_unknown_rule_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"no cleaning rule 'punctation'\. Did you mean 'punctuation'"):
        Cleaner(["urls", "punctation"])


def test_rules_that_act_on_words_stand_last() -> None:
    with pytest.raises(
        SettingsError, match=r"stop_words .* must stand after lowercase\. Received: stop_words, lowercase"
    ):
        Cleaner(["stop_words", "lowercase"])
    Cleaner(["lowercase", "stem", "stop_words"])
    Cleaner(["lowercase", "stop_words", "stem"])


PLAIN = st.text(st.sampled_from("abAB '.\n\t"), max_size=20)


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(st.none() | PLAIN, st.none() | PLAIN), max_size=6),
    stop_words=st.sets(st.sampled_from("ab")),
)
def test_words_equal_those_of_a_slow_twin(rows: list[tuple[str | None, str | None]], stop_words: set[str]) -> None:
    expected = [
        [
            word
            for text in row
            for word in (text or "").lower().replace("'", " ").replace(".", " ").split()
            if word not in stop_words
        ]
        for row in rows
    ]
    cleaner = Cleaner(["punctuation", "whitespace", "lowercase", "stop_words"], stop_words)
    titles, texts = (pa.array([row[index] for row in rows], pa.string()) for index in (0, 1))
    assert cleaner.words(titles, texts).to_pylist() == expected


ANY_TEXT = st.text(st.characters(codec="utf-8")) | st.sampled_from(
    ["(Reuters) - x", "http://", "(" * 50, "...", "\x00"]
)


@settings(deadline=None, max_examples=40)
@given(texts=st.lists(st.none() | ANY_TEXT, max_size=5))
def test_no_text_makes_a_rule_fail(texts: list[str | None]) -> None:
    words = Cleaner(PUBLISHED, ["the"]).words(pa.array(texts, pa.string()))
    assert len(words) == len(texts)
    assert all(word and " " not in word for row in words.to_pylist() for word in row)
    for rule in TEXT_RULES.values():
        rule(pa.array(texts, pa.string())).validate(full=True)
