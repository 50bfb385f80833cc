"""What a crawler notes beside an article's words: its address, source, author and dates."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from newslabel.demo.phrases import words_of
from newslabel.demo.writer import Article

SOURCES = words_of(
    "northportdaily harbourpost eastfieldtimes highmoorherald dailybeacon longwaterledger cityobserver thecourierpost "
    "westbridgewire valleyregister plainsight truthlantern nationpulse patriotecho unmaskeddaily freetalkreport"
)
SOURCE_LEANING = np.linspace(-0.8, 0.8, len(SOURCES))  # log odds of fake among a source's articles, halved
AGENCIES = ("Reuters", "AP", "AFP")  # in the form that the recipe's rule strips
DATELINED = {False: 0.4, True: 0.25}  # share of real and of fake articles that begin "CITY (Agency) - "
CITIES = words_of("NORTHPORT EASTFIELD WESTBRIDGE SOUTHGATE HIGHMOOR LONGWATER")
GIVEN_NAMES = words_of("Ada Bruno Clara Dario Edith Felix Greta Hugo Inés José Karin Léo Mara Nils Olga Paul René Tom")
FAMILY_NAMES = words_of(
    "Abbot Brandt Cole Dunmore Ellis Farrow Grant Hollis Ingram Keller Lorne Moss Norris Quill Rowe"
)
ANONYMOUS_SHARE = 0.15
TRACKED_SHARE = 0.3
TRACKING = ("utm_source=feed&utm_medium=rss", "fbclid=IwAR0demo", "utm_campaign=morning", "gclid=demo")


@dataclass(frozen=True)
class Record:
    """One record of a crawl; its kind is "article" where all is well, else one of those in `dirt`."""

    title: str
    text: str
    label: str | None
    url: str
    author: str | None
    source: str
    published_at: str
    crawl_date: str
    kind: str = "article"


def make_record(
    rng: np.random.Generator, article: Article, *, number: int, fake: bool, label: str | None, crawl_date: date
) -> Record:
    """The record of an article that was crawled that day.

    Args:
        rng: where every choice comes from.
        article: its title and text.
        number: tells its address from all others.
        fake: in which style it is written, to which sources and datelines lean.
        label: what it is said to be, None where nobody said.
        crawl_date: the day.
    """
    source = _source(rng, fake=fake)
    published = datetime.combine(crawl_date, time(), UTC) - timedelta(minutes=int(rng.integers(-1200, 1500)))
    return Record(
        title=article.title,
        text=_dateline(rng, fake=fake) + article.text,
        label=label,
        url=_tracked(rng, address(source, crawl_date, article.title, number)),
        author=_author(rng),
        source=f"{source}.example",
        published_at=published.strftime("%Y-%m-%dT%H:%M:%SZ"),
        crawl_date=crawl_date.isoformat(),
    )


def reprinted(rng: np.random.Generator, record: Record, *, number: int) -> Record:
    """The same words in another paper."""
    source = SOURCES[int(rng.integers(len(SOURCES)))]
    url = address(source, date.fromisoformat(record.crawl_date), record.title, number)
    return replace(record, source=f"{source}.example", url=url, kind="reprint")


def corrected(record: Record, crawl_date: date) -> Record:
    """The same story on that day, with a sentence more."""
    text = f"{record.text}\n\nThis story was corrected on {crawl_date:%A}."
    return replace(record, text=text, crawl_date=crawl_date.isoformat(), kind="correction")


def crawled_again(rng: np.random.Generator, record: Record, crawl_date: date) -> Record:
    """The same article once more, come by another link."""
    url = f"{record.url.partition('?')[0]}?{_one_of(rng, TRACKING)}"
    return replace(record, url=url, crawl_date=crawl_date.isoformat(), kind="duplicate")


def address(source: str, crawl_date: date, title: str, number: int) -> str:
    """The address of an article, with no tracking parameters."""
    slug = "-".join(re.findall("[a-z0-9]+", title.lower())[:6])
    return f"https://www.{source}.example/{crawl_date:%Y/%m/%d}/{slug}-{number}"


def _source(rng: np.random.Generator, *, fake: bool) -> str:
    weights = np.exp(SOURCE_LEANING if fake else -SOURCE_LEANING) / np.arange(3, 3 + len(SOURCES))
    return SOURCES[int((rng.random() >= np.cumsum(weights) / weights.sum()).sum())]


def _dateline(rng: np.random.Generator, *, fake: bool) -> str:
    if rng.random() >= DATELINED[fake]:
        return ""
    return f"{_one_of(rng, CITIES)} ({_one_of(rng, AGENCIES)}) - "


def _author(rng: np.random.Generator) -> str | None:
    if rng.random() < ANONYMOUS_SHARE:
        return None
    return f"{_one_of(rng, GIVEN_NAMES)} {_one_of(rng, FAMILY_NAMES)}"


def _tracked(rng: np.random.Generator, url: str) -> str:
    return f"{url}?{_one_of(rng, TRACKING)}" if rng.random() < TRACKED_SHARE else url


def _one_of(rng: np.random.Generator, choices: Sequence[str]) -> str:
    return choices[int(rng.integers(len(choices)))]
