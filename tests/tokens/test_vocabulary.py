from pathlib import Path

import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession

import newslabel.tokens
from newslabel.clean import Cleaner
from newslabel.tokens import Vocabulary
from newslabel.tokens.word_counts import build_vocabulary, word_counts


def vocabulary_of(**counts: int) -> Vocabulary:
    return Vocabulary(pa.array(list(counts), pa.string()), pa.array(list(counts.values()), pa.int64()))


def test_the_room_exports_these_names() -> None:
    assert newslabel.tokens.__all__ == [
        "ENCODERS",
        "FIRST_WORD",
        "PADDING",
        "UNKNOWN",
        "Encoded",
        "Encoder",
        "TokenIds",
        "Vocabulary",
        "WordsAndLengths",
        "check_recipe",
        "encoder_for",
        "feature_names",
    ]


def test_ids_begin_after_padding_and_the_unknown_word() -> None:
    vocabulary = vocabulary_of(trump=5, said=3)
    assert vocabulary.size == 4
    assert vocabulary.ids(pa.array(["said", "never", "trump", ""])).tolist() == [3, 1, 2, 1]
    assert vocabulary.ids(pa.array(["said", "never", "said"]).dictionary_encode()).tolist() == [3, 1, 3]
    for words in (pa.array([], pa.string()), pa.array(["said"]).dictionary_encode()):
        assert vocabulary.ids(words).dtype == np.int32


def test_hashed_ids_are_the_same_on_every_machine_and_no_word_is_unknown() -> None:
    vocabulary = Vocabulary.hashed(10_000)
    assert vocabulary.size == 10_002
    ids = vocabulary.ids(pa.array(["crawl", "naïve", "crawl"]))
    assert (ids.tolist(), ids.dtype) == ([4296, 3500, 4296], np.int32)
    many = vocabulary.ids(pa.array([f"word{number}" for number in range(100_000)]))
    assert (many.min(), many.max()) == (2, 10_001)
    assert np.bincount(many)[2:].max() < 35


def test_a_vocabulary_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    for vocabulary in (vocabulary_of(trump=5, naïve=3), vocabulary_of(), Vocabulary.hashed(7)):
        vocabulary.save(tmp_path / "vocabulary.arrow")
        loaded = Vocabulary.load(tmp_path / "vocabulary.arrow")
        assert loaded.words.to_pylist() == vocabulary.words.to_pylist()
        assert loaded.counts.to_pylist() == vocabulary.counts.to_pylist()
        assert loaded.words.type == pa.string()
        assert (loaded.buckets, loaded.size) == (vocabulary.buckets, vocabulary.size)


def test_the_most_frequent_words_come_first_and_equal_ones_by_their_bytes(spark: SparkSession) -> None:
    articles = spark.createDataFrame(
        [("b a", "c c é"), (None, "Z b"), ("", None), ("a", "c")], "title string, text string"
    )
    cleaner = Cleaner(["lowercase"])
    for partitions in (1, 3):
        counts = word_counts(articles.repartition(partitions), cleaner, ("title", "text"))
        vocabulary = build_vocabulary(counts, 5)
        assert vocabulary.words.to_pylist() == ["c", "a", "b", "z", "é"]
        assert vocabulary.counts.to_pylist() == [3, 2, 2, 1, 1]
        assert build_vocabulary(counts, 2).words.to_pylist() == ["c", "a"]


def test_no_articles_give_a_vocabulary_of_no_words(spark: SparkSession) -> None:
    articles = spark.createDataFrame([], "title string, text string")
    vocabulary = build_vocabulary(word_counts(articles, Cleaner(["lowercase"]), ("title", "text")), 5)
    assert vocabulary.size == 2
