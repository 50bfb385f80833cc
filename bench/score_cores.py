"""Two cores label nearly twice as many articles in a second as one does.

Whole jobs, Delta in, Delta out; what is told is what an article more takes, of a date of 80,000.
"""

import os
from collections.abc import Callable
from functools import partial

from measure import Bench, Case, Figures, run_bench
from score_job import LARGE_DAY, QUICK_COMPILER, REPEATS, figures_of, prepare, start_ours


def on_cores(case: Case, *, cores: int) -> Figures:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])  # processes that this one starts stay there too
    return figures_of(case, start_ours(case), many=LARGE_DAY, repeats=REPEATS, cores=cores, java_options=QUICK_COMPILER)


def prepare_all(case: Case) -> None:
    prepare(case, with_large_day=not case.quick)


if __name__ == "__main__":
    ways: dict[str, Callable[[Case], Figures]] = {
        "one core": partial(on_cores, cores=1),
        "two cores": partial(on_cores, cores=2),
    }
    run_bench(
        Bench(
            str(__doc__),
            ways,
            compared="us_an_article",
            prepare=prepare_all,
            cores=2,
            apart=True,
            quick_ways=("two cores",),
        )
    )
