"""The vectors are GloVe's format, the same every time, and know which words are of a kind."""

import numpy as np
import pytest

from newslabel.demo.vectors import write_vectors

SENTENCES = [
    "the red apple fell from the tree",
    "the green apple fell from the tree",
    "an old ship sailed over the sea",
]


@pytest.fixture(scope="module")
def vectors(corpus, tmp_path_factory):
    file = tmp_path_factory.mktemp("vectors") / "vectors.txt"
    n_words = write_vectors(corpus.texts, file)
    lines = [line.split(" ") for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == n_words
    return {word: np.array(numbers, dtype=np.float64) for word, *numbers in lines}


def test_each_line_is_a_word_and_fifty_numbers(vectors):
    assert {len(numbers) for numbers in vectors.values()} == {50}
    assert next(iter(vectors)) == "the"
    assert 8_000 < len(vectors) < 20_000


def test_numbers_spread_as_gloves_do(vectors):
    numbers = np.stack(list(vectors.values()))
    assert np.isfinite(numbers).all()
    assert 0.35 < numbers.std() < 0.45


def test_equal_texts_make_equal_vectors(tmp_path):
    for name in ("one", "two"):
        write_vectors(SENTENCES * 10, tmp_path / name, width=4)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_words_that_stand_in_each_others_place_are_alike(tmp_path):
    write_vectors(SENTENCES * 10, tmp_path / "vectors", width=4)
    lines = (line.split(" ") for line in (tmp_path / "vectors").read_text(encoding="utf-8").splitlines())
    of = {word: np.array(numbers, dtype=np.float64) for word, *numbers in lines}

    def alike(one, two):
        return of[one] @ of[two] / np.linalg.norm(of[one]) / np.linalg.norm(of[two])

    assert alike("red", "green") > 0.9
    assert alike("red", "green") > alike("red", "ship") + 0.5


def test_rare_words_have_none(tmp_path):
    write_vectors([*SENTENCES * 4, "a strange word"], tmp_path / "vectors", width=4)
    assert "strange" not in (tmp_path / "vectors").read_text(encoding="utf-8")


def test_no_window_reaches_from_one_text_into_the_next(tmp_path):
    together = write_vectors(["red ship green tree"] * 5, tmp_path / "together", width=2)
    write_vectors(["red ship", "green tree"] * 5, tmp_path / "apart", width=2)
    assert together == 4
    of = dict(line.split(" ", 1) for line in (tmp_path / "apart").read_text(encoding="utf-8").splitlines())
    red, tree = (np.array(of[word].split(), dtype=np.float64) for word in ("red", "tree"))
    assert abs(red @ tree) < 0.01
