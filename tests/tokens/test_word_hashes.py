import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from newslabel.tokens.word_hashes import word_hashes

M64 = 2**64


def slow_hash(word: str) -> int:
    """What `word_hashes` says of one word, by Python's own integers."""
    number = 0
    for place, byte in enumerate(word.encode()):
        number = (number + (byte + 1) * pow(0x9E3779B97F4A7C15, place + 1, M64)) % M64
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        number = (number ^ (number >> shift)) * factor % M64
    return number ^ (number >> 31)


def test_hashes_are_these_on_every_machine() -> None:
    hashes = word_hashes(pa.array(["crawl", "naïve", ""])).tolist()
    assert hashes == [14070407685121294294, 16701007181932093498, 0]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))), st.integers(0, 3))
def test_hashing_equals_that_of_a_slow_twin(words: list[str], first: int) -> None:
    array = pa.array(words, pa.string())
    assert word_hashes(array).tolist() == [slow_hash(word) for word in words]
    assert word_hashes(array.dictionary_encode()).tolist() == word_hashes(array).tolist()
    assert word_hashes(array[first:]).tolist() == [slow_hash(word) for word in words[first:]]


def test_different_words_have_different_hashes() -> None:
    words = [f"{prefix}{number}" for number in range(50_000) for prefix in ("", "a", "aa")] + ["\0", "\0\0"]
    assert len(set(word_hashes(pa.array(words)).tolist())) == len(words)
