"""Cleaning and encoding costs the same an article, and the same memory, for 20,000 articles and for 200,000.

The job of clean_articles.py, on one core, after the same warming up for both. What a job costs whatever it finds
(Spark's plan, a vocabulary that a worker takes in) is what one costs that finds a few articles; it is shown, and taken
off.
"""

from collections.abc import Callable

from clean_articles import as_it_is
from clean_case import cleaning_case, write_articles
from clean_spark import job_figures, one_core_session
from measure import Bench, Case, Figures, run_bench

FEW = 20
COUNTS = {20_000: 60, 200_000: 200}  # and how many where it is quick
WARM_UP = 200_000


def articles(count: int) -> Callable[[Case], Figures]:
    def figures(case: Case) -> Figures:
        made = cleaning_case(quick=case.quick)
        with one_core_session(case.folder) as spark:
            file, few, warm_up = (case.folder / f"{each}.parquet" for each in (count, FEW, WARM_UP))
            of_few = job_figures(as_it_is(made), spark, few, FEW, warm_up=warm_up)
            of_all = job_figures(as_it_is(made), spark, file, _count(case, count), warm_up=few)
        fixed_us = of_few["us_an_article"] * FEW
        beyond = of_all["us_an_article"] - fixed_us / _count(case, count)
        return {"us_beyond_the_fixed": beyond, "fixed_ms": fixed_us / 1000, **of_all}

    return figures


def _count(case: Case, count: int) -> int:
    return COUNTS[count] if case.quick else count


def articles_files(case: Case) -> None:
    articles = cleaning_case(quick=case.quick).articles
    for count in COUNTS:
        write_articles(articles, case.folder / f"{count}.parquet", _count(case, count))
    write_articles(articles, case.folder / f"{FEW}.parquet", FEW)


if __name__ == "__main__":
    ways = {f"{count:,} articles": articles(count) for count in COUNTS}
    run_bench(Bench(str(__doc__), ways, compared="us_beyond_the_fixed", prepare=articles_files))
