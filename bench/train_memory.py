"""A rank's private memory is the same for 10,000 examples and for 200,000: they stream from a file that it maps.

The work of one rank alone, an epoch of it, evaluation included.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from clean_case import CHECKOUT
from measure import Bench, Case, Figures, private_mib_watched, run_bench

from newslabel.ranks.environment import RANK_ENVIRONMENT
from newslabel.recipes import load_recipe
from newslabel.train.plan import TrainingPlan
from newslabel.train.work_files import write_plan, write_vectors

COUNTS = {10_000: 40, 200_000: 80}  # and how many where it is quick
ROWS_AT_ONCE = 10_000
WORDS, WIDTH, MEDIAN_LENGTH, LONGEST = 30_000, 50, 100, 1000
OTHER_PARTS = 1000


def prepare(case: Case) -> None:
    """Leaves the examples of each way: texts of random words, half of them FAKE."""
    for count, few in COUNTS.items():
        rows = few if case.quick else count
        _write_examples(case.folder / f"{count}.parquet", rows, seed=0)
        _write_examples(case.folder / f"{count}-others.parquet", min(rows, OTHER_PARTS), seed=1)


def examples(count: int) -> Callable[[Case], Figures]:
    def figures(case: Case) -> Figures:
        os.environ.update(RANK_ENVIRONMENT)
        from newslabel.train.rank import train_rank

        work = case.folder / f"work-{count}-{case.run}"
        recipe = load_recipe("glove_lstm", CHECKOUT / "conf" / "recipes")
        training, others = str(case.folder / f"{count}.parquet"), str(case.folder / f"{count}-others.parquet")
        plan = TrainingPlan(
            recipe=recipe.model_copy(update={"training": recipe.training.model_copy(update={"epochs": 1})}),
            examples="made",
            vocabulary_size=WORDS,
            files={"train": [training], "validation": [others], "test": [others]},
            glove="made",
        )
        write_plan(str(work), plan)
        write_vectors(str(work), np.random.default_rng(0).normal(0, 0.4, (WORDS, WIDTH)).astype(np.float32))
        began = time.perf_counter()
        with private_mib_watched(lambda: [os.getpid()], every_s=0.05) as peaks:
            rank = train_rank(str(work), str(case.folder / "cache"))
        return {"peak_MiB": max(peaks), "examples": rank["rows"], "seconds": time.perf_counter() - began}

    return figures


def _write_examples(file: Path, count: int, *, seed: int) -> None:
    draw = np.random.default_rng(seed)
    with pq.ParquetWriter(file, _some(draw, 1).schema) as writer:
        for first in range(0, count, ROWS_AT_ONCE):
            writer.write_table(_some(draw, min(ROWS_AT_ONCE, count - first)))


def _some(draw: np.random.Generator, count: int) -> pa.Table:
    lengths = np.clip(draw.lognormal(np.log(MEDIAN_LENGTH), 0.5, count), 1, LONGEST).astype(np.int32)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    ids = draw.integers(1, WORDS, offsets[-1], np.int32)
    return pa.table(
        {
            "article_id": [draw.bytes(32).hex() for _ in range(count)],
            "token_ids": pa.ListArray.from_arrays(pa.array(offsets), pa.array(ids)),
            "n_tokens": lengths,
            "unknown_share": np.zeros(count, np.float32),
            "label": np.where(np.arange(count) % 2, "FAKE", "REAL"),
        }
    )


if __name__ == "__main__":
    ways = {f"{count:,} examples": examples(count) for count in COUNTS}
    run_bench(Bench(str(__doc__), ways, compared="peak_MiB", prepare=prepare))
