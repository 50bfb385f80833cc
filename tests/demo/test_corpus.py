"""The corpus' files: the same ones every time, with as many bad records as it says."""

import csv
import gzip
import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq

from newslabel.demo.corpus import Corpus, make_corpus


def _files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*.*"))}


def _lines(corpus: Corpus) -> list[bytes]:
    return [
        line
        for file in corpus.files
        if file.suffix == ".gz"
        for line in gzip.decompress(file.read_bytes()).splitlines()
    ]


def test_equal_seeds_make_equal_files_byte_for_byte(tmp_path):
    make_corpus(tmp_path / "one", labelled=300, nightly=50)
    make_corpus(tmp_path / "two", labelled=300, nightly=50)
    assert _files(tmp_path / "one") == _files(tmp_path / "two")


def test_the_default_seed_makes_these_very_texts_on_every_machine(tmp_path):
    made = make_corpus(tmp_path, labelled=300, nightly=50)
    texts = hashlib.sha256()
    for file in made.files:
        if file.suffix in {".csv", ".gz"}:
            texts.update(gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes())
    assert texts.hexdigest() == "9563ea70a4453e070d07940d9e819e07c6b109ed28cc65c271881d24b1361981"


def test_another_seed_makes_other_articles(tmp_path):
    one = make_corpus(tmp_path / "one", seed=1, labelled=60, nightly=10)
    two = make_corpus(tmp_path / "two", seed=2, labelled=60, nightly=10)
    assert not set(one.texts) & set(two.texts)


def test_there_is_a_folder_a_day_with_mixed_formats(tmp_path):
    make_corpus(tmp_path, labelled=60, nightly=10)
    assert list(_files(tmp_path)) == [
        "2026-11-02/archive.parquet",
        "2026-11-02/feeds.jsonl.gz",
        "2026-11-02/papers.csv",
        "2026-11-03/archive.parquet",
        "2026-11-03/feeds.jsonl.gz",
        "2026-11-03/papers.csv",
        "2026-11-04/archive.parquet",
        "2026-11-04/feeds.jsonl.gz",
        "2026-11-04/papers.csv",
        "2026-11-16/feeds.jsonl.gz",
        "2026-11-16/papers.csv",
        "2026-11-17/feeds.jsonl.gz",
        "2026-11-17/papers.csv",
        "2026-11-18/feeds.jsonl.gz",
        "2026-11-18/papers.csv",
    ]


def test_it_has_as_many_records_of_each_kind_as_it_says(corpus):
    assert corpus.counts == {
        "article": 4900,
        "reprint": 48,
        "correction": 27,
        "duplicate": 99,
        "empty": 48,
        "not_english": 48,
        "malformed": 39,
        "undecodable": 27,
        "unknown_label": 21,
        "bad_crawl_date": 15,
    }
    assert (corpus.records, corpus.articles, corpus.rejected) == (5272, 4975, 198)


def test_lines_are_malformed_and_undecodable_as_often_as_it_says(corpus):
    undecodable = malformed = 0
    for line in _lines(corpus):
        try:
            json.loads(line)
        except UnicodeDecodeError:
            undecodable += 1
        except json.JSONDecodeError:
            malformed += 1
    for file in corpus.files:
        if file.suffix == ".csv":
            undecodable += file.read_bytes().count(b"Caf\xe9")
            with file.open(encoding="utf-8", errors="replace", newline="") as lines:
                header, *rows = csv.reader(lines)
                malformed += sum(len(row) != len(header) for row in rows)
    assert (malformed, undecodable) == (39, 27)


def test_labels_are_spelt_as_their_file_has_it_and_nights_have_none(corpus):
    archives = [file for file in corpus.files if file.suffix == ".parquet"]
    assert {file.parent.name for file in archives} == {"2026-11-02", "2026-11-03", "2026-11-04"}
    assert {label for file in archives for label in pq.read_table(file)["target"].to_pylist()} == {"1", "0", "satire"}
    lines = b"\n".join(_lines(corpus))
    assert b'"class": "fake"' in lines
    assert b'"class": "true"' in lines
    night = next(file for file in corpus.files if file.match("2026-11-16/papers.csv"))
    assert night.read_bytes().startswith(b"title,text,url,author,source,published_at,crawl_date\n")
