"""A rank's part of a tokenization: its rows, out of the Parquet files, in a local memory-mapped Arrow file.

All rows are ordered by length (equal ones by article_id), and rank r of n holds rows r, r + n, r + 2n …: every rank
has as many positions as the others, of nearly the same lengths, whatever the corpus. Where the rows do not divide
evenly, the last position of some ranks is empty.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from newslabel.errors import DataError, SettingsError, os_errors_as
from newslabel.storage import filesystem
from newslabel.train.balance import class_weights, undersampled

ROWS_READ_AT_ONCE = 1024
UNREADABLE = "the examples cannot be read"
CACHE_SCHEMA = pa.schema([("token_ids", pa.large_list(pa.int32())), ("is_positive", pa.bool_())])


@dataclass(frozen=True)
class Part:
    """The rows of one rank, longest last; a last position that is empty stands there as a row of no tokens.

    Attributes:
        token_ids: int32, all rows one after the other; mapped from disk, not held in memory.
        offsets: int64 (positions + 1,): row i is token_ids[offsets[i]:offsets[i + 1]].
        is_positive: bool (positions,).
        is_known: bool (positions,): whether a row has a word that has an id; where none has, scoring does not judge.
        position_lengths: int32 (positions,): about how long the row at a position is; the same on every rank.
        rank, ranks: whose part it is, of how many.
        total_rows: the rows of all ranks.
        class_weights: how much a row of the negative and of the positive class weighs.
        pads_front: whether a batch's shorter rows are filled up in front, else at their end.
        features: float32 (positions, K), what the recipe's encoder gives beside the ids.
    """

    token_ids: np.ndarray
    offsets: np.ndarray
    is_positive: np.ndarray
    is_known: np.ndarray
    position_lengths: np.ndarray
    rank: int
    ranks: int
    total_rows: int
    class_weights: tuple[float, float] = (1.0, 1.0)
    pads_front: bool = False
    features: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))

    @property
    def rows(self) -> int:
        """How many rows the rank holds, the empty one not counted."""
        return len(range(self.rank, self.total_rows, self.ranks))

    @property
    def weight(self) -> float:
        """How much the rank's rows weigh by their classes."""
        of_class = np.array(self.class_weights)
        return float(of_class[self.is_positive[: self.rows].astype(np.int8)].sum())


@contextmanager
def rank_folder() -> Iterator[Path]:
    """A rank's own folder on its host, there while the rank is.

    Raises:
        SettingsError: it has no room.
    """
    with (
        os_errors_as(SettingsError, "a rank's temporary folder must have room", tempfile.gettempdir()),
        tempfile.TemporaryDirectory(prefix="newslabel-rank-") as folder,
    ):
        yield Path(folder)


def read_part(  # noqa: PLR0913 - whose part it is, and of what
    files: Sequence[str],
    *,
    rank: int,
    ranks: int,
    positive: str,
    folder: Path,
    balance: str = "none",
    seed: int = 0,
    features: int = 0,
) -> Part:
    """One rank's part of the rows in some files.

    The files are read twice, a few rows at a time: memory holds the lengths, ids and features of all rows, never their
    texts.

    Args:
        files: Parquet files of an examples table, wherever they are; the same on every rank.
        rank: whose part, from 0.
        ranks: how many there are.
        positive: the label of the positive class.
        folder: a local folder for the cache.
        balance: as the recipe's `training.balance`: undersample leaves rows of the more frequent class out,
            class_weights makes them weigh less.
        seed: draws what is left out.
        features: how many numbers the recipe's encoder gives of a row beside its ids.

    Raises:
        DataError: no rows, or a file that cannot be read.
        SettingsError: the folder has no room for the cache.
    """
    facts = _facts(files, positive, features)
    if not len(facts.lengths):
        raise DataError(f"there are no examples to read. Received: {', '.join(files) or 'no files'}")
    order = np.lexsort((facts.ids, facts.lengths))
    if balance == "undersample":
        order = order[undersampled(facts.is_positive, facts.ids, seed)[order]]
    mine, positions = order[rank::ranks], -(-len(order) // ranks)
    cache = folder / f"part-{rank}-of-{ranks}.arrow"
    with os_errors_as(SettingsError, "a rank's temporary folder must have room for its part", str(folder)):
        _write_cache(files, positive, mine, facts.lengths, cache, positions=positions)
    batch = pa.ipc.open_file(pa.memory_map(str(cache))).get_batch(0)
    cache.unlink()  # the disk has it as long as it is mapped, and no killed rank leaves it behind
    rows = batch.column("token_ids")
    return Part(
        token_ids=rows.values.to_numpy(),
        offsets=rows.offsets.to_numpy(),
        is_positive=batch.column("is_positive").to_numpy(zero_copy_only=False),
        is_known=_filled_up(facts.is_known[mine], positions),
        position_lengths=facts.lengths[order[::ranks]],
        rank=rank,
        ranks=ranks,
        total_rows=len(order),
        class_weights=class_weights(facts.is_positive) if balance == "class_weights" else (1.0, 1.0),
        features=_filled_up(facts.features[mine], positions),
    )


class _Facts(NamedTuple):
    """Of every row in the order of the files: its length, its article_id's beginning, and what `Part` has of it."""

    lengths: np.ndarray
    ids: np.ndarray
    is_positive: np.ndarray
    is_known: np.ndarray
    features: np.ndarray


def _facts(files: Sequence[str], positive: str, features: int) -> _Facts:
    none = _Facts(
        *(np.empty(0, np.int32), np.empty(0, "S16"), np.empty(0, bool), np.empty(0, bool)),
        np.empty((0, features), np.float32),
    )
    columns = ["article_id", "token_ids", "label", "n_tokens", "unknown_share", *(["features"] if features else [])]
    facts = [none, *(_facts_of(batch, positive, features) for batch in _batches(files, columns))]
    return _Facts(*map(np.concatenate, zip(*facts, strict=True)))


def _facts_of(batch: pa.RecordBatch, positive: str, features: int) -> _Facts:
    has_words = batch.column("n_tokens").to_numpy() > 0
    numbers = batch.column("features").flatten().to_numpy() if features else np.empty(0, np.float32)
    return _Facts(
        lengths=np.diff(batch.column("token_ids").offsets.to_numpy()),
        # 16 hexadecimal digits of a SHA-256 are order enough, at a quarter of its memory
        ids=batch.column("article_id").to_numpy(zero_copy_only=False).astype("S16"),
        is_positive=batch.column("label").to_numpy(zero_copy_only=False) == positive,
        is_known=has_words & (batch.column("unknown_share").to_numpy() < 1),
        features=numbers.reshape(len(batch), features),
    )


def _filled_up(rows: np.ndarray, positions: int) -> np.ndarray:
    """The rows, and zeros for positions that are empty."""
    filled = np.zeros((positions, *rows.shape[1:]), rows.dtype)
    filled[: len(rows)] = rows
    return filled


def _write_cache(
    files: Sequence[str], positive: str, mine: np.ndarray, lengths: np.ndarray, cache: Path, *, positions: int
) -> None:
    """Puts the rows `mine` of the files in that order into an Arrow file of one record batch."""
    offsets = np.zeros(positions + 1, np.int64)
    offsets[1 : len(mine) + 1] = np.cumsum(lengths[mine], dtype=np.int64)
    offsets[len(mine) + 1 :] = offsets[len(mine)]
    place = np.full(len(lengths), -1)
    place[mine] = np.arange(len(mine))
    aside = cache.with_suffix(".ids")
    numbers = max(int(offsets[-1]), 1)
    with aside.open("wb") as file:
        # of a disk that is full, a mapped file would tell by a signal that kills
        os.posix_fallocate(file.fileno(), 0, numbers * np.dtype(np.int32).itemsize)
    token_ids = np.memmap(aside, np.int32, "r+", shape=(numbers,))
    is_positive = np.zeros(positions, bool)
    first = 0
    for batch in _batches(files, ["token_ids", "label"]):
        chosen = np.flatnonzero(place[first : first + len(batch)] >= 0)
        places = place[first : first + len(batch)][chosen]
        rows = batch.column("token_ids").take(pa.array(chosen))
        token_ids[spans(offsets[places], np.diff(rows.offsets.to_numpy()))] = rows.flatten().to_numpy()
        is_positive[places] = batch.column("label").to_numpy(zero_copy_only=False)[chosen] == positive
        first += len(batch)
    rows = pa.LargeListArray.from_arrays(offsets, pa.array(token_ids[: offsets[-1]]))
    with pa.OSFile(str(cache), "wb") as sink, pa.ipc.new_file(sink, CACHE_SCHEMA) as writer:
        writer.write_batch(pa.record_batch([rows, pa.array(is_positive)], schema=CACHE_SCHEMA))
    aside.unlink()


def spans(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The numbers start, start + 1 … of each span, one span after the other.

    Args:
        starts: int (N,).
        lengths: int (N,), each at least 0.

    Returns:
        int64 (sum of lengths,).
    """
    ends = np.cumsum(lengths)
    numbers: np.ndarray = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + lengths, lengths)
    return numbers


def _batches(files: Sequence[str], columns: list[str]) -> Iterator[pa.RecordBatch]:
    for uri in files:
        with readable(uri):
            where, path = filesystem(uri)
            with pq.ParquetFile(path, filesystem=where) as file:
                yield from file.iter_batches(ROWS_READ_AT_ONCE, columns=columns)


@contextmanager
def readable(uri: str) -> Iterator[None]:
    """Failures to read a file of examples as DataError."""
    try:
        with os_errors_as(DataError, UNREADABLE, uri):
            yield
    except pa.ArrowException as error:
        raise DataError(f"{UNREADABLE}: {error}. Received: {uri!r}") from error
