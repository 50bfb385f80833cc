"""Word vectors from text files: a word and its numbers, parted by blanks, a word a line.

So are those of GloVe; those of word2vec and fastText have a line before, of how many words and numbers there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from newslabel.errors import DataError, SettingsError
from newslabel.logs import printable
from newslabel.tokens.glove_file import glove_lines
from newslabel.tokens.vocabulary import FIRST_WORD, PADDING, Vocabulary

SMALL = 0.05  # words that have no vector get one with numbers between -SMALL and SMALL, as Keras starts an embedding
SHOWN_CHARACTERS = 60
LARGEST = np.finfo(np.float32).max


@dataclass(frozen=True)
class GloveVectors:
    """A vocabulary's vectors.

    Args:
        matrix: float32 (vocabulary.size, width), zeros for the padding.
        words_found: how many of the vocabulary's words the file has.
        coverage_words: the share of the vocabulary's words that they are.
        coverage_text: the share of the training part's words that they are.
    """

    matrix: np.ndarray
    words_found: int
    coverage_words: float
    coverage_text: float


def read_glove(uri: str, vocabulary: Vocabulary, seed: int) -> GloveVectors:
    """The vectors of a vocabulary's words; those that the file lacks get a small random one.

    The file is read line by line, and only the vocabulary's vectors are kept: a file may be larger than the memory.
    Of a word that stands there twice the first counts.

    Args:
        uri: a .txt, .txt.gz or .zip file; of several files in an archive the one named after a `#`
            (`glove.6B.zip#glove.6B.300d.txt`), or else the one with 100 numbers a word.
        vocabulary: the words wanted.
        seed: draws the random vectors.

    Raises:
        SettingsError: the vocabulary has no words, as ids are hashed.
        DataError: no such file, no GloVe file, lines of different widths, a number that is none, or none of the words;
            names file and line.
    """
    if vocabulary.buckets:
        raise SettingsError(
            "hashed ids stand for no words: train without --glove, and with network.embedding = 'trained'. "
            f"Received: {uri!r}, tokens.ids = 'hashed'"
        )
    rows = {word.encode(): FIRST_WORD + index for index, word in enumerate(vocabulary.words.to_pylist())}
    with glove_lines(uri) as lines:
        found = _vectors(lines, rows, uri)
    if rows and not found:
        raise DataError(f"a GloVe file must have some of the vocabulary's {len(rows)} words. Received: none ({uri})")
    places = np.fromiter(found, np.int64, len(found))
    vectors = np.stack(list(found.values())) if found else np.empty((0, 1), np.float32)
    matrix = np.random.default_rng(seed).uniform(-SMALL, SMALL, (vocabulary.size, vectors.shape[1]))
    matrix[PADDING] = 0
    matrix[places] = vectors
    counts = vocabulary.counts.to_numpy()
    return GloveVectors(
        matrix=matrix.astype(np.float32),
        words_found=len(found),
        coverage_words=len(found) / max(len(rows), 1),
        coverage_text=float(counts[places - FIRST_WORD].sum() / max(counts.sum(), 1)),
    )


def _vectors(lines: Iterable[bytes], rows: dict[bytes, int], uri: str) -> dict[int, np.ndarray]:
    """The vectors of the words in `rows`, by row; every line's width is checked, the numbers of those taken."""
    found: dict[int, np.ndarray] = {}
    width = words_promised = number = 0
    for number, line in enumerate(lines, start=1):
        word, _, text = line.rstrip(b"\r\n ").partition(b" ")
        if number == 1:
            words_promised, width = _header(word, text)
            if words_promised:
                continue
        # counting blanks is ten times faster than splitting, and most lines are of words that nobody asked for
        width = width or len(_numbers(text, uri, number, line))
        if text.count(b" ") + 1 != width:
            if not _is_of_several_words(text, width):
                raise _wrong_line(uri, number, f"a word and {width} numbers, as line 1 says", line)
            continue
        row = rows.get(word)
        if row is not None and row not in found:
            found[row] = _numbers(text, uri, number, line)
    if not width:
        raise DataError(f"a GloVe file has a word and its numbers on each line. Received: nothing ({uri})")
    if words_promised and number - 1 != words_promised:
        raise DataError(
            f"a file of word vectors must have as many as its first line says, {words_promised}. "
            f"Received: {number - 1} ({uri})"
        )
    return found


def _header(word: bytes, text: bytes) -> tuple[int, int]:
    """How many words, and numbers a word, a first line in word2vec's format tells of; 0 where it is another."""
    is_header = word.isdigit() and text.isdigit()
    return (int(word), int(text)) if is_header else (0, 0)


def _numbers(text: bytes, uri: str, number: int, line: bytes) -> np.ndarray:
    try:
        values = np.array([float(field) for field in text.split(b" ")])
    except ValueError as error:
        raise _wrong_line(uri, number, "a word and its numbers", line) from error
    if not (np.abs(values) <= LARGEST).all():  # NaN is not either
        raise _wrong_line(uri, number, "finite numbers", line)
    return values.astype(np.float32)


def _is_of_several_words(text: bytes, width: int) -> bool:
    """Whether the line is one of the few of glove.840B whose word has blanks (". . ."), as no cleaned text has."""
    extra = text.split(b" ")[:-width]
    return bool(extra) and not any(_is_number(field) for field in extra)


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _wrong_line(uri: str, number: int, wanted: str, line: bytes) -> DataError:
    received = printable(line.decode(errors="replace").rstrip())
    shortened = received if len(received) <= SHOWN_CHARACTERS else received[:SHOWN_CHARACTERS] + "…"
    return DataError(f"a line of a GloVe file must be {wanted}. Received: {shortened!r} ({uri}, line {number})")
