"""A day's crawl: good articles and, strewn among them, what else a crawl brings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from newslabel.demo import dirt, records
from newslabel.demo.language import Language
from newslabel.demo.records import Record
from newslabel.demo.writer import write_articles

WRONG_LABELS = 0.02  # of the labelled articles
CLASSES = ("REAL", "FAKE")


@dataclass
class Crawl:
    """Draws one day after another; repetitions and corrections may be of the day before."""

    rng: np.random.Generator
    language: Language
    number: int = 0
    day_before: list[Record] = field(default_factory=list)

    def day(self, crawl_date: date, *, articles: int, fake_share: float, labelled: bool) -> list[Record]:
        """The day's records in the order in which they were found.

        Args:
            crawl_date: the day.
            articles: how many good articles there are; the rest comes beside them.
            fake_share: how many of them are written in the style of fake ones.
            labelled: whether somebody has said what they are.
        """
        counts = dirt.counts(articles, labelled=labelled)
        bad = [kind for kind in dirt.BAD for _ in range(counts.get(kind, 0))]
        fresh = self._fresh(crawl_date, articles + len(bad), fake_share=fake_share, labelled=labelled)
        good, known = fresh[:articles], self.day_before + fresh[:articles]
        day = [
            *good,
            *(dirt.spoilt(record, kind) for record, kind in zip(fresh[articles:], bad, strict=True)),
            *(records.reprinted(self.rng, one, number=self._next()) for one in self._some(good, counts["reprint"])),
            *(records.corrected(one, crawl_date) for one in self._some(self.day_before or good, counts["correction"])),
            *(records.crawled_again(self.rng, one, crawl_date) for one in self._some(known, counts["duplicate"])),
        ]
        self.day_before = good
        return [day[place] for place in self.rng.permutation(len(day))]

    def _fresh(self, crawl_date: date, count: int, *, fake_share: float, labelled: bool) -> list[Record]:
        fake = self.rng.random(count) < fake_share
        said = fake ^ (self.rng.random(count) < WRONG_LABELS)
        return [
            records.make_record(
                self.rng,
                article,
                number=self._next(),
                fake=bool(fake[place]),
                label=CLASSES[int(said[place])] if labelled else None,
                crawl_date=crawl_date,
            )
            for place, article in enumerate(write_articles(self.rng, self.language, fake))
        ]

    def _some(self, among: Sequence[Record], count: int) -> list[Record]:
        return [among[place] for place in self.rng.choice(len(among), size=count, replace=False)]

    def _next(self) -> int:
        self.number += 1
        return self.number
