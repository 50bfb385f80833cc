"""glove_lstm on two workers trains several times as fast as plain Keras on the same two cores, and as well.

train_model as one starts it, against `fit` on arrays padded to 1000, of texts that it is given encoded; a seed a run.
On real news where there is any (REAL_NEWS_DATA, ../shared/data), else on made ones. `s_to_good` is from the start, all
set-up included, to 0.92 validation accuracy.
"""

from collections.abc import Callable

from measure import Bench, Case, Figures, run_bench
from train_case import job_figures, plain_keras_figures, prepare


def on_workers(workers: int) -> Callable[[Case], Figures]:
    return lambda case: job_figures(case, workers=workers)


if __name__ == "__main__":
    ways = {"two workers": on_workers(2), "one worker": on_workers(1), "plain Keras": plain_keras_figures}
    quick_ways = ("two workers", "plain Keras")
    run_bench(Bench(str(__doc__), ways, compared="ms_a_sample", prepare=prepare, cores=2, quick_ways=quick_ways))
