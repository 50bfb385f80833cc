"""Which partitions are due, against what sets of ids say."""

import random
from datetime import UTC, date, datetime, timedelta

from newslabel.score.due import Fingerprint, PartitionState, partition_states

FIRST = date(2026, 11, 1)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_date_is_due_when_its_articles_are_not_the_ones_labelled(spark) -> None:
    draw = random.Random(0)
    articles, labels = set(), set()
    for number in range(6000):  # enough for their hashes' sums to leave 64 bits behind
        row = (f"{number:08x}", FIRST + timedelta(number % 60))
        kind = draw.random()
        if number % 60 < 20 or kind < 0.999:  # 20 dates stay as they are, of the others few articles differ
            articles.add(row)
            labels.add(row)
        else:
            (articles if kind < 0.9995 else labels).add(row)
    labels |= {("only labelled", date(2027, 1, 1))}
    articles |= {("only crawled", date(2027, 1, 2)), ("swapped", FIRST)}
    labels |= {("for another", FIRST)}
    days = sorted({day for _, day in articles | labels})
    wanted = {
        day: {article for article, its_day in articles if its_day == day}
        != {article for article, its_day in labels if its_day == day}
        for day in days
    }

    def frame(rows):
        return spark.createDataFrame(
            [(*row, NOON, "7") for row in rows],
            "article_id string, crawl_date date, scored_at timestamp, model_version string",
        )

    states = partition_states(frame(sorted(articles)), frame(sorted(labels)))
    assert [state.crawl_date for state in states] == days
    assert {state.crawl_date: state.is_due for state in states} == wanted
    assert 3 < sum(wanted.values()) < 30
    labelled = {day for _, day in labels}
    assert {state.model_version for state in states if state.crawl_date in labelled} == {"7"}
    assert [state.model_version for state in states if state.crawl_date not in labelled] == [None]


def test_with_no_labels_every_date_is_due(spark) -> None:
    articles = spark.createDataFrame([("a", FIRST), ("b", FIRST)], "article_id string, crawl_date date")
    (state,) = partition_states(articles, None)
    assert (state.crawl_date, state.articles.count, state.labels, state.labelled_at) == (FIRST, 2, Fingerprint(), None)
    assert state.is_due


def test_labels_that_were_made_again_are_not_the_same(spark) -> None:
    first, again = (PartitionState(FIRST, labelled_at=NOON + timedelta(minutes)) for minutes in (0, 1))
    assert first.has_same_labels(PartitionState(FIRST, articles=Fingerprint(1), labelled_at=NOON))
    assert not first.has_same_labels(again)
