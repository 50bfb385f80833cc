"""All figures of the dates that are due: counted together where Spark can, and held against what their model knows."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from newslabel.logs import log_event
from newslabel.score.drift_counts import Histograms, histograms, missing_sources
from newslabel.score.drift_due import DueDate, Stamp
from newslabel.score.drift_figures import (
    Figure,
    Labels,
    Reference,
    share_figures,
    source_figure,
    stability_figures,
    volume_figures,
)
from newslabel.score.drift_references import read_references
from newslabel.score.drift_tables import DriftTables
from newslabel.score.label_tables import label_counts
from newslabel.score.versions import Versions


class DriftDates:
    """The figures of due dates.

    Args:
        tables: labels and articles.
        versions: names the models that labelled.
    """

    def __init__(self, tables: DriftTables, versions: Versions) -> None:
        self._tables = tables
        self._versions = versions
        self._settings = tables.settings.drift
        self._references: dict[str, Reference | None] = {}

    def figures(self, due: Sequence[DueDate]) -> Mapping[DueDate, Sequence[Figure]]:
        """The figures of each date; none where its labels are gone.

        A date whose model cannot be read now is left out, and so stays due.

        Raises:
            TransientError: the registry does not answer.
        """
        numbers = {each.labels.model_version for each in due if each.labels}
        self._references = read_references(numbers, self._versions, Path(self._tables.settings.score.cache))
        due = [each for each in due if each.labels is None or each.labels.model_version in self._references]
        there = {each.crawl_date: each.labels for each in due if each.labels}
        if not there:
            return {each: [] for each in due}
        before = timedelta(self._settings.window_days)
        counts = label_counts(self._tables.labels(min(there) - before, max(there)))
        bins = self._histograms(there)
        figures_of = {}
        for each in due:
            day = each.crawl_date
            window = {other: labels for other, labels in counts.items() if day - before <= other < day}
            stamp = each.labels if day in counts else None
            figures_of[each] = self._of_date(stamp, day, counts[day], window, bins.get(day)) if stamp else []
        return figures_of

    def _of_date(
        self, stamp: Stamp, day: date, labels: Labels, window: Mapping[date, Labels], bins: Histograms | None
    ) -> list[Figure]:
        reference, before = self._references[stamp.model_version], list(window.values())
        figures = list(volume_figures(labels, before, self._settings))
        if reference:
            figures += share_figures(labels, before, reference.positive, self._settings)
        if reference and bins:
            figures += stability_figures(bins, reference, self._settings)
        if len(window) >= self._settings.min_dates:
            figures.append(self._source_figure(day, list(window)))
        return figures

    def _source_figure(self, day: date, window: Sequence[date]) -> Figure:
        sources = missing_sources(self._tables.articles(), day, window, self._settings.regular_share)
        if sources.vanished:
            log_event("sources_vanished", crawl_date=day, sources=sources.vanished, some=", ".join(sources.some))
        return source_figure(sources, self._settings)

    def _histograms(self, stamps: Mapping[date, Stamp]) -> dict[date, Histograms]:
        """Those of all dates, version by version, as each has bins of its own."""
        found: dict[date, Histograms] = {}
        for number in sorted({stamp.model_version for stamp in stamps.values()}):
            reference = self._references[number]
            if reference and reference.histograms:
                days = [day for day, stamp in stamps.items() if stamp.model_version == number]
                edges = {feature: histogram["edges"] for feature, histogram in reference.histograms.items()}
                found |= histograms(self._tables.labels_of(days), edges)
        return found
