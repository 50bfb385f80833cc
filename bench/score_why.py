"""To tell why an article is labelled so costs a few times what a label alone costs, and nothing where nobody asks."""

from collections.abc import Callable

from measure import Bench, Case, Figures, cpu_seconds_of, run_bench
from score_job import QUICK_COUNT, made_articles, prepare, settings_of

from newslabel.score import load_scorer

COUNT = 1000


def labelled(explain: int) -> Callable[[Case], Figures]:
    def figures(case: Case) -> Figures:
        articles = made_articles(QUICK_COUNT if case.quick else COUNT)
        [bundle] = (case.folder / "models").iterdir()
        scorer = load_scorer(str(bundle), settings_of(case).score.cache)
        fields = {name: articles[name] for name in ("title", "text")}
        scorer.label(fields, explain)  # compiles
        return {"us_an_article": cpu_seconds_of(lambda: scorer.label(fields, explain)) / len(articles) * 1e6}

    return figures


if __name__ == "__main__":
    ways = {"label": labelled(0), "label, and ten words": labelled(10)}
    run_bench(Bench(str(__doc__), ways, compared="us_an_article", prepare=prepare))
