"""The job on real Delta tables."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pyarrow as pa
import pytest
from delta.tables import DeltaTable
from deltalake import DeltaTable as DeltaLakeTable
from deltalake import write_deltalake
from pyspark.sql import functions as f
from two_days import DAY, NEXT_DAY, TWO_DAYS

from newslabel.errors import BundleError, NoArticlesOutcome, SettingsError, TableError
from newslabel.schemas import ARTICLES, LABELS, SHADOW_LABELS
from newslabel.score import label_udf
from newslabel.score.partition import _gathered, _spread
from newslabel.spark_errors import ConflictError
from newslabel.table_making import create_table
from newslabel.tables import read_table, table_path


def test_every_article_of_every_date_gets_a_row(labelled, contents) -> None:
    assert contents(
        LABELS, "article_id", "story_id", "crawl_date", "label", "probability", "reason", "n_tokens", "unknown_share"
    ) == [
        ("a", "a", DAY, "FAKE", 0.982, None, 2, 0.0),
        ("b", "b", DAY, "REAL", 0.018, None, 2, 0.0),
        ("c", "c", DAY, "UNSURE", None, "empty_after_cleaning", 0, 0.0),
        ("d", "d", NEXT_DAY, "UNSURE", None, "no_known_words", 2, 1.0),
    ]
    assert set(contents(LABELS, "why", "recipe", "model_version")) == {(None, "by_hand", "1")}
    assert labelled.version == "1"
    assert (labelled.partitions, labelled.cleared, labelled.left_to_others) == (2, 0, 0)
    assert (labelled.articles, labelled.labels, labelled.unsure) == (4, {"FAKE": 1, "REAL": 1, "UNSURE": 2}, 2)
    assert 0 < labelled.articles_per_second < 4


def test_where_it_is_asked_why_the_words_stand_in_the_table_as_they_stand_in_the_text(
    score, add_articles, contents
) -> None:
    add_articles([*TWO_DAYS, ("e", NEXT_DAY, "HOAX: official", "a Hoax")])
    score(explain=2)
    assert contents(LABELS, "article_id", "why") == [
        ("a", '[{"word": "Hoax", "weight": 4.0}]'),
        ("b", '[{"word": "official", "weight": -4.0}]'),
        ("c", None),
        ("d", None),
        ("e", '[{"word": "HOAX:", "weight": 4.0}, {"word": "official", "weight": -4.0}]'),
    ]
    assert score().partitions == 0
    assert score(explain=50).partitions == 0


def test_a_challenger_tells_why_too(score, add_articles, registry, make_bundle, contents) -> None:
    add_articles(TWO_DAYS[:1])
    registry.add("2", make_bundle("weaker", strength=1.0))
    score(model="2", explain=1)
    assert contents(SHADOW_LABELS, "article_id", "why") == [("a", '[{"word": "Hoax", "weight": 1.0}]')]


def test_more_words_than_are_told_are_an_error_before_anything_is_read(score) -> None:
    with pytest.raises(SettingsError, match=r"explain must be a number of words, 0 to 50\. Received: -1"):
        score(explain=-1)


def test_a_second_run_finds_nothing_due_and_commits_nothing(score, labelled, commits, contents) -> None:
    before = commits(LABELS), contents(LABELS, *LABELS.column_names)
    summary = score()
    assert (summary.version, summary.partitions, summary.articles) == (None, 0, 0)
    assert (commits(LABELS), contents(LABELS, *LABELS.column_names)) == before


def test_a_hundred_new_articles_make_their_date_due_and_no_other(
    score, labelled, add_articles, commits, contents
) -> None:
    before = commits(LABELS), contents(LABELS, "article_id", "crawl_date", "scored_at")
    add_articles([(f"new{number}", NEXT_DAY, "hoax", None) for number in range(100)])
    summary = score()
    assert (summary.partitions, summary.articles) == (1, 101)
    assert commits(LABELS) == before[0] + 1
    after = contents(LABELS, "article_id", "crawl_date", "scored_at")
    assert len(after) == 104
    assert [row for row in after if row[1] != NEXT_DAY] == [row for row in before[1] if row[1] != NEXT_DAY]


def test_as_many_articles_but_others_are_due(spark, settings, score, labelled, add_articles, contents) -> None:
    DeltaTable.forPath(spark, table_path(settings, ARTICLES)).delete("article_id = 'd'")
    add_articles([("other", NEXT_DAY, "official", None)])
    assert score().partitions == 1
    assert contents(LABELS, "article_id") == [("a",), ("b",), ("c",), ("other",)]


def test_another_champion_makes_nothing_due_but_labels_what_is(
    score, labelled, add_articles, registry, make_bundle, contents
) -> None:
    registry.add("2", make_bundle("weaker", strength=1.0))
    assert score().partitions == 0
    add_articles([("f", DAY, "hoax", None)])
    assert score().version == "2"
    assert contents(LABELS, "crawl_date", "model_version", "probability") == [
        (DAY, "2", 0.2689),
        (DAY, "2", 0.7311),
        (DAY, "2", 0.7311),
        (DAY, "2", None),
        (NEXT_DAY, "1", None),
    ]


def test_force_labels_again_what_is_not_due(score, labelled, registry, make_bundle, contents) -> None:
    registry.add("2", make_bundle("weaker", strength=1.0))
    summary = score(force=True, first=DAY, last=DAY)
    assert (summary.version, summary.partitions, summary.articles) == ("2", 1, 3)
    assert [row for row in contents(LABELS, "article_id", "model_version") if row[1] == "2"] == [
        ("a", "2"),
        ("b", "2"),
        ("c", "2"),
    ]


def test_dates_restrict_what_is_labelled(score, add_articles, contents) -> None:
    add_articles(TWO_DAYS)
    assert score(first=NEXT_DAY).articles == 1
    assert score(last=DAY).articles == 3
    assert len(contents(LABELS, "article_id")) == 4


def test_a_partition_whose_articles_were_deleted_is_cleared(spark, settings, score, labelled, contents) -> None:
    DeltaTable.forPath(spark, table_path(settings, ARTICLES)).delete(f.col("crawl_date") == DAY)
    summary = score(first=DAY, last=DAY)
    assert (summary.partitions, summary.cleared, summary.articles) == (1, 1, 0)
    assert contents(LABELS, "article_id") == [("d",)]
    assert score().partitions == 0


def test_a_date_with_no_articles_is_an_outcome_of_its_own(score, add_articles) -> None:
    add_articles(TWO_DAYS)
    with pytest.raises(NoArticlesOutcome, match=r"no articles of that date in .* Received: 2026-12-24") as outcome:
        score(first=date(2026, 12, 24), last=date(2026, 12, 24))
    assert outcome.value.exit_code == 11
    assert score(first=date(2026, 12, 24)).partitions == 0


def test_with_no_champion_the_error_names_the_command_that_makes_one(score, add_articles, registry) -> None:
    add_articles(TWO_DAYS)
    registry.champion_number = None
    with pytest.raises(BundleError, match=r"`promote_model latest` makes it champion. Received: .*'news'"):
        score()


def test_with_no_articles_table_the_error_says_so(score) -> None:
    with pytest.raises(TableError, match="there is no table articles yet"):
        score()


def test_a_place_that_cannot_be_written_is_an_error(score, add_articles, tmp_path) -> None:
    add_articles(TWO_DAYS)
    (tmp_path / "tables" / "labels").write_text("in the way")
    with pytest.raises(TableError, match="labels"):
        score()


def test_a_changed_byte_in_the_bundle_stops_before_anything_is_written(score, add_articles, registry, tmp_path) -> None:
    add_articles(TWO_DAYS)
    stop_words = tmp_path / "models" / "bundle" / "stopwords.txt"
    stop_words.write_text("changed\n")
    with pytest.raises(BundleError, match=r"stopwords\.txt is not as it was made"):
        score()
    assert not (tmp_path / "tables" / "labels").exists()


def test_a_challenger_labels_into_shadow_labels_by_a_due_rule_of_its_own(
    score, add_articles, registry, make_bundle, contents, commits
) -> None:
    add_articles(TWO_DAYS[:2])
    registry.add("2", make_bundle("weaker", strength=1.0))
    registry.champion_number = "1"
    assert score(model="2").partitions == 1
    assert score(model="1").partitions == 1
    before = commits(SHADOW_LABELS)
    assert score(model="2").partitions == 0
    assert commits(SHADOW_LABELS) == before
    add_articles([("e", DAY, "hoax", None)])
    assert score(model="2").partitions == 1
    assert contents(SHADOW_LABELS, "model_version", "article_id", "probability") == [
        ("1", "a", 0.982),
        ("1", "b", 0.018),
        ("2", "a", 0.7311),
        ("2", "b", 0.2689),
        ("2", "e", 0.7311),
    ]
    assert score().version == "1"
    assert len(contents(LABELS, "article_id")) == 3


def test_an_unknown_challenger_is_an_error(score, add_articles) -> None:
    add_articles(TWO_DAYS)
    with pytest.raises(SettingsError, match="Received: '9'"):
        score(model="9")


class PromotedMeanwhile:
    """A registry in which another version becomes champion after the first look."""

    def __init__(self, registry) -> None:
        self.registry, self.looks = registry, 0

    def champion(self):
        self.looks += 1
        return self.registry.version("1" if self.looks == 1 else "2")

    def version(self, which):
        return self.registry.version(which)


def test_a_promotion_while_it_labels_makes_it_label_again_with_the_new_champion(
    score, add_articles, registry, make_bundle, contents, commits
) -> None:
    add_articles(TWO_DAYS[:3])
    registry.add("2", make_bundle("weaker", strength=1.0))
    assert score(registry=PromotedMeanwhile(registry)).version == "2"
    assert set(contents(LABELS, "model_version")) == {("2",)}
    assert commits(LABELS) == 4  # the table itself, the labels of the champion that was, none again, and the new one's


def test_a_run_that_fails_after_a_promotion_leaves_the_date_with_the_labels_it_had_and_due(
    score, add_articles, registry, make_bundle, contents, tmp_path
) -> None:
    add_articles(TWO_DAYS[:2])
    assert score().version == "1"
    before = contents(LABELS, "article_id", "scored_at", "run_id")
    add_articles([TWO_DAYS[2]])
    registry.add("2", make_bundle("weaker", strength=1.0))
    stop_words = tmp_path / "models" / "weaker" / "stopwords.txt"
    as_it_was = stop_words.read_text()
    stop_words.write_text("changed\n")
    with pytest.raises(BundleError, match="not as it was made"):
        score(registry=PromotedMeanwhile(registry))
    assert contents(LABELS, "article_id", "scored_at", "run_id") == before
    stop_words.write_text(as_it_was)
    assert score().version == "2"
    assert contents(LABELS, "article_id", "model_version") == [("a", "2"), ("b", "2"), ("c", "2")]


def test_a_slow_run_that_began_before_a_promotion_leaves_the_new_champions_labels(
    score, add_articles, registry, make_bundle, contents, commits, amid_the_write
) -> None:
    add_articles(TWO_DAYS[:3])

    def promoted_and_labelled() -> None:
        registry.add("2", make_bundle("weaker", strength=1.0))
        assert score().version == "2"

    writes = amid_the_write(promoted_and_labelled)
    summary = score()
    assert (summary.partitions, summary.left_to_others) == (0, 1)
    assert contents(LABELS, "article_id", "model_version") == [("a", "2"), ("b", "2"), ("c", "2")]
    assert (len(writes), commits(LABELS)) == (2, 2)


class OvertakenBy:
    """A registry during whose second look another run labels everything."""

    def __init__(self, registry, other_run) -> None:
        self.registry, self.other_run, self.looks = registry, other_run, 0

    def champion(self):
        self.looks += 1
        if self.looks == 1:
            self.other_run()
        return self.registry.champion()

    def version(self, which):
        return self.registry.version(which)


def test_a_slow_run_leaves_to_a_faster_one_what_that_labelled(score, add_articles, registry, contents, commits) -> None:
    add_articles(TWO_DAYS)
    summary = score(registry=OvertakenBy(registry, score))
    assert (summary.partitions, summary.left_to_others, summary.articles) == (0, 2, 0)
    assert commits(LABELS) == 3
    assert len(contents(LABELS, "article_id")) == 4


def test_labels_that_nobody_else_wrote_are_not_looked_at_again(score, add_articles, monkeypatch) -> None:
    from newslabel.score import label_tables

    looks, look = [], label_tables.partition_states
    monkeypatch.setattr(label_tables, "partition_states", lambda *tables: looks.append(1) or look(*tables))
    add_articles(TWO_DAYS)
    assert score().partitions == 2
    assert score(force=True).partitions == 2
    assert len(looks) == 2


def test_labels_that_another_run_wrote_are_looked_at_again_even_at_the_last_date(
    score, add_articles, registry, contents
) -> None:
    add_articles(TWO_DAYS)

    class SecondDayIsTaken(PromotedMeanwhile):
        def champion(self):
            self.looks += 1
            if self.looks == 3:  # the first date is written
                assert score(first=NEXT_DAY, last=NEXT_DAY).partitions == 1
            return self.registry.champion()

    summary = score(registry=SecondDayIsTaken(registry))
    assert (summary.partitions, summary.left_to_others) == (1, 1)
    assert len(contents(LABELS, "article_id")) == 4


def test_articles_that_come_while_it_runs_are_due_next_time(settings, score, add_articles, registry, contents) -> None:
    add_articles(TWO_DAYS[:3])

    class ArticlesCome(PromotedMeanwhile):
        def champion(self):
            self.looks += 1
            if self.looks == 2:  # it has labelled, and is about to write; another process writes with no Spark
                articles = DeltaLakeTable(table_path(settings, ARTICLES))
                late = articles.to_pyarrow_table().slice(0, 1)
                column = late.schema.get_field_index("article_id")
                late = late.set_column(column, late.schema.field(column), pa.array(["late"]))
                write_deltalake(articles, late, mode="append")
            return self.registry.champion()

    assert score(registry=ArticlesCome(registry)).articles == 3
    assert len(contents(LABELS, "article_id")) == 3
    assert score().articles == 4
    assert len(contents(LABELS, "article_id")) == 4


def test_who_loses_a_race_for_a_commit_looks_again_before_it_works_again(
    score, add_articles, registry, monkeypatch, contents
) -> None:
    add_articles(TWO_DAYS[:3])
    from newslabel.score import label_tables

    write, tries = label_tables.replace_partition, []

    def lose_the_first(*arguments, **options) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ConflictError("another job was faster")
        write(*arguments, **options)

    monkeypatch.setattr(label_tables, "replace_partition", lose_the_first)
    assert score().partitions == 1
    assert len(tries) == 2
    assert len(contents(LABELS, "article_id")) == 3


@pytest.fixture
def overtaken_in_the_write(monkeypatch):
    """Lets something happen in the first replaceWhere after the last look, where Delta sees no conflict."""

    def arrange(other_run) -> None:
        from newslabel.score import label_tables

        write, writes = label_tables.replace_partition, []

        def write_late(*arguments, **options) -> None:
            writes.append(1)
            if len(writes) == 1:
                other_run()
            write(*arguments, **options)

        monkeypatch.setattr(label_tables, "replace_partition", write_late)

    return arrange


def test_what_a_faster_run_labelled_between_the_last_look_and_the_write_is_labelled_again(
    score, add_articles, contents, overtaken_in_the_write, spark, settings
) -> None:
    add_articles(TWO_DAYS[:3])
    articles = read_table(spark, table_path(settings, ARTICLES), ARTICLES).where("article_id = 'a'").toArrow()
    late = articles.set_column(0, articles.schema.field(0), pa.array(["late"]))

    def articles_come_and_are_labelled() -> None:
        write_deltalake(DeltaLakeTable(table_path(settings, ARTICLES)), late, mode="append")
        assert score().articles == 4

    overtaken_in_the_write(articles_come_and_are_labelled)
    assert score().articles == 4
    assert contents(LABELS, "article_id") == [("a",), ("b",), ("c",), ("late",)]
    assert score().partitions == 0


def test_the_new_champions_labels_written_between_the_last_look_and_the_write_come_back(
    score, add_articles, registry, make_bundle, contents, overtaken_in_the_write
) -> None:
    add_articles(TWO_DAYS[:3])

    def promoted_and_labelled() -> None:
        registry.add("2", make_bundle("weaker", strength=1.0))
        assert score().version == "2"

    overtaken_in_the_write(promoted_and_labelled)
    assert score().version == "2"
    assert contents(LABELS, "article_id", "model_version") == [("a", "2"), ("b", "2"), ("c", "2")]


def test_two_runs_at_once_leave_every_article_labelled_once(score, add_articles, contents) -> None:
    add_articles([(f"{day}-{number}", DAY + timedelta(day), "hoax", None) for day in range(2) for number in range(20)])
    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(score) for _ in range(2)]
        assert sum(run.result().articles for run in runs) >= 40
    labels = contents(LABELS, "article_id")
    assert len(labels) == len(set(labels)) == 40
    assert score().partitions == 0


def test_labels_of_older_code_with_another_column_type_are_refused(spark, settings, score, add_articles) -> None:
    add_articles(TWO_DAYS)
    old = spark.createDataFrame([(1, DAY)], "article_id long, crawl_date date")
    old.write.format("delta").partitionBy("crawl_date").save(table_path(settings, LABELS))
    with pytest.raises(TableError, match="table labels, column article_id: wanted string, found bigint"):
        score()


def test_labels_can_be_read_from_an_empty_table(spark, settings, score, add_articles) -> None:
    create_table(spark, table_path(settings, LABELS), LABELS)
    add_articles(TWO_DAYS[:1])
    assert score().partitions == 1
    assert read_table(spark, table_path(settings, LABELS), LABELS).count() == 1


def test_a_bundle_that_no_worker_can_read_is_named(settings, score, add_articles, registry, tmp_path) -> None:
    add_articles(TWO_DAYS[:1])
    label_udf(registry.champion().bundle_uri, settings.score.cache)
    (tmp_path / "models" / "bundle").rename(tmp_path / "models" / "elsewhere")
    with pytest.raises(BundleError, match=r"a worker could not label: .*BundleError: not a bundle: .*bundle'"):
        score()


def test_one_large_file_is_labelled_by_all_cores(spark, tmp_path) -> None:
    ids = spark.range(2500).selectExpr("CAST(id AS STRING) AS article_id")
    ids.coalesce(1).write.format("delta").save(str(tmp_path / "one_file"))
    articles = spark.read.format("delta").load(str(tmp_path / "one_file"))
    assert _spread(articles, 2500).rdd.getNumPartitions() == 2
    assert _spread(articles, 1999).rdd.getNumPartitions() == 1


def test_what_many_tasks_labelled_goes_to_few_files(spark) -> None:
    labels = spark.range(3000, numPartitions=2).selectExpr("CAST(id AS STRING) AS article_id")
    assert _gathered(labels, 3000).rdd.getNumPartitions() == 1
    assert _gathered(labels, 1_000_000).rdd.getNumPartitions() == 2
    assert sorted(_gathered(labels, 3000).collect()) == sorted(labels.collect())
