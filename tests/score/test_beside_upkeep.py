"""Scoring beside maintain_tables, and after it."""

from datetime import date

import pytest
from delta.tables import DeltaTable
from deltalake import DeltaTable as DeltaLakeTable

from newslabel.maintain import maintain_tables
from newslabel.schemas import DRIFT, LABELS
from newslabel.tables import read_table, replace_partition, table_path

DAY, NEXT_DAY = date(2026, 11, 20), date(2026, 11, 21)


@pytest.fixture
def labelled(spark, settings, score, add_articles) -> None:
    """Two labelled dates, the labels of the first in several files."""
    add_articles([(f"{number}", DAY, "hoax", None) for number in range(20)])
    add_articles([("next", NEXT_DAY, "official", None)])
    assert score().partitions == 2
    path = table_path(settings, LABELS)
    rows = read_table(spark, path, LABELS).where("crawl_date = '2026-11-20'").localCheckpoint().repartition(4)
    replace_partition(rows, path=path, contract=LABELS, partition={"crawl_date": DAY})


def commits(settings, contract) -> int:
    return DeltaLakeTable(table_path(settings, contract)).version()


def test_compaction_makes_nothing_due(spark, settings, score, labelled, contents) -> None:
    before = contents(LABELS, "article_id", "label", "scored_at")
    compacted = {each.name: each.partitions for each in maintain_tables(spark, settings)}
    assert compacted == {"articles": 0, "labels": 1, "drift": 0}
    newest = DeltaTable.forPath(spark, table_path(settings, LABELS)).history(1).first()
    assert newest.operation == "OPTIMIZE"
    after = commits(settings, LABELS), commits(settings, DRIFT)
    summary = score()
    assert (summary.partitions, summary.left_to_others) == (0, 0)
    assert (commits(settings, LABELS), commits(settings, DRIFT)) == after
    assert contents(LABELS, "article_id", "label", "scored_at") == before


def test_labels_whose_files_are_compacted_amid_their_replacement_are_written_all_the_same(
    spark, settings, score, labelled, contents, capfd, amid_the_write
) -> None:
    writes = amid_the_write(lambda: maintain_tables(spark, settings))
    summary = score(force=True, first=DAY, last=DAY)
    assert (summary.partitions, summary.articles, len(writes)) == (1, 20, 2)
    assert "event=partition_changed_meanwhile" in capfd.readouterr().err
    assert len(contents(LABELS, "article_id")) == 21
    assert score().partitions == 0
