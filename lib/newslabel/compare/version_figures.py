"""What is said of two versions of a model on the same articles, as figures and as tables that people read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from newslabel.compare.shown import Shown
from newslabel.evaluate.uncertainty import ErrorsOfTwo, Interval


@dataclass(frozen=True)
class Judged:
    """How often each of two versions was right, of articles that a person labelled and neither was trained on.

    Attributes:
        since: they were crawled after this day, on which the later of the two was made.
        articles: how many.
        first: the share that the first labels right (UNSURE is not right), with an interval of 95 % (Wilson's).
        second: the same of the second.
        errors: who alone is right, and McNemar's p.
    """

    since: date
    articles: int
    first: Interval
    second: Interval
    errors: ErrorsOfTwo


@dataclass(frozen=True)
class VersionsCompared:
    """Two versions side by side, on the articles that both labelled.

    Attributes:
        first: the number of the one.
        second: of the other.
        counts: articles by the label of the first and of the second.
        sources: source, articles, share of the positive class by the first, by the second; those that moved most first.
        disagreements: crawl date, source, title and the text's beginning, label and probability by each.
        judged: who is right; None where no article tells.
        positive: the positive class.
    """

    first: str
    second: str
    counts: Mapping[tuple[str, str], int]
    sources: list[tuple[str, int, float, float]]
    disagreements: list[tuple[Any, ...]]
    judged: Judged | None
    positive: str

    @property
    def articles(self) -> int:
        """How many both labelled."""
        return sum(self.counts.values())

    @property
    def agreement(self) -> float:
        """The share of them to which both give the same label."""
        return sum(count for (one, other), count in self.counts.items() if one == other) / self.articles

    def tables(self) -> list[Shown]:
        """What is to be shown, as text."""
        names = f"version {self.first}", f"version {self.second}"
        counts = [[one, other, f"{count:,}"] for (one, other), count in sorted(self.counts.items())]
        sources = [[name, f"{count:,}", f"{one:.3f}", f"{other:.3f}"] for name, count, one, other in self.sources]
        shares = [f"{self.positive} by {name}" for name in names]
        disagreements = [[_cell(value) for value in row] for row in self.disagreements]
        of_each = [f"{what} by {name}" for name in names for what in ("label", "probability")]
        return [
            Shown(f"{self.articles:,} articles, of which {self.agreement:.1%} agree", [*names, "articles"], counts),
            Shown("shift by source", ["source", "articles", *shares], sources),
            Shown("disagreements", ["crawl date", "source", "article", *of_each], disagreements),
            *([_judged_table(self.judged, names)] if self.judged else []),
        ]


def _judged_table(judged: Judged, names: tuple[str, str]) -> Shown:
    title = f"accuracy on {judged.articles:,} labelled articles crawled after {judged.since}, which trained neither"
    alone = judged.errors.only_first_right, judged.errors.only_second_right
    rows = [
        [name, f"{share.value:.3f} ({share.low:.3f} to {share.high:.3f})", f"{count:,}", f"{judged.errors.p_value:.2g}"]
        for name, share, count in zip(names, (judged.first, judged.second), alone, strict=True)
    ]
    return Shown(title, ["", "accuracy", "right where the other is wrong", "McNemar's p"], rows)


def _cell(value: Any) -> str:
    return "none" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)
