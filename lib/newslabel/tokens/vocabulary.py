"""The words that a model knows, and their ids."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newslabel.tokens.word_hashes import word_hashes

PADDING = 0
UNKNOWN = 1
FIRST_WORD = 2
BUCKETS, TOKENIZER = b"newslabel.buckets", b"newslabel.tokenizer"  # keys of the file's metadata


@dataclass(frozen=True)
class Vocabulary:
    """Words in the order of their ids, the most frequent first; words[0] has the id FIRST_WORD.

    Args:
        words: string array, no word twice; none where ids are hashed.
        counts: int64 array, how often each stood in the training part.
        buckets: 0, or how many ids the hashes of words are divided among; then no word is unknown.
        tokenizer: nothing, or a Hugging Face tokenizer.json; words are then its pieces of words, and were not counted.
    """

    words: pa.StringArray
    counts: pa.Int64Array
    buckets: int = 0
    tokenizer: str = ""

    @classmethod
    def hashed(cls, buckets: int) -> "Vocabulary":
        """The vocabulary of no words, for ids that are hashes."""
        return cls(_NO_WORDS, _NO_COUNTS, buckets)

    @property
    def size(self) -> int:
        """How many ids there are, padding and the unknown word among them: the rows of an embedding."""
        return len(self.words) + self.buckets + FIRST_WORD

    def ids(self, words: pa.StringArray | pa.DictionaryArray) -> np.ndarray:
        """The ids of N words, each distinct one looked up once; UNKNOWN for those not in the vocabulary: int32 (N,)."""
        if isinstance(words, pa.DictionaryArray):
            ids: np.ndarray = self.ids(words.dictionary).take(words.indices.to_numpy())
            return ids
        if self.buckets:
            return (word_hashes(words) % np.uint64(self.buckets)).astype(np.int32) + np.int32(FIRST_WORD)
        found = pc.index_in(words, value_set=self.words)
        shifted: np.ndarray = pc.add(found, pa.scalar(FIRST_WORD, pa.int32())).fill_null(UNKNOWN).to_numpy()
        return shifted

    def to_bytes(self) -> bytes:
        """The vocabulary as an Arrow IPC file."""
        table = pa.table({"word": self.words, "count": self.counts})
        metadata = {BUCKETS: str(self.buckets) if self.buckets else "", TOKENIZER: self.tokenizer}
        table = table.replace_schema_metadata({key: value for key, value in metadata.items() if value} or None)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        data: bytes = sink.getvalue().to_pybytes()
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> "Vocabulary":
        """The vocabulary that `to_bytes` wrote."""
        return cls.from_table(pa.ipc.open_file(data).read_all())

    @classmethod
    def from_table(cls, table: pa.Table) -> "Vocabulary":
        """The vocabulary of a table with the columns word and count, in the order of its rows."""
        words, counts = table["word"].cast(pa.string()), table["count"].cast(pa.int64())
        metadata = table.schema.metadata or {}
        return cls(
            pa.concat_arrays(words.chunks or [_NO_WORDS]),
            pa.concat_arrays(counts.chunks or [_NO_COUNTS]),
            buckets=int(metadata.get(BUCKETS, 0)),
            tokenizer=metadata.get(TOKENIZER, b"").decode(),
        )

    def save(self, path: Path) -> None:
        """Writes the vocabulary as an Arrow IPC file."""
        path.write_bytes(self.to_bytes())

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """The vocabulary that `save` wrote."""
        return cls.from_bytes(path.read_bytes())


# a column of no rows may have no chunk either
_NO_WORDS = pa.array([], pa.string())
_NO_COUNTS = pa.array([], pa.int64())
