import csv
import gzip
import io
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from newslabel.errors import DataError
from newslabel.ingest import csv_reader, readers, text_files
from newslabel.ingest.columns import ColumnFinder
from newslabel.ingest.csv_reader import read_csv
from newslabel.ingest.json_reader import read_json_lines
from newslabel.ingest.parquet_reader import read_parquet
from newslabel.ingest.readers import RECORDS, read_file, reader_of
from newslabel.ingest.records import Reading, Record
from newslabel.ingest.warc_reader import read_warc

READING = Reading(ColumnFinder({"title": ("title", "headline"), "text": ("text", "content"), "label": ("label",)}))
# files are written anew for each example, which a fixture of the function's scope allows
twin = hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
rows_of_text = st.lists(st.tuples(st.text(), st.text()), max_size=8)


def test_csv_records_have_a_position_their_fields_and_all_columns_as_raw_json(tmp_path: Path):
    file = _file(tmp_path, "a.csv", 'id,Headline,content\n1,One,"Two\nlines, ""quoted"""\n\n2,,Three\n')
    assert list(read_csv(file, READING)) == [
        Record(1, r'{"id": "1", "Headline": "One", "content": "Two\nlines, \"quoted\""}',
               {"title": "One", "text": 'Two\nlines, "quoted"'}),
        Record(2, '{"id": "2", "Headline": "", "content": "Three"}', {"text": "Three"}),
    ]  # fmt: skip


def test_short_fields_are_trimmed_and_the_article_is_not(tmp_path: Path):
    file = _file(tmp_path, "a.csv", "title,text,label\n One , Two \t, FAKE \n")
    assert [record.fields for record in read_csv(file, READING)] == [
        {"title": " One ", "text": " Two \t", "label": "FAKE"}
    ]


def test_unnamed_and_repeated_csv_columns_do_not_hide_others(tmp_path: Path):
    file = _file(tmp_path, "a.csv", ",text,,text,\n7,One,,Two,\n")
    assert list(read_csv(file, READING)) == [Record(1, '{"_1": "7", "text": "One", "text_4": "Two"}', {"text": "One"})]


def test_a_csv_record_of_another_width_is_malformed_and_the_next_is_read(tmp_path: Path):
    file = _file(tmp_path, "a.csv", "title,text\nOne\nA,B,C\nTwo,Three\n")
    assert [(record.position, record.raw, record.problem) for record in read_csv(file, READING)] == [
        (1, '["One"]', "malformed_csv"),
        (2, '["A", "B", "C"]', "malformed_csv"),
        (3, '{"title": "Two", "text": "Three"}', None),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_column_or_key(tmp_path: Path):
    table = _file(tmp_path, "a.csv", "\ufefftext\nOne\n")
    lines = _file(tmp_path, "a.jsonl", '\ufeff{"text": "One"}\n')
    assert [record.fields for record in read_csv(table, READING)] == [{"text": "One"}]
    assert [record.fields for record in read_json_lines(lines, READING)] == [{"text": "One"}]


def test_bytes_that_are_not_utf_8_cost_their_own_record_and_stand_escaped_in_raw(tmp_path: Path):
    table = _file(tmp_path, "a.csv", b"title,text\nOne,caf\xe9\nTwo,Thr\xc3\xa9\xc3\xa9\n")
    lines = _file(tmp_path, "a.jsonl", b'{"text": "caf\xe9"}\n{"text": "Thr\xc3\xa9\xc3\xa9"}\n')
    assert list(read_csv(table, READING)) == [
        Record(1, r'{"title": "One", "text": "caf\xe9"}', problem="malformed_encoding"),
        Record(2, '{"title": "Two", "text": "Thréé"}', {"title": "Two", "text": "Thréé"}),
    ]
    assert list(read_json_lines(lines, READING)) == [
        Record(1, r'{"text": "caf\xe9"}', problem="malformed_encoding"),
        Record(2, '{"text": "Thréé"}', {"text": "Thréé"}),
    ]


def test_a_file_in_an_older_encoding_is_read_in_it_unless_another_is_forced(tmp_path: Path):
    pounds = "It cost \u00a35 at the caf\u00e9, he \u2018said\u2019."
    table = _file(tmp_path, "a.csv", f'text\n"{pounds}"\n'.encode("windows-1252"))
    lines = _file(tmp_path, "a.jsonl", json.dumps({"text": pounds}, ensure_ascii=False).encode("windows-1252"))
    assert [record.fields for record in read_csv(table, READING)] == [{"text": pounds}]
    assert [record.fields for record in read_json_lines(lines, READING)] == [{"text": pounds}]
    forced = replace(READING, encoding="cp437")
    assert [record.fields["text"] for record in read_csv(table, forced)] == [pounds.encode("cp1252").decode("cp437")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
def test_a_byte_order_mark_tells_the_encoding(tmp_path: Path, encoding: str):
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    file = _file(tmp_path, "a.csv", f"{mark}title,text\nOne,Zwei Stra\u00dfen\n".encode(encoding))
    assert [record.fields for record in read_csv(file, READING)] == [{"title": "One", "text": "Zwei Stra\u00dfen"}]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_whatever_stands_between_csv_fields_is_found_from_the_header(tmp_path: Path, delimiter: str):
    row = delimiter.join(("7", "One, two; three", '"a\tb\nc|d"'))
    header = delimiter.join(("id", '"title"', "content"))
    quoted = row.replace("One, two; three", '"One, two; three"')
    file = _file(tmp_path, "a.csv", f"{header}\n{quoted}\n")
    assert [record.fields for record in read_csv(file, READING)] == [{"title": "One, two; three", "text": "a\tb\nc|d"}]


def test_empty_columns_beyond_the_header_are_left_out_and_full_ones_are_malformed(tmp_path: Path):
    file = _file(tmp_path, "a.csv", "title,text\nA,One,,\nB,Two,,more\n")
    assert [(record.fields, record.problem) for record in read_csv(file, READING)] == [
        ({"title": "A", "text": "One"}, None),
        ({}, "malformed_csv"),
    ]


@pytest.mark.parametrize("end", ['"never closed', '"closed"\n2,"never\nclosed\n'])
def test_a_csv_file_that_ends_in_a_quote_is_refused(tmp_path: Path, end: str):
    file = _file(tmp_path, "a.csv", f"id,text\n1,{end}")
    with pytest.raises(DataError, match="expected a quote that closes"):
        list(read_csv(file, READING))


def test_a_csv_article_of_a_megabyte_is_read_whole(tmp_path: Path):
    file = _file(tmp_path, "a.csv", f"text\n{'x' * 1_000_000}\n")
    assert [len(record.fields["text"]) for record in read_csv(file, READING)] == [1_000_000]


def test_json_lines_keep_the_line_as_raw_and_blank_lines_are_no_records(tmp_path: Path):
    file = _file(tmp_path, "a.jsonl", '{"TEXT": "One", "n": 1}\n\n  \n{"headline": "A", "content": "Two"}')
    assert list(read_json_lines(file, READING)) == [
        Record(1, '{"TEXT": "One", "n": 1}', {"text": "One"}),
        Record(2, '{"headline": "A", "content": "Two"}', {"title": "A", "text": "Two"}),
    ]


@pytest.mark.parametrize(
    "line",
    [
        *("{", "[1]", "3", '"text"', "null", "[" * 100_000, f'{{"text": {"9" * 5000}}}'),
        f'{{"text": "A", "label": {"[" * 400}1{"]" * 400}}}',
    ],
)
def test_a_line_that_is_no_json_object_is_malformed_and_the_next_is_read(tmp_path: Path, line: str):
    file = _file(tmp_path, "a.jsonl", f'{{"text": "One"}}\n{line}\n{{"text": "Two"}}\n')
    assert list(read_json_lines(file, READING)) == [
        Record(1, '{"text": "One"}', {"text": "One"}),
        Record(2, line, problem="malformed_json"),
        Record(3, '{"text": "Two"}', {"text": "Two"}),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1", "1"),
        ("1.0", "1.0"),
        ("true", "true"),
        ('["A", null, "B"]', "A, B"),
        ('{"name": "A"}', '{"name": "A"}'),
        (r'"\ud83d\ude00 \ud800"', "\U0001f600 \ufffd"),
    ],
)
def test_json_values_of_any_type_become_text(tmp_path: Path, value: str, text: str):
    file = _file(tmp_path, "a.jsonl", f'{{"text": "One", "label": {value}}}\n{{"text": "Two", "label": null}}\n')
    assert [record.fields.get("label") for record in read_json_lines(file, READING)] == [text, None]


def test_json_lines_of_which_none_has_a_text_are_refused_with_the_keys_that_were_there(tmp_path: Path):
    file = _file(tmp_path, "a.jsonl", '{"id": 1}\n{"summary": "One"}\n')
    with pytest.raises(
        DataError, match=r"no text column, expected one of 'text', 'content'.*columns: 'id', 'summary'$"
    ):
        list(read_json_lines(file, READING))


def test_a_json_array_is_no_json_lines(tmp_path: Path):
    file = _file(tmp_path, "a.json", '[\n{"text": "One"},\n{"text": "Two"}\n]\n')
    with pytest.raises(DataError, match="Received: a JSON array"):
        list(read_json_lines(file, READING))


def test_a_line_of_a_log_before_the_first_object_costs_itself(tmp_path: Path):
    file = _file(tmp_path, "a.jsonl", '[2026-11-20 03:00] crawl started\n{"text": "One"}\n')
    assert [record.problem for record in read_json_lines(file, READING)] == ["malformed_json", None]


def test_parquet_values_of_any_type_become_text_and_raw_json(tmp_path: Path):
    columns = {
        "text": ["One", None],
        "label": [1.0, float("nan")],
        "day": [date(2026, 11, 20), None],
        "time": [datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC), None],
        "title": [b"A", b"\xff"],
        "tags": [["x", "y"], []],
    }
    file = _parquet(tmp_path, columns)
    days = '"day": "2026-11-20", "time": "2026-11-20T01:02:03+00:00"'
    one = f'{{"text": "One", "label": 1.0, {days}, "title": "A", "tags": ["x", "y"]}}'
    two = r'{"text": null, "label": null, "day": null, "time": null, "title": "\\xff", "tags": []}'
    assert list(read_parquet(file, READING)) == [
        Record(1, one, {"title": "A", "text": "One", "label": "1.0"}),
        Record(2, two, problem="malformed_encoding"),
    ]


def test_a_parquet_value_that_python_lacks_costs_its_own_record_at_most(tmp_path: Path):
    broken = pa.array([b"caf\xe9", b"One", b"Two", None], pa.binary()).view(pa.string())
    titles = pa.ListArray.from_arrays([0, 1, 2, 4, 4], pa.array([b"A", b"B", b"caf\xe9", b"C"]).view(pa.string()))
    days = pa.array([None, 10**13, 0, 0], pa.timestamp("s"))
    file = _parquet(tmp_path, {"text": broken, "title": titles, "day": days})
    found = list(read_parquet(file, READING))
    assert [(record.position, record.fields, record.problem) for record in found] == [
        (1, {}, "malformed_encoding"),
        (2, {"title": "B", "text": "One"}, None),
        (3, {}, "malformed_encoding"),
        (4, {}, None),
    ]
    assert [json.loads(record.raw)["day"] for record in found[1:3]] == [
        "<value out of range: 10000000000000000>",
        "1970-01-01T00:00:00",
    ]


@twin
@given(rows_of_text)
def test_csv_fields_equal_what_pythons_writer_was_given(tmp_path: Path, rows: list[tuple[str, str]]):
    rows = [(title, f"{text}.") for title, text in rows]
    buffer = io.StringIO()
    csv.writer(buffer).writerows([("title", "text"), *rows])
    file = _file(tmp_path, "a.csv", buffer.getvalue())
    assert [_title_and_text(record) for record in read_csv(file, READING)] == [_plain(row) for row in rows]


@twin
@given(rows_of_text)
def test_json_fields_equal_what_pythons_writer_was_given(tmp_path: Path, rows: list[tuple[str, str]]):
    lines = [json.dumps({"title": title, "text": text}) for title, text in rows]
    file = _file(tmp_path, "a.jsonl.gz", gzip.compress("\n".join(lines).encode()))
    assert [_title_and_text(record) for record in read_json_lines(file, READING)] == [_plain(row) for row in rows]


@twin
@given(rows_of_text)
def test_parquet_fields_equal_what_arrow_was_given(tmp_path: Path, rows: list[tuple[str, str]]):
    columns = {
        name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(("title", "text"))
    }
    found = list(read_parquet(_parquet(tmp_path, columns), READING))
    assert [_title_and_text(record) for record in found] == [_plain(row) for row in rows]
    assert [record.position for record in found] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("a.csv", read_csv), ("s3://b/a.csv.gz", read_csv), ("a.json", read_json_lines), ("a.json.gz", read_json_lines),
        ("a.jsonl", read_json_lines), ("a.jsonl.gz", read_json_lines), ("a.ndjson", read_json_lines),
        ("a.tsv.zst", read_csv), ("A.CSV.BZ2", read_csv), ("s3://b/a.csv?region=x", read_csv),
        ("a.warc", read_warc), ("a.warc.gz", read_warc),
        ("a.parquet", read_parquet),
    ],
)  # fmt: skip
def test_the_name_tells_the_reader(name: str, reader: object):
    assert reader_of(name) is reader


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv.zip", "folder", "a.CSV.bak", "a.parquet.gz"])
def test_a_name_that_tells_no_reader_is_refused_with_those_that_do(name: str):
    with pytest.raises(DataError, match=rf"ends in \.csv, .*\.warc, and all but .* with \.gz, .*\. Received: '{name}'"):
        reader_of(name)


def test_a_file_comes_as_batches_with_its_name_and_hash(tmp_path: Path):
    file = _file(tmp_path, "a.csv", "title,text\n,One\n")
    batches = list(read_file(file, READING))
    assert [batch.schema for batch in batches] == [RECORDS, RECORDS]
    [row], [end] = ([_not_null(row) for row in batch.to_pylist()] for batch in batches)
    known = {"file": file, "file_hash": "343e4ec27e9e737c313955cb2c48f08b8679320c313c811b00f9385820ecc308"}
    assert row == known | {"position": 1, "raw": '{"title": "", "text": "One"}', "text": "One"}
    assert end == known | {"n_records": 1, "n_passed_over": 0, "is_damaged": False}


def test_batches_are_bounded_by_rows_and_by_bytes(tmp_path: Path):
    many = _file(tmp_path, "many.csv", "text\n" + "One\n" * 2500)
    large = _file(tmp_path, "large.csv", "text\n" + f"{'x' * 3_000_000}\n" * 3)
    assert [batch.num_rows for batch in read_file(many, READING)] == [1000, 1000, 500, 1]
    assert [batch.num_rows for batch in read_file(large, replace(READING, max_record_bytes=2**22))] == [1, 1, 1, 1]


def test_a_record_that_is_too_large_is_kept_aside_with_its_beginning(tmp_path: Path):
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in ("x" * 985, "\u00e9" * 900, "Two")]
    file = _file(tmp_path, "a.jsonl", "\n".join(lines))
    rows = _rows(file, replace(READING, max_record_bytes=1024))
    assert [(row["problem"], len(row["raw"].encode())) for row in rows] == [
        (None, 997),
        ("too_large", 1024),
        (None, 15),
    ]
    malformed = _file(tmp_path, "malformed.jsonl", "{" * 2000 + '\n{"text": "One"}\n')
    assert _rows(malformed, replace(READING, max_record_bytes=1024))[0]["problem"] == "malformed_json"


def test_a_line_beyond_what_memory_allows_costs_itself_and_not_the_next(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(text_files, "LONGEST_LINE", 4096)
    file = _file(tmp_path, "a.jsonl", '{"text": "One"}\n{"text": "' + "x" * 20_000 + '"}\n{"text": "Two"}\n')
    assert [(row["position"], row["text"], row["problem"]) for row in _rows(file, READING)] == [
        (1, "One", None),
        (2, None, "too_large"),
        (3, "Two", None),
    ]


@pytest.mark.parametrize(
    ("name", "content", "rest"),
    [
        ("a.csv", b'text\nOne\nTwo\n"never closed', '["never closed"]'),
        ("a.jsonl", b'{"text": "One"}\n{"text": "Two"}\n{"text": "caf\xc3', r'{"text": "caf\xc3'),
        ("a.jsonl.gz", b"", "expected a file that can be read."),
    ],
)
def test_what_is_whole_before_a_file_breaks_off_is_read_and_the_place_is_named(
    tmp_path: Path, name: str, content: bytes, rest: str
):
    if name == "a.jsonl.gz":  # long enough that a part comes through
        lines = b"".join(json.dumps({"text": f"{number:x}" * 50}).encode() + b"\n" for number in range(20_000))
        content = gzip.compress(lines)[:-1000]
    file = _file(tmp_path, name, content)
    *batches, end = read_file(file, READING)
    *whole, broken = [row for batch in batches for row in batch.to_pylist()]
    assert len(whole) >= 2
    assert [row["position"] for row in whole] == list(range(1, len(whole) + 1))
    assert {row["problem"] for row in whole} == {None}
    assert (broken["problem"], broken["position"]) == ("broken_file", len(whole) + 1)
    assert broken["raw"].startswith(rest)
    assert end.to_pylist()[0]["n_records"] == len(whole)
    assert end.to_pylist()[0]["file_error"].startswith("expected a ")


def test_a_file_is_never_held_whole_in_memory(tmp_path: Path):
    words = "x" * 3000
    table = _file(tmp_path, "a.csv", "text\n" + f"{words}\n" * 10_000)
    lines = _file(tmp_path, "a.jsonl.gz", gzip.compress((json.dumps({"text": words}) + "\n").encode() * 10_000))
    for file in (table, lines):
        tracemalloc.start()
        n_rows = sum(batch.num_rows for batch in read_file(file, READING))
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert n_rows == 10_000 + 1  # which tells of the file
        assert peak_bytes < 24_000_000  # of a file of 30 MB


def _broken_files() -> dict[str, tuple[bytes | None, str]]:
    packed = gzip.compress(b'{"text": "One"}\n' * 1000)
    return {
        "missing.csv": (None, "there is no such file"),
        "cut.jsonl.gz": (packed[: len(packed) // 2], "Compressed file ended before the end"),
        "plain.csv.gz": (b"text\nOne\n", "Not a gzipped file"),
        "no_parquet.parquet": (b"text\nOne\n", "expected a file that can be read"),
        "binary.csv": (bytes(range(256)) * 100, "no text column"),
        "binary.jsonl": (bytes(range(256)) * 100, "expected one JSON object a line"),
        "empty.csv": (b"", "no text column, expected one of 'text', 'content'. Received columns: none"),
    }


def test_a_header_that_never_ends_is_told_by_any_delimiter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(csv_reader, "LONGEST_LINE", 1000)
    file = _file(tmp_path, "a.csv", 'title,text,"' + ("x" * 900 + "\n") * 3)
    *_, end = read_file(file, READING)
    assert end.to_pylist()[0]["file_error"].startswith("expected CSV. Received: field larger than field limit")


def test_whatever_a_reader_fails_of_ends_its_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def failing(uri: str, reading: Reading) -> Iterator[Record]:
        yield Record(1, "{}")
        raise RecursionError

    monkeypatch.setattr(readers, "READERS", {".csv": failing})
    record, broken, end = [
        row for batch in read_file(_file(tmp_path, "a.csv", ""), READING) for row in batch.to_pylist()
    ]
    assert (record["problem"], broken["problem"]) == (None, "broken_file")
    assert (end["n_records"], end["file_error"]) == (1, "expected a file that can be read. Received: RecursionError")


@pytest.mark.parametrize(
    ("name", "content"), [("cut.csv.zst", b"\x28\xb5\x2f\xfd"), ("a.parquet", b"text"), ("a.csv.bz2", b"text")]
)
def test_damage_is_told_from_what_cannot_be_had(tmp_path: Path, name: str, content: bytes):
    damaged = _file(tmp_path, name, content)
    ends = [[*read_file(uri, READING)][-1].to_pylist()[0] for uri in (damaged, str(tmp_path / "missing" / name))]
    assert [end["is_damaged"] for end in ends] == [True, False]
    assert ends[1]["file_error"] == "there is no such file"


@pytest.mark.parametrize("name", _broken_files())
def test_a_file_that_cannot_be_read_ends_with_a_row_that_says_why(tmp_path: Path, name: str):
    content, message = _broken_files()[name]
    file = str(tmp_path / name) if content is None else _file(tmp_path, name, content)
    *_, last = [row for batch in read_file(file, READING) for row in batch.to_pylist()]
    assert last["file"] == file
    assert message in last["file_error"]


def test_a_folder_is_no_file(tmp_path: Path):
    folder = tmp_path / "folder.parquet"
    folder.mkdir()
    *_, end = read_file(str(folder), READING)
    assert "directory" in end.to_pylist()[0]["file_error"]


def _file(folder: Path, name: str, content: str | bytes) -> str:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(file)


def _parquet(folder: Path, columns: dict[str, object]) -> str:
    file = folder / "a.parquet"
    pq.write_table(pa.table(columns), file)
    return str(file)


def _rows(file: str, reading: Reading) -> list[dict[str, object]]:
    *batches, _ = read_file(file, reading)
    return [row for batch in batches for row in batch.to_pylist()]


def _not_null(row: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in row.items() if value is not None}


def _title_and_text(record: Record) -> tuple[str | None, str | None]:
    return record.fields.get("title"), record.fields.get("text")


def _plain(row: tuple[str, str]) -> tuple[str | None, ...]:
    return tuple(value if value.strip() else None for value in row)
