"""The demo's corpus: labelled articles of three days and, two weeks later, three nights that nobody has labelled.

Seeded: the same seed and size give the same files, byte for byte. Nothing in it is copied from real texts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from newslabel.demo import dirt
from newslabel.demo.crawl import Crawl
from newslabel.demo.files import write_csv, write_json_lines, write_parquet
from newslabel.demo.language import make_language
from newslabel.demo.lexicon import make_lexicon
from newslabel.demo.records import Record

LABELLED_DAYS = tuple(date(2026, 11, 2) + timedelta(days=day) for day in range(3))
NIGHTS = tuple(date(2026, 11, 16) + timedelta(days=day) for day in range(3))
FAKE_SHARE_LABELLED, FAKE_SHARE_AT_NIGHT = 0.5, 0.4
OF_LINES_SHARE = 0.75  # of a labelled day's records come as CSV or JSON lines, the others as Parquet


@dataclass(frozen=True)
class Corpus:
    """What was written.

    `counts` says how many records there are of each kind: "article" for good ones, the others as in `dirt`. `texts` are
    the good articles' titles and texts.
    """

    files: tuple[Path, ...]
    counts: Mapping[str, int]
    texts: tuple[str, ...]

    @property
    def records(self) -> int:
        """All records, good and bad."""
        return sum(self.counts.values())

    @property
    def articles(self) -> int:
        """Distinct good articles."""
        return sum(self.counts[kind] for kind in ("article", *dirt.COPIES))

    @property
    def rejected(self) -> int:
        """Bad records."""
        return sum(self.counts[kind] for kind in dirt.BAD)


def make_corpus(folder: Path, *, seed: int = 7, labelled: int = 4000, nightly: int = 300) -> Corpus:
    """Writes the corpus' files, a folder a day.

    Args:
        folder: made if missing; files of the same names are replaced.
        seed: draws the language and everything said in it.
        labelled: good articles on the labelled days together.
        nightly: good articles on each night.
    """
    words, language, rng = (np.random.Generator(np.random.PCG64([seed, part])) for part in range(3))
    crawl = Crawl(rng, make_language(language, make_lexicon(words)))
    days = {
        day: crawl.day(day, articles=articles, fake_share=FAKE_SHARE_LABELLED, labelled=True)
        for day, articles in zip(LABELLED_DAYS, _shared(labelled, len(LABELLED_DAYS)), strict=True)
    }
    crawl.day_before = []  # two weeks lie between
    days |= {
        night: crawl.day(night, articles=nightly, fake_share=FAKE_SHARE_AT_NIGHT, labelled=False) for night in NIGHTS
    }
    all_records = [record for day in days.values() for record in day]
    return Corpus(
        files=tuple(file for day, found in days.items() for file in _write_day(folder / day.isoformat(), found)),
        counts=Counter(record.kind for record in all_records),
        texts=tuple(f"{record.title}\n{record.text}" for record in all_records if record.kind == "article"),
    )


def _write_day(folder: Path, found: Sequence[Record]) -> list[Path]:
    """A night's records come as lines only; what only lines can be never goes into the Parquet file."""
    folder.mkdir(parents=True, exist_ok=True)
    labelled = any(record.label for record in found)
    columnar = [record for record in found if record.kind not in dirt.OF_LINES] if labelled else []
    columnar = columnar[: round(len(found) * (1 - OF_LINES_SHARE))]
    in_columns = {id(record) for record in columnar}
    lines = [record for record in found if id(record) not in in_columns]
    csv_file, json_file, parquet_file = (folder / name for name in ("papers.csv", "feeds.jsonl.gz", "archive.parquet"))
    write_csv(lines[0::2], csv_file)
    write_json_lines(lines[1::2], json_file)
    if not columnar:
        return [csv_file, json_file]
    write_parquet(columnar, parquet_file)
    return [csv_file, json_file, parquet_file]


def _shared(count: int, parts: int) -> list[int]:
    return [count // parts + (part < count % parts) for part in range(parts)]
