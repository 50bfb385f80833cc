"""What Spark counts, against NumPy's histogram and sets of sources by hand."""

from datetime import date, timedelta

import numpy as np
import pytest

from newslabel.evaluate.metrics import histogram
from newslabel.score.drift_counts import histograms, missing_sources
from newslabel.score.label_tables import label_counts
from newslabel.train.evaluation import SHARE_EDGES, TOKEN_EDGES

DAY, NEXT_DAY = date(2026, 11, 20), date(2026, 11, 21)
EDGES = {"probability": SHARE_EDGES, "n_tokens": TOKEN_EDGES, "unknown_share": SHARE_EDGES}


def test_bins_are_those_of_the_reference(spark) -> None:
    draw = np.random.default_rng(0)
    tokens = np.concatenate([[0, 1, 2, 3, 4, 500_000], draw.integers(0, 3000, 494)])
    known = draw.integers(0, 21, 500)
    shares = known.astype(np.float32) / np.float32(20)  # all of them on an edge, as float32 has it
    probabilities = np.round(np.concatenate([[0.0, 1.0, 0.05, 0.5], draw.random(496)]), 4)
    rows = [
        (DAY, None if number % 10 == 9 else float(p), int(n), float(np.round(np.float64(share), 4)))
        for number, (p, n, share) in enumerate(zip(probabilities, tokens, shares, strict=True))
    ]
    schema = "crawl_date date, probability double, n_tokens int, unknown_share double"
    labels = spark.createDataFrame([*rows, (NEXT_DAY, 0.5, 2, 0.0)], schema)
    found = histograms(labels, {name: [float(edge) for edge in edges] for name, edges in EDGES.items()})
    judged = probabilities[np.arange(500) % 10 != 9]
    assert list(found[DAY]["probability"]) == histogram(judged, SHARE_EDGES)["counts"]
    assert list(found[DAY]["n_tokens"]) == histogram(tokens, TOKEN_EDGES)["counts"]
    assert list(found[DAY]["unknown_share"]) == histogram(shares, SHARE_EDGES)["counts"]
    assert {name: list(np.flatnonzero(counts)) for name, counts in found[NEXT_DAY].items()} == {
        "probability": [10],
        "n_tokens": [2],
        "unknown_share": [0],
    }


def test_labels_are_counted_by_date(spark) -> None:
    rows = [(DAY, "FAKE"), (DAY, "FAKE"), (DAY, "UNSURE"), (NEXT_DAY, "REAL")]
    labels = spark.createDataFrame(rows, "crawl_date date, label string")
    assert label_counts(labels) == {DAY: {"FAKE": 2, "UNSURE": 1}, NEXT_DAY: {"REAL": 1}}


def test_a_source_is_missed_that_was_there_on_most_days(spark) -> None:
    window = [DAY - timedelta(days) for days in range(1, 11)]
    there = {
        "always and now": [*window, DAY],
        "always": window,
        "nine of ten": window[:9],
        "nine of ten and now": [*window[:9], DAY],
        "eight of ten": window[:8],
        "new": [DAY],
        None: window,
        "l" * 300: window,
    }
    rows = [(source, day) for source, days in there.items() for day in days for _ in range(2)]
    rows += [("eight of ten", DAY - timedelta(11)), ("eight of ten", DAY - timedelta(12))]
    articles = spark.createDataFrame(rows, "source string, crawl_date date")
    found = missing_sources(articles, DAY, window, 0.9)
    assert (found.vanished, found.some) == (3, ("always", "l" * 100, "nine of ten"))
    assert (found.expected, found.spread) == pytest.approx((0.2, 0.424264))  # two that miss one of ten


def test_no_regular_source_is_none_that_vanished(spark) -> None:
    articles = spark.createDataFrame([], "source string, crawl_date date")
    found = missing_sources(articles, DAY, [DAY - timedelta(1)], 0.9)
    assert (found.vanished, found.expected, found.spread, found.some) == (0, 0, 0, ())
