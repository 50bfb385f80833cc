import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer

from newslabel.clean import WORD_RULES, Cleaner


def stems(*words: str | None) -> list[str | None]:
    found: list[str | None] = WORD_RULES["stem"](pa.array(words, pa.string())).to_pylist()
    return found


def test_a_stem_is_porters() -> None:
    assert stems("elections", "elected", "ponies", "caresses", "relational", "sky", "is") == [
        "elect", "elect", "poni", "caress", "relat", "sky", "is",
    ]  # fmt: skip
    assert stems(None, "", None) == [None, "", None]
    assert stems() == []


@given(words=st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=20)))
def test_any_word_has_the_stem_that_nltk_gives(words: list[str | None]) -> None:
    porter = PorterStemmer()
    assert stems(*words) == [word and porter.stem(word) for word in words]


@pytest.mark.parametrize("letter", ["y", "é", "s", "漢"])
def test_what_is_too_long_for_a_word_stays_as_it_is(letter: str) -> None:
    assert stems(letter * 100_000) == [letter * 100_000]


def test_words_of_one_stem_become_one() -> None:
    words = Cleaner(["lowercase", "stem"]).words(pa.array(["Elections elected pony", None, "ponies elect"]))
    assert words.to_pylist() == [["elect", "elect", "poni"], [], ["poni", "elect"]]
    assert words.values.dictionary.to_pylist() == ["elect", "poni"]


def test_word_rules_act_in_the_order_given() -> None:
    text = pa.array(["He has the elections"])
    # "has" goes before it could be stemmed, or as the stem that "has" becomes too
    assert Cleaner(["lowercase", "stop_words", "stem"], ["the", "has"]).words(text).to_pylist() == [["he", "elect"]]
    assert Cleaner(["lowercase", "stem", "stop_words"], ["the", "has"]).words(text).to_pylist() == [["he", "elect"]]
    # a stop word is stemmed as the words are, where stems come first
    assert Cleaner(["lowercase", "stop_words", "stem"], ["elected"]).words(text).to_pylist() == [
        ["he", "ha", "the", "elect"]
    ]
    assert Cleaner(["lowercase", "stem", "stop_words"], ["elected"]).words(text).to_pylist() == [["he", "ha", "the"]]


@given(
    texts=st.lists(st.none() | st.text(st.sampled_from("abeings \n'"), max_size=30), max_size=5),
    dropped=st.sets(st.sampled_from(["a", "being", "in", "sing"])),
)
def test_the_stemmed_pipeline_equals_a_slow_twin(texts: list[str | None], dropped: set[str]) -> None:
    porter = PorterStemmer()
    expected = [
        [porter.stem(word) for word in (text or "").replace("'", " ").split() if word not in dropped] for text in texts
    ]
    cleaner = Cleaner(["letters_only", "lowercase", "stop_words", "stem"], dropped)
    assert cleaner.words(pa.array(texts, pa.string())).to_pylist() == expected
