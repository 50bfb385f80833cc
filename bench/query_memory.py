"""A large answer is written out in less memory than it takes when more is read ahead of the writing."""

from contextlib import AbstractContextManager, nullcontext
from datetime import date, timedelta
from unittest.mock import patch

import numpy as np
import pyarrow as pa
from deltalake import write_deltalake
from measure import Bench, Case, Figures, peak_mib, run_bench, wall_seconds_of
from pyarrow.dataset import FileSystemDataset
from texts import made_texts

from newslabel.query import query_labels, tables
from newslabel.settings import Settings, TablesSettings

FILES, ARTICLES_A_FILE = 20, 17_500


def prepare(case: Case) -> None:
    """A table of 0.9 GB of articles, a file a day, no text like another."""
    texts = made_texts(100 if case.quick else 5_000).to_pylist()
    draw = np.random.default_rng(0)
    for number in range(2 if case.quick else FILES):
        day = date(2026, 1, 1) + timedelta(days=number)
        cuts = draw.integers(0, 2_000, 100 if case.quick else ARTICLES_A_FILE).tolist()
        turned = [texts[row % len(texts)][cut:] + texts[row % len(texts)][:cut] for row, cut in enumerate(cuts)]
        rows = {
            "article_id": [f"{number}-{row}" for row in range(len(cuts))],
            "crawl_date": [day] * len(cuts),
            "text": turned,
        }
        write_deltalake(case.folder / "articles", pa.table(rows), partition_by=["crawl_date"], mode="append")


def as_it_is(case: Case) -> Figures:
    return _written(case, nullcontext())


def eight_read_ahead(case: Case) -> Figures:
    return _written(case, patch.object(tables, "READ_AHEAD", 8))


def arrows_own_reading(case: Case) -> Figures:
    return _written(case, patch.object(tables, "StreamedDataset", FileSystemDataset))


def _written(case: Case, changed: AbstractContextManager[object]) -> Figures:
    settings = Settings(tables=TablesSettings(root=str(case.folder)))
    answer = case.folder / "answer.csv"
    with changed:
        seconds = wall_seconds_of(lambda: query_labels(settings, sql="SELECT * FROM articles", output="csv", to=answer))
    return {"peak_MiB": peak_mib(), "seconds": seconds, "answer_MiB": answer.stat().st_size / 2**20}


if __name__ == "__main__":
    ways = {"as it is": as_it_is, "eight read ahead": eight_read_ahead, "Arrow's own reading": arrows_own_reading}
    run_bench(Bench(str(__doc__), ways, compared="peak_MiB", prepare=prepare, cores=2))
