import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslabel.errors import DataError, SettingsError
from newslabel.tokens import UNKNOWN
from newslabel.train.part import Part, read_part, spans

Row = tuple[str, list[int], str]


def write_files(folder: Path, rows: list[Row], files: int) -> list[str]:
    paths = []
    for number in range(files):
        ids, tokens, labels = zip(*rows[number::files], strict=True) if rows[number::files] else ((), (), ())
        table = pa.table(
            {
                "article_id": pa.array(ids, pa.string()),
                "token_ids": pa.array(tokens, pa.list_(pa.int32())),
                "label": pa.array(labels, pa.string()),
                "n_tokens": pa.array(map(len, tokens), pa.int32()),
                "unknown_share": pa.array([float(set(row) == {UNKNOWN}) for row in tokens], pa.float32()),
                "features": pa.array([[len(row), row[-1] if row else 0] for row in tokens], pa.list_(pa.float32())),
            }
        )
        paths.append(str(folder / f"{number}.parquet"))
        pq.write_table(table, paths[-1])
    return paths


def rows_of(part: Part) -> list[tuple[list[int], bool]]:
    spans_of_rows = zip(part.offsets[:-1], part.offsets[1:], strict=True)
    tokens = [part.token_ids[start:end].tolist() for start, end in spans_of_rows]
    return list(zip(tokens, part.is_positive.tolist(), strict=True))


def slow_part(rows: list[Row], rank: int, ranks: int) -> list[tuple[list[int], bool]]:
    ordered = sorted(rows, key=lambda row: (len(row[1]), row[0]))
    mine = [(tokens, label == "FAKE") for _, tokens, label in ordered[rank::ranks]]
    empty = [([], False)] * (-(-len(rows) // ranks) - len(mine))
    return mine + empty


corpora = st.lists(
    st.tuples(st.lists(st.integers(0, 99), max_size=6), st.sampled_from(["FAKE", "REAL"])), min_size=1, max_size=30
).map(lambda rows: [(hashlib.sha256(b"%d" % i).hexdigest(), *row) for i, row in enumerate(rows)])


@given(corpora, st.integers(1, 3), st.integers(1, 5))
def test_a_part_holds_every_nth_row_by_length(tmp_path_factory, rows, files, ranks):
    folder = tmp_path_factory.mktemp("part")
    paths = write_files(folder, rows, files)
    for rank in range(ranks):
        part = read_part(paths, rank=rank, ranks=ranks, positive="FAKE", folder=folder)
        assert rows_of(part) == slow_part(rows, rank, ranks)
        known = [bool(set(tokens) - {UNKNOWN}) for tokens, _ in slow_part(rows, rank, ranks)]
        assert part.is_known.tolist() == known
        assert part.features.shape == (len(known), 0)
        assert part.total_rows == len(rows)
        assert part.rows == len(rows[rank::ranks])
        assert part.position_lengths.tolist() == sorted(len(tokens) for _, tokens, _ in rows)[::ranks]


def test_three_rows_make_two_positions_on_each_of_two_ranks(tmp_path):
    paths = write_files(tmp_path, [("c", [7, 8, 9], "FAKE"), ("a", [], "REAL"), ("b", [4], "FAKE")], 1)
    first, second = (read_part(paths, rank=rank, ranks=2, positive="FAKE", folder=tmp_path) for rank in (0, 1))
    assert rows_of(first) == [([], False), ([7, 8, 9], True)]
    assert rows_of(second) == [([4], True), ([], False)]


def test_rows_are_read_a_few_at_a_time_and_none_is_lost(tmp_path):
    rows = [(hashlib.sha256(b"%d" % i).hexdigest(), [i] * (i % 7), "FAKE" if i % 2 else "REAL") for i in range(5000)]
    part = read_part(write_files(tmp_path, rows, 2), rank=1, ranks=3, positive="FAKE", folder=tmp_path)
    assert rows_of(part) == slow_part(rows, 1, 3)


def test_a_part_has_the_features_of_its_rows_where_they_are_asked_for(tmp_path):
    rows = [(hashlib.sha256(b"%d" % i).hexdigest(), [i] * (i % 7), "FAKE" if i % 2 else "REAL") for i in range(2001)]
    paths = write_files(tmp_path, rows, 2)
    for rank in (0, 1):
        part = read_part(paths, rank=rank, ranks=2, positive="FAKE", folder=tmp_path, features=2)
        wanted = [[len(tokens), tokens[-1] if tokens else 0] for tokens, _ in slow_part(rows, rank, 2)]
        assert (part.features.dtype, part.features.tolist()) == (np.float32, wanted)


def test_token_ids_are_mapped_from_disk(tmp_path):
    paths = write_files(tmp_path, [("a", list(range(1_000_000)), "FAKE")], 1)
    before = pa.total_allocated_bytes()
    part = read_part(paths, rank=0, ranks=1, positive="FAKE", folder=tmp_path)
    assert part.token_ids[-1] == 999_999
    assert not part.token_ids.flags.owndata
    assert pa.total_allocated_bytes() - before < 10_000


@pytest.mark.parametrize("files", [0, 1])
def test_no_rows_are_an_error(tmp_path, files):
    with pytest.raises(DataError, match="there are no examples to read"):
        read_part(write_files(tmp_path, [], files), rank=0, ranks=1, positive="FAKE", folder=tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    for name in ("broken.parquet", "missing.parquet"):
        with pytest.raises(DataError, match=rf"the examples cannot be read: .*Received: '{tmp_path / name}'"):
            read_part([str(tmp_path / name)], rank=0, ranks=1, positive="FAKE", folder=tmp_path)


def test_no_room_for_a_part_is_said(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    paths = write_files(tmp_path, [("a", [1], "FAKE")], 1)
    monkeypatch.setattr("newslabel.train.part.os.posix_fallocate", fail)
    with pytest.raises(SettingsError, match=rf"must have room for its part: .*No space left.*Received: '{tmp_path}'"):
        read_part(paths, rank=0, ranks=1, positive="FAKE", folder=tmp_path)


def test_spans_are_laid_end_to_end():
    assert spans(np.array([5, 0, 9]), np.array([2, 0, 3])).tolist() == [5, 6, 9, 10, 11]
    assert spans(np.array([], int), np.array([], int)).tolist() == []


def test_an_undersampled_part_has_as_many_of_each_class_whatever_the_files(tmp_path):
    rows = [(hashlib.sha256(b"%d" % i).hexdigest(), [i] * (i % 7), "REAL" if i % 5 else "FAKE") for i in range(500)]
    parts = []
    for files in (1, 3):
        paths = write_files(tmp_path, rows, files)
        options = {"positive": "FAKE", "folder": tmp_path, "balance": "undersample", "seed": 3}
        parts.append([rows_of(read_part(paths, rank=rank, ranks=2, **options)) for rank in (0, 1)])
    assert parts[0] == parts[1]
    labels = [is_positive for part in parts[0] for _, is_positive in part]
    assert (labels.count(True), labels.count(False)) == (100, 100)


def test_class_weights_are_those_of_all_rows(tmp_path):
    rows = [("a", [1], "FAKE"), ("b", [1, 2], "REAL"), ("c", [1, 2, 3], "REAL"), ("d", [], "REAL")]
    paths = write_files(tmp_path, rows, 2)
    for rank in (0, 1):
        part = read_part(paths, rank=rank, ranks=2, positive="FAKE", folder=tmp_path, balance="class_weights")
        assert part.class_weights == pytest.approx((4 / 6, 2))
        assert part.total_rows == 4
    assert read_part(paths, rank=0, ranks=2, positive="FAKE", folder=tmp_path).class_weights == (1, 1)
