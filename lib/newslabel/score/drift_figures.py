"""From what was counted of a crawl date to the figures of its drift, and whether they alert: no Spark, no tables.

The threshold of an index, of a share and of sources is the setting and, beside it, what chance alone explains: a figure
of few articles, or of sources that come and go, is large without anything having moved. How many articles there are is
held against the settings alone: it differs from day to day by far more than chance would have it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from newslabel.recipes import UNSURE
from newslabel.score.drift_counts import Histograms, Sources
from newslabel.score.psi import SPREADS, chance_index, stability_index
from newslabel.settings import DriftSettings

Labels = Mapping[str, int]


@dataclass(frozen=True)
class Reference:
    """What a model version holds its labels against.

    Attributes:
        positive: the positive class.
        histograms: `edges` and `counts` of probability, n_tokens and unknown_share over the validation part; none where
            the model was trained without.
    """

    positive: str
    histograms: Mapping[str, Mapping[str, Sequence[float]]]


@dataclass(frozen=True)
class Figure:
    """One figure of a crawl date; `threshold` is None where there was too little to hold it against anything."""

    feature: str
    statistic: str
    value: float
    threshold: float | None = None
    alert: bool = False


def stability_figures(found: Histograms, reference: Reference, settings: DriftSettings) -> Iterator[Figure]:
    """The population stability index of each distribution that the reference has; none of what no article has."""
    for feature, histogram in reference.histograms.items():
        counts, before = found[feature], np.array(histogram["counts"], np.int64)
        value = stability_index(counts, before)
        if math.isfinite(value):
            threshold = settings.max_psi + chance_index(counts, before)
            yield _held_above(feature, "psi", value, threshold if counts.sum() >= settings.min_articles else None)


def share_figures(labels: Labels, window: Sequence[Labels], positive: str, settings: DriftSettings) -> Iterator[Figure]:
    """By how much the share of the positive class, UNSURE left out, is more than it was in the days before.

    Chance explains three standard deviations of the share of so many articles.

    Args:
        labels: articles by label, of the date.
        window: the same of the days before.
        positive: the class.
        settings: of drift.
    """
    n_now, n_before = _decided(labels), sum(map(_decided, window))
    if n_now and n_before:
        share = sum(each.get(positive, 0) for each in window) / n_before
        by_chance = SPREADS * math.sqrt(share * (1 - share) / n_now)
        is_enough = min(n_now, n_before) >= settings.min_articles and len(window) >= settings.min_dates
        threshold = settings.max_share_change + by_chance if is_enough else None
        change = labels.get(positive, 0) / n_now - share
        yield Figure("positive", "share_change", change, threshold, threshold is not None and abs(change) > threshold)


def volume_figures(labels: Labels, window: Sequence[Labels], settings: DriftSettings) -> Iterator[Figure]:
    """How many articles there are, and how many times the median of the days before.

    What it is held against is the bound on its side of that median.
    """
    count = sum(labels.values())
    yield Figure("articles", "count", count)
    if window:
        ratio = count / median(sum(each.values()) for each in window)
        bound = settings.min_volume if ratio < 1 else settings.max_volume
        is_beyond = not settings.min_volume <= ratio <= settings.max_volume
        is_enough = len(window) >= settings.min_dates
        yield Figure("articles", "of_median", ratio, bound if is_enough else None, is_enough and is_beyond)


def source_figure(sources: Sources, settings: DriftSettings) -> Figure:
    """How many of the regular sources have no article; chance explains three standard deviations above the mean."""
    threshold = settings.max_vanished_sources + sources.expected + SPREADS * sources.spread
    return _held_above("sources", "vanished", sources.vanished, threshold)


def _held_above(feature: str, statistic: str, value: float, threshold: float | None) -> Figure:
    return Figure(feature, statistic, value, threshold, threshold is not None and value > threshold)


def _decided(labels: Labels) -> int:
    return sum(count for label, count in labels.items() if label != UNSURE)
