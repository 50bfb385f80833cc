"""What lies in a crawl beside good articles: reprints, corrections, repetitions, and bad records of many kinds."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from newslabel.demo import phrases
from newslabel.demo.records import Record

# how many of each stand among a hundred good articles: these are articles of their own, …
COPIES: Mapping[str, float] = {"reprint": 1.0, "correction": 0.5}
# … these are the same article again, …
REPETITIONS: Mapping[str, float] = {"duplicate": 2.0}
# … and these are to be rejected
BAD: Mapping[str, float] = {
    "empty": 1.0,
    "not_english": 1.0,
    "malformed": 0.8,
    "undecodable": 0.5,
    "unknown_label": 0.5,
    "bad_crawl_date": 0.3,
}
# what only a line of text can be: a CSV line with too few fields or a cut JSON line, and bytes that are not UTF-8
OF_LINES = ("malformed", "undecodable")
FOREIGN_WORD = {
    word: phrases.FOREIGN[place % len(phrases.FOREIGN)] for place, word in enumerate(sorted(phrases.FUNCTION_WORDS))
}


def counts(articles: int, *, labelled: bool) -> dict[str, int]:
    """How many records of each kind stand among so many good articles of a day, at least one of each."""
    shares = {**COPIES, **REPETITIONS, **BAD}
    if not labelled:
        del shares["unknown_label"]
    return {kind: max(1, round(share * articles / 100)) for kind, share in shares.items()}


def spoilt(record: Record, kind: str) -> Record:
    """A good record spoilt in the way named; what only lines can be is left to the writing of the file."""
    spoil = _SPOIL.get(kind)
    return replace(spoil(record) if spoil else record, kind=kind)


def _in_another_language(text: str) -> str:
    return re.sub("[A-Za-z]+", lambda word: FOREIGN_WORD.get(word[0].lower(), word[0]), text)


_SPOIL: Mapping[str, Callable[[Record], Record]] = {
    "empty": lambda record: replace(record, text=" \n "),
    "not_english": lambda record: replace(
        record, title=_in_another_language(record.title), text=_in_another_language(record.text)
    ),
    "undecodable": lambda record: replace(record, text="Café owners spoke. " + record.text),
    "unknown_label": lambda record: replace(record, label="satire"),
    "bad_crawl_date": lambda record: replace(record, crawl_date="2026-13-45"),
}
