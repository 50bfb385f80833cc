"""The figures of a comparison: each row's own, and what lies between it and the baseline, article for article."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from newslabel.compare.results import TrialResult
from newslabel.compare.rows import Answers, Floats, RowResults, answers_of, check_paired
from newslabel.evaluate.coverage import accuracy_against_coverage
from newslabel.evaluate.figures import Figure, auc, brier, calibration_error
from newslabel.evaluate.uncertainty import Interval, bootstrap_difference, bootstrap_interval, mcnemar, mean_difference

COVERAGES = (1.0, 0.95, 0.9, 0.8)
COSTS = ("train_seconds", "samples_per_s", "articles_per_s", "bundle_bytes")
OF_POOL: Mapping[str, Figure] = {"calibration_error": calibration_error, "brier": brier}
Numbers = dict[str, float | None]  # None for what cannot be said, such as the AUC of one class alone


def compared_figures(rows: Sequence[RowResults]) -> dict[str, Any]:
    """All figures of a comparison, as JSON takes them.

    Args:
        rows: of all recipes, the baseline first.

    Returns:
        `baseline` (its name), `resplits`, `seeds`, `articles` (of the pool), `patterns`, and `rows`. Of each row:

        name, recipe, change: what it is.
        accuracy, auc: mean and spread over all trainings on resplits.
        calibration_error, brier: value, low and high, over the pool, by bootstrap.
        coverage: by the share that is labelled, the accuracy there, the mean over trainings.
        files: by pattern, accuracy and auc, means over seeds, and auc_interval, by bootstrap, of the first seed.
        less_baseline: value, low and high of what lies between the row and the baseline: of accuracy over resplits; of
            calibration_error and brier over the pool, and of auc over each pattern's articles, by bootstrap. None of
            the baseline itself.
        mcnemar: p_value, only_this_right and only_baseline_right, over the pool; None of the baseline itself.
        costs: means over trainings on resplits.
        unscored: articles of which no word is known, over all trainings.
        evaluation_gap: the most that a training's own accuracy on its test part differs from that of its bundle, on
            the articles that are scored.

    Raises:
        DataError: two rows were not tested on the same articles.
    """
    baseline = rows[0]
    for row in rows:
        check_paired(row, baseline)
    return {
        "baseline": baseline.variation.name,
        "resplits": len(baseline.resplits),
        "seeds": len(baseline.resplits[0]),
        "articles": len(baseline.pool.is_positive),
        "patterns": list(baseline.files),
        "rows": [_own(row) | _beside(row, None if row is baseline else baseline) for row in rows],
    }


def _own(row: RowResults) -> dict[str, Any]:
    return {
        "name": row.variation.name,
        "recipe": row.variation.recipe.name,
        "change": row.variation.change,
        **{name: _spread(row.over_resplits(partial(_figure, figure))) for name, figure in _by_name(row).items()},
        **{name: _of_articles(figure, row.pool) for name, figure in OF_POOL.items()},
        "coverage": {f"{share:g}": _mean(row, partial(_accuracy_at, row, share)) for share in COVERAGES},
        "files": {pattern: _of_files(row, results) for pattern, results in row.files.items()},
        "costs": {name: _mean(row, partial(_cost, name)) for name in COSTS},
        "unscored": sum(result.unscored for result in row.all_results()),
        "evaluation_gap": max(_evaluation_gap(row, result) for result in row.all_results()),
    }


def _beside(row: RowResults, baseline: RowResults | None) -> dict[str, Any]:
    """What lies between a row and the baseline."""
    if baseline is None:
        return {"less_baseline": None, "mcnemar": None}
    over_resplits = _accuracy_less(row, baseline)
    over_pool = {name: _less(figure, row.pool, baseline.pool) for name, figure in OF_POOL.items()}
    over_files = {
        pattern: _less(auc, answers_of(results[0]), answers_of(baseline.files[pattern][0]))
        for pattern, results in row.files.items()
    }
    right, base_right = (_is_right(each) for each in (row, baseline))
    errors = mcnemar(right, base_right)
    return {
        "less_baseline": {"accuracy": over_resplits, **over_pool, "files": over_files},
        "mcnemar": {
            "p_value": errors.p_value,
            "only_this_right": errors.only_first_right,
            "only_baseline_right": errors.only_second_right,
        },
    }


def _accuracy_less(row: RowResults, baseline: RowResults) -> Numbers:
    """Of the means over seeds, resplit for resplit: seeds share their articles, and are no resplits more."""
    means = [each.over_resplits(partial(_figure, each.accuracy)).mean(axis=1).tolist() for each in (row, baseline)]
    first = [results[0] for results in row.resplits]
    test_to_train = sum(len(result.table) for result in first) / sum(result.figures["train_rows"] for result in first)
    return _numbers(mean_difference(*means, test_to_train=test_to_train)._asdict())


def _of_files(row: RowResults, results: Sequence[TrialResult]) -> dict[str, Any]:
    means = {name: np.mean([_figure(figure, result) for result in results]) for name, figure in _by_name(row).items()}
    return {**_numbers(means), "auc_interval": _of_articles(auc, answers_of(results[0]))}


def _by_name(row: RowResults) -> dict[str, Figure]:
    return {"accuracy": row.accuracy, "auc": auc}


def _of_articles(figure: Figure, answers: Answers) -> Numbers:
    if np.isnan(answers.figure(figure)):
        return dict.fromkeys(Interval._fields)
    return _numbers(bootstrap_interval(figure, answers.is_positive, answers.probabilities)._asdict())


def _less(figure: Figure, ours: Answers, theirs: Answers) -> Numbers:
    if np.isnan(ours.figure(figure)):
        return dict.fromkeys(Interval._fields)
    found = bootstrap_difference(figure, ours.is_positive, ours.probabilities, theirs.probabilities)
    return _numbers(found._asdict())


def _is_right(row: RowResults) -> np.ndarray:
    return np.asarray((row.pool.probabilities >= row.threshold) == row.pool.is_positive)


def _accuracy_at(row: RowResults, share: float, result: TrialResult) -> float:
    # what is not scored is UNSURE before all else
    certain = np.where(result.is_scored, result.probabilities, row.threshold)
    curve = accuracy_against_coverage(result.is_positive, certain, threshold=row.threshold)
    return curve.accuracy_at(share)


def _evaluation_gap(row: RowResults, result: TrialResult) -> float:
    """0 where training judged no article: then the bundle must give none a probability."""
    evaluated, scored = result.figures["evaluated"]["accuracy"], result.is_scored
    if evaluated is None or not scored.any():
        return 0.0 if evaluated is None and not scored.any() else 1.0
    return abs(float(row.accuracy(result.is_positive[scored], result.probabilities[scored])) - float(evaluated))


def _cost(name: str, result: TrialResult) -> float:
    return float(result.figures[name])


def _figure(figure: Figure, result: TrialResult) -> float:
    return answers_of(result).figure(figure)


def _mean(row: RowResults, figure: Callable[[TrialResult], float]) -> float:
    return float(row.over_resplits(figure).mean())


def _spread(values: Floats) -> Numbers:
    return _numbers({"mean": values.mean(), "spread": values.std(ddof=1)})


def _numbers(values: Mapping[str, Any]) -> Numbers:
    return {name: None if np.isnan(value) else float(value) for name, value in values.items()}
