"""What is found in folders and by patterns."""

import os
from pathlib import Path

import pytest

from newslabel.errors import DataError
from newslabel.ingest.inputs import _uri, input_files


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """A folder as a crawler leaves it."""
    for name in ("b.csv", "day1/a.jsonl.gz", "day2/c.warc.gz", "day2/_tmp/d.csv", ".hidden.csv", "day1/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"12345")
    return tmp_path


def names(folder: Path, *inputs: str) -> list[tuple[str, bool]]:
    return [
        (file.uri.removeprefix(f"{folder}/"), file.named) for file in input_files([f"{folder}/{x}" for x in inputs])
    ]


def test_a_folder_gives_all_files_below_it_but_hidden_ones_and_those_that_nothing_reads(landing: Path, capsys):
    assert names(landing, "") == [("b.csv", False), ("day1/a.jsonl.gz", False), ("day2/c.warc.gz", False)]
    assert 'files=3 names="/.hidden.csv, /day1/notes.txt, /day2/_tmp/d.csv"' in capsys.readouterr().err


def test_a_link_that_leads_back_gives_no_file_twice_and_a_name_that_is_not_utf_8_is_passed_over(landing: Path, capsys):
    (landing / "day1" / "back").symlink_to(landing)
    (landing / "day0").symlink_to(landing / "day1")
    Path(os.fsdecode(f"{landing}/caf".encode() + b"\xe9.csv")).touch()
    assert names(landing, "") == [("b.csv", False), ("day1/a.jsonl.gz", False), ("day2/c.warc.gz", False)]
    assert 'files=1 why="their names are not UTF-8"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "folder", "path", "uri"),
    [
        ("hdfs://h:8020/crawl/", "/crawl", "/crawl", "hdfs://h:8020/crawl/day=1/a%20b.csv"),
        ("abfss://c@a.net/crawl/*/a*.csv", "c/crawl", "c/crawl/*/a*.csv", "abfss://c@a.net/crawl/day=1/a%20b.csv"),
        ("s3://b/x%20y?region=eu", "b/x y", "b/x y", "s3://b/x%20y/day=1/a%20b.csv?region=eu"),
    ],
)
def test_a_file_found_on_another_host_keeps_host_and_options(given: str, folder: str, path: str, uri: str):
    assert _uri(given, folder, path, "/day=1/a b.csv") == uri


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.csv", ["b.csv"]),
        ("*/*", ["day1/a.jsonl.gz", "day2/c.warc.gz"]),
        ("day?/*.gz", ["day1/a.jsonl.gz", "day2/c.warc.gz"]),
        ("day[2-9]/*", ["day2/c.warc.gz"]),
        ("**/*.gz", ["day1/a.jsonl.gz", "day2/c.warc.gz"]),
        ("**", ["b.csv", "day1/a.jsonl.gz", "day2/c.warc.gz"]),
        ("day3/*", []),
    ],
)
def test_a_pattern_gives_the_files_that_it_matches(landing: Path, pattern: str, found: list[str]):
    assert names(landing, pattern) == [(name, False) for name in found]


def test_a_file_is_known_by_its_absolute_path_and_taken_once(landing: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(landing)
    files = input_files(["b.csv", ".", f"file://{landing}/b.csv", "day1/a.jsonl.gz"])
    assert [(file.uri, file.named) for file in files] == [
        (f"{landing}/b.csv", True),
        (f"{landing}/day1/a.jsonl.gz", True),
        (f"{landing}/day2/c.warc.gz", False),
    ]
    assert {file.size_bytes for file in files} == {5}
    assert all(file.modified_at for file in files)


def test_a_name_with_brackets_is_a_name_where_there_is_such_a_file(tmp_path: Path):
    (tmp_path / "[1].csv").touch()
    assert names(tmp_path, "[1].csv") == [("[1].csv", True)]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        *(("missing.csv", "no such file or folder"), ("missing", "no such file or folder")),
        *(("day1/notes.txt", "expected a name"), ("caf\udce9.csv", "expected a name in UTF-8")),
    ],
)
def test_what_is_named_must_be_there_and_have_a_reader(landing: Path, given: str, told: str):
    with pytest.raises(DataError, match=rf"1 of 2 inputs cannot be used, so nothing was written:\n.*{told}"):
        names(landing, "b.csv", given)
