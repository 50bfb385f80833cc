"""How far a figure can be trusted: intervals by bootstrap and over resplits, and a test of two models' errors."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from newslabel.evaluate.figures import Figure, Floats

RESAMPLES = 2000
LEVEL = 0.95
NUMBERS_AT_ONCE = 1 << 20  # of the resamples that are drawn together: some ten MiB, whatever the corpus


class Interval(NamedTuple):
    """A figure, and the bounds that hold it at the level of confidence that was asked for."""

    value: float
    low: float
    high: float


class ErrorsOfTwo(NamedTuple):
    """The articles that one of two models alone calls right, and how likely so uneven a count is by chance."""

    only_first_right: int
    only_second_right: int
    p_value: float


def bootstrap_interval(
    figure: Figure,
    is_positive: np.ndarray,
    probabilities: np.ndarray,
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> Interval:
    """A figure of a part, with the interval between percentiles of what resampled articles give.

    It tells how much hangs on which articles happen to test, not on how training went. That of a calibration error lies
    high, as drawing adds chance of its own to what chance there is; of two models, `bootstrap_difference` is fair.

    Args:
        figure: of the articles.
        is_positive: bool (N,), the truth.
        probabilities: float (N,) of the positive class.
        resamples: how many times N articles are drawn, with replacement; those that the figure cannot be said of do
            not count.
        level: of confidence.
        seed: of the draws.

    Source:
        B. Efron, Bootstrap methods: another look at the jackknife, 1979.
    """

    def of(rows: np.ndarray) -> Floats:
        return figure(is_positive[rows], probabilities[rows])

    return _percentiles(of, len(is_positive), resamples=resamples, level=level, seed=seed)


def bootstrap_difference(
    figure: Figure,
    is_positive: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> Interval:
    """A figure of the first model less that of the second; each resample draws the same articles for both.

    Args:
        figure: of the articles.
        is_positive: bool (N,), the truth.
        first: float (N,), the first model's probabilities of the positive class.
        second: float (N,), the second's, of the same articles.
        resamples: as `bootstrap_interval` has them.
        level: of confidence.
        seed: of the draws.
    """

    def of(rows: np.ndarray) -> Floats:
        truth = is_positive[rows]
        return np.asarray(figure(truth, first[rows]) - figure(truth, second[rows]))

    return _percentiles(of, len(is_positive), resamples=resamples, level=level, seed=seed)


def mean_difference(
    first: Sequence[float], second: Sequence[float], *, test_to_train: float, level: float = LEVEL
) -> Interval:
    """The mean of the first model's figures less the second's over resplits of one corpus, pair by pair.

    Resplits draw on the same articles, so that their figures lean on one another and the plain interval of t is too
    narrow; the correction widens it by what the parts overlap.

    Args:
        first: K figures of the first model, K >= 2.
        second: the second model's, on the same splits in the same order.
        test_to_train: articles that test for each that trains, such as 0.25 where a fifth tests; 0 gives the plain
            interval, right where each figure comes of articles of its own.
        level: of confidence.

    Raises:
        ValueError: not as many figures of the one as of the other, or fewer than two.

    Source:
        C. Nadeau and Y. Bengio, Inference for the generalization error, 2003.
    """
    from scipy.stats import t  # slow to import

    if len(first) != len(second) or len(first) < 2:  # noqa: PLR2004 - a spread takes two
        raise ValueError(f"two or more pairs of figures are wanted. Received: {len(first)} and {len(second)}")
    differences = np.subtract(first, second)
    count, mean = len(differences), float(differences.mean())
    spread = differences.std(ddof=1) * np.sqrt(1 / count + test_to_train)
    reach = float(t.ppf((1 + level) / 2, count - 1) * spread)
    return Interval(mean, mean - reach, mean + reach)


def mcnemar(is_first_right: np.ndarray, is_second_right: np.ndarray) -> ErrorsOfTwo:
    """McNemar's exact test of whether two models are equally often right, of the same articles.

    Args:
        is_first_right: bool (N,), whether the first model calls an article what it is.
        is_second_right: bool (N,), the same of the second.

    Returns:
        The two counts that differ, and the two-sided p-value: 1 where there are none.

    Source:
        Q. McNemar, Note on the sampling error of the difference between correlated proportions, 1947.
    """
    from scipy.stats import binomtest  # slow to import

    only_first = int(np.sum(is_first_right & ~is_second_right))
    only_second = int(np.sum(~is_first_right & is_second_right))
    differing = only_first + only_second
    p_value = float(binomtest(only_first, differing).pvalue) if differing else 1.0
    return ErrorsOfTwo(only_first, only_second, p_value)


def _percentiles(
    of: Callable[[np.ndarray], Floats], count: int, *, resamples: int, level: float, seed: int
) -> Interval:
    """The interval of what `of` says of rows, int64 (…, count)."""
    drawn = np.concatenate([of(rows) for rows in _resampled(count, resamples, seed)])
    low, high = np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(of(np.arange(count))), float(low), float(high))


def _resampled(count: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """Rows drawn with replacement, int64 (some resamples, count), as many together as memory is meant for."""
    draw = np.random.default_rng(seed)
    at_once = max(NUMBERS_AT_ONCE // count, 1)
    for begin in range(0, resamples, at_once):
        yield draw.integers(count, size=(min(at_once, resamples - begin), count))
