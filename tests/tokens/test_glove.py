import gzip
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from newslabel.errors import DataError, SettingsError
from newslabel.tokens import Vocabulary
from newslabel.tokens.glove import read_glove

VOCABULARY = Vocabulary(pa.array(["the", "trump", "covfefe", "naïve"]), pa.array([6, 2, 1, 1]))
GLOVE = "the 0.5 -1 2e-3\n, 1 1 1\ntrump 1 2 3\nnaïve 7 8 9\n"


@pytest.fixture
def plain(tmp_path: Path) -> str:
    return written(tmp_path, GLOVE)


def written(folder: Path, text: str, name: str = "glove.txt") -> str:
    (folder / name).write_bytes(text.encode())
    return str(folder / name)


def test_each_word_has_its_vector_and_padding_zeros(plain: str) -> None:
    matrix = read_glove(plain, VOCABULARY, seed=0).matrix
    assert matrix.shape == (6, 3)
    assert matrix.dtype == np.float32
    assert matrix[0].tolist() == [0, 0, 0]
    assert matrix[2].tolist() == pytest.approx([0.5, -1, 0.002])
    assert matrix[[3, 5]].tolist() == [[1, 2, 3], [7, 8, 9]]


def test_a_word_that_glove_lacks_gets_a_small_vector_drawn_by_the_seed(plain: str) -> None:
    first, again, other = (read_glove(plain, VOCABULARY, seed=seed).matrix for seed in (0, 0, 1))
    for row in (1, 4):
        assert 0 < np.abs(first[row]).max() <= 0.05
        assert not np.array_equal(first[row], other[row])
    assert np.array_equal(first, again)


def test_coverage_counts_words_and_their_occurrences(plain: str) -> None:
    vectors = read_glove(plain, VOCABULARY, seed=0)
    assert (vectors.words_found, vectors.coverage_words, vectors.coverage_text) == (3, 0.75, 0.9)


def test_of_a_word_that_stands_twice_the_first_counts(tmp_path: Path) -> None:
    vectors = read_glove(written(tmp_path, "the 1 2\nthe 3 4\n"), VOCABULARY, seed=0)
    assert vectors.matrix[2].tolist() == [1, 2]
    assert vectors.words_found == 1


@pytest.mark.parametrize("text", [GLOVE.replace("\n", "\r\n"), GLOVE.replace("\n", " \n"), GLOVE.rstrip("\n")])
def test_line_ends_do_not_matter(tmp_path: Path, plain: str, text: str) -> None:
    expected = read_glove(plain, VOCABULARY, seed=0).matrix
    assert np.array_equal(read_glove(written(tmp_path, text, "other.txt"), VOCABULARY, seed=0).matrix, expected)


def test_a_packed_file_reads_like_a_plain_one(tmp_path: Path, plain: str) -> None:
    (tmp_path / "glove.txt.gz").write_bytes(gzip.compress(GLOVE.encode()))
    with zipfile.ZipFile(tmp_path / "glove.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("glove.txt", GLOVE)
    expected = read_glove(plain, VOCABULARY, seed=0).matrix
    for name in ("glove.txt.gz", "glove.zip", "glove.zip#glove.txt"):
        assert np.array_equal(read_glove(str(tmp_path / name), VOCABULARY, seed=0).matrix, expected)


def test_of_stanfords_archive_the_file_named_is_read_or_that_of_100_numbers(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "glove.6B.zip", "w") as archive:
        for width in (50, 100, 300):
            archive.writestr(f"glove.6B.{width}d.txt", "the" + " 1" * width + "\n")
    uri = str(tmp_path / "glove.6B.zip")
    assert read_glove(uri, VOCABULARY, seed=0).matrix.shape == (6, 100)
    assert read_glove(f"{uri}#glove.6B.300d.txt", VOCABULARY, seed=0).matrix.shape == (6, 300)
    with pytest.raises(DataError, match=r"glove.6B.zip#glove.6B.50d.txt.*Received: 'glove.6B.200d.txt'"):
        read_glove(f"{uri}#glove.6B.200d.txt", VOCABULARY, seed=0)


def test_the_text_files_of_word2vec_and_fasttext_tell_their_size_first(tmp_path: Path, plain: str) -> None:
    told = read_glove(written(tmp_path, "4 3\n" + GLOVE.replace("\n", " \n"), "word2vec.txt"), VOCABULARY, seed=0)
    assert told.matrix.tolist() == read_glove(plain, VOCABULARY, seed=0).matrix.tolist()
    assert (told.words_found, told.coverage_text) == (3, 0.9)


def test_words_of_several_words_are_passed_over(tmp_path: Path) -> None:
    text = "the 1 2 3\n. . . 4 5 6\nat name@domain.com 7 8 9\ntrump 1 2 3\n"
    assert read_glove(written(tmp_path, text), VOCABULARY, seed=0).words_found == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "the 1 2 3\nof 1 2\n",
            r"must be a word and 3 numbers, as line 1 says\. Received: 'of 1 2' \(.*glove.txt, line 2\)",
        ),
        ("the 1 2 3\nof 1 2 3\ntrump 1 2 3 4\n", r"a word and 3 numbers.*'trump 1 2 3 4' .*line 3"),
        ("the 1 2 3\n\nof 1 2 3\n", r"a word and 3 numbers.*Received: '' .*line 2"),
        ("the 1 2 3\ntrump 1 nan 3\n", r"finite numbers\. Received: 'trump 1 nan 3' .*line 2"),
        ("the 1 2 3\ntrump 1 1e99 3\n", r"finite numbers.*line 2"),
        ("the 1 2 3\ntrump 1 x 3\n", r"a word and its numbers\. Received: 'trump 1 x 3' .*line 2"),
        ("400000 50\nthe 1 2\n", r"a word and 50 numbers, as line 1 says\. Received: 'the 1 2' .*line 2"),
        ("3 2\nthe 1 2\ntrump 1 2\n", r"as many as its first line says, 3\. Received: 2 \(.*glove.txt\)"),
        ("id,title,text\n1,a,b\n", r"a word and its numbers\. Received: 'id,title,text' .*line 1"),
        ("Once upon a time there was\n", r"a word and its numbers\. Received: 'Once upon a time there was' .*line 1"),
        ("x" * 100 + "\n", r"Received: 'x{60}…' .*line 1"),
        ("", r"Received: nothing"),
        ("der 1 2\ndie 1 2\n", r"some of the vocabulary's 4 words\. Received: none \(.*glove.txt\)"),
    ],
)
def test_what_is_no_glove_file_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_glove(written(tmp_path, text), VOCABULARY, seed=0)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no such GloVe file. Received: .*missing.txt"):
        read_glove(str(tmp_path / "missing.txt"), VOCABULARY, seed=0)


def test_a_file_broken_off_is_refused(tmp_path: Path) -> None:
    text = "".join(f"word{index} {index / 7} {index / 3}\n" for index in range(5000))
    packed = gzip.compress(("the 1 2\n" + text).encode())
    (tmp_path / "broken.txt.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 broken")
    for name in ("broken.txt.gz", "broken.zip"):
        with pytest.raises(DataError, match=f"cannot be read: .*Received: .*{name}"):
            read_glove(str(tmp_path / name), VOCABULARY, seed=0)


def test_hashed_ids_have_no_vectors_in_a_file(plain: str) -> None:
    with pytest.raises(SettingsError, match=r"train without --glove, .* Received: .*tokens.ids = 'hashed'"):
        read_glove(plain, Vocabulary.hashed(10), seed=0)
