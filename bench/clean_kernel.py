"""Cleaning and encoding goes many times as fast as the same in plain Python, and gives the same.

By glove's rules, article for article equal; steady, on one core, without Spark: clean_articles.py has whole jobs.
"""

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
from clean_case import CleaningCase, cleaning_case
from clean_twins import PlainPython, rule_by_rule
from measure import Bench, Case, Figures, cpu_seconds_of, run_bench

from newslabel.tokens import TokenIds

ROWS_A_BATCH = 2048  # as `score.batch_size` has it


def as_it_is(case: Case) -> Figures:
    made = cleaning_case(quick=case.quick)
    encoder = TokenIds(made.recipe, made.vocabulary, made.stop_words)
    return _figures(made, lambda: [encoder.encode(batch) for batch in _batches(made)])


def plain_python(case: Case) -> Figures:
    made = cleaning_case(quick=case.quick)
    python = PlainPython(made.recipe, made.vocabulary.words.to_pylist(), made.stop_words)
    titles, texts = (made.articles[name].to_pylist() for name in ("title", "text"))
    return _figures(made, lambda: [python.encoded(*article) for article in zip(titles, texts, strict=True)])


def arrow_rule_by_rule(case: Case) -> Figures:
    made = cleaning_case(quick=case.quick)
    return _figures(
        made,
        lambda: [list(rule_by_rule(made.recipe, made.vocabulary, made.stop_words, batch)) for batch in _batches(made)],
    )


def _batches(made: CleaningCase) -> Iterator[dict[str, pa.Array]]:
    for begin in range(0, len(made.articles), ROWS_A_BATCH):
        yield {name: texts.slice(begin, ROWS_A_BATCH) for name, texts in made.fields.items()}


def _figures(made: CleaningCase, work: Callable[[], Sequence[object]]) -> Figures:
    work()
    times = [cpu_seconds_of(work) for _ in range(3)]
    return {"us_an_article": min(times) / len(made.articles) * 1e6}


def all_give_the_same(case: Case) -> None:
    made = cleaning_case(quick=case.quick)
    encoded = TokenIds(made.recipe, made.vocabulary, made.stop_words).encode(made.fields)
    python = PlainPython(made.recipe, made.vocabulary.words.to_pylist(), made.stop_words)
    arrow = rule_by_rule(made.recipe, made.vocabulary, made.stop_words, made.fields)
    for row, (article, by_arrow) in enumerate(zip(made.articles.to_pylist(), arrow, strict=True)):
        ids = encoded.token_ids[encoded.offsets[row] : encoded.offsets[row + 1]].tolist()
        if not (python.encoded(**article)[0] == list(by_arrow) == ids):
            raise AssertionError(f"the ways do not agree on {article['title']!r}")


if __name__ == "__main__":
    ways = {"as it is": as_it_is, "plain Python": plain_python, "Arrow, rule by rule": arrow_rule_by_rule}
    run_bench(Bench(str(__doc__), ways, compared="us_an_article", prepare=all_give_the_same))
