"""Two versions of a model held against each other, on labels that a test writes."""

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from by_hand import FakeRegistry, append_articles, write_bundle
from deltalake import DeltaTable, write_deltalake

from newslabel.compare import compare_models, promotion_gate
from newslabel.compare.gate import compared_refusals
from newslabel.errors import DataError, SettingsError
from newslabel.models import Registry
from newslabel.schemas import ARTICLES, LABELS, SHADOW_LABELS
from newslabel.table_making import create_table

OLD = date(2026, 11, 20)  # the day on which the bundles were made
NEW = date(2026, 11, 21)
# id, day, source, its true label, then label and probability by version 1 and by version 2
SAID = [
    ("a", OLD, "daily.example", "FAKE", "FAKE", 0.9, "REAL", 0.2),
    ("b", NEW, "daily.example", "FAKE", "FAKE", 0.8, "FAKE", 0.7),
    ("c", NEW, "daily.example", "REAL", "FAKE", 0.9, "REAL", 0.1),
    ("d", NEW, "weekly.example", "REAL", "REAL", 0.2, "REAL", 0.3),
    ("e", NEW, None, None, "UNSURE", None, "FAKE", 0.6),
    ("f", NEW, "weekly.example", "FAKE", "REAL", 0.4, "FAKE", 0.6),
]
AGAIN = ("a", date(2026, 12, 1), "daily.example", "FAKE")  # crawled again, it may have trained one of them all the same


@pytest.fixture(scope="module")
def tables(spark, tmp_path_factory) -> Path:
    """Both versions' labels, version 1's in `labels`, version 2's in `shadow_labels`."""
    root = tmp_path_factory.mktemp("versions")
    for contract in (ARTICLES, LABELS, SHADOW_LABELS):
        create_table(spark, str(root / contract.name), contract)
    articles = [(name, day, f"Title of {name}{' and more' * 50}", "text") for name, day, *_ in [*SAID, AGAIN]]
    known = [{"source": row[2], "label": row[3]} for row in [*SAID, AGAIN]]
    append_articles(root / "articles", articles, others=known)
    for contract, number, place in ((LABELS, "1", 4), (SHADOW_LABELS, "2", 6)):
        rows = [
            {
                "article_id": row[0], "story_id": row[0], "crawl_date": row[1], "label": row[place],
                "probability": row[place + 1], "reason": "in_unsure_band" if row[place] == "UNSURE" else None,
                "n_tokens": 3, "unknown_share": 0.0, "recipe": "by_hand", "model_version": number,
                "scored_at": datetime(2026, 11, 22, tzinfo=UTC), "run_id": "r",
            }
            for row in [*SAID, (*AGAIN, *SAID[0][4:])]
        ]  # fmt: skip
        there = DeltaTable(root / contract.name)
        write_deltalake(there, pa.Table.from_pylist(rows, pa.schema(there.schema().to_arrow())), mode="append")
    return root


@pytest.fixture
def registry(tmp_path) -> FakeRegistry:
    registry = FakeRegistry()
    for number in ("1", "2", "3"):
        registry.add(number, write_bundle(tmp_path / number))
    registry.champion_number = "1"
    return registry


@pytest.fixture
def compare(spark, settings, tables, registry):
    places = settings.tables.model_copy(update={"root": str(tables)})

    def run(*versions, crawl=settings.crawl, **options):
        own = settings.model_copy(update={"tables": places, "crawl": crawl})
        return compare_models(spark, own, *versions, registry=registry, **options)

    return run


def test_agreement_and_what_each_says_are_counted(compare) -> None:
    compared = compare("champion", "2")
    assert (compared.first, compared.second, compared.articles, compared.agreement) == ("1", "2", 7, 2 / 7)
    assert compared.counts == {
        ("FAKE", "REAL"): 3,
        ("FAKE", "FAKE"): 1,
        ("REAL", "REAL"): 1,
        ("UNSURE", "FAKE"): 1,
        ("REAL", "FAKE"): 1,
    }


def test_sources_that_moved_most_come_first(compare) -> None:
    assert compare("1", "2").sources == [
        ("daily.example", 4, 1.0, 1 / 4),
        ("unknown", 1, 0.0, 1.0),
        ("weekly.example", 2, 0.0, 0.5),
    ]


def test_disagreements_come_with_their_texts_those_that_lie_farthest_apart_first(compare) -> None:
    found = compare("1", "2", rows=3).disagreements
    assert [row[0:2] for row in found[:2]] == [(NEW, "daily.example"), (OLD, "daily.example")]
    assert found[0][3:] == ("FAKE", 0.9, "REAL", 0.1)
    assert found[0][2].startswith("Title of c and more and more ")
    assert len(found[0][2]) == 160


def test_who_is_right_is_told_of_newer_articles_alone(compare) -> None:
    judged = compare("1", "2").judged
    # not a, whenever it was crawled, which may have trained one of them, nor e, which nobody labelled
    assert (judged.since, judged.articles) == (OLD, 4)
    assert (judged.first.value, judged.second.value) == (0.5, 1.0)
    assert (round(judged.first.low, 3), round(judged.first.high, 3)) == (0.15, 0.85)
    assert judged.errors == (0, 2, 0.5)


def test_the_day_of_a_training_is_one_of_the_crawls_time_zone(compare, settings) -> None:
    ahead = settings.crawl.model_copy(update={"time_zone": "Pacific/Kiritimati"})  # 14 hours ahead: OLD, 14:00
    assert compare("1", "2", crawl=ahead).judged.since == OLD
    behind = settings.crawl.model_copy(update={"time_zone": "Pacific/Honolulu"})
    assert compare("1", "2", crawl=behind).judged.since == date(2026, 11, 19)


@pytest.fixture
def refusals(spark, settings, tables, registry):
    """What the labels of both speak against version 2 as champion in version 1's place, by what the settings ask."""

    def ask(champion="1", version="2", **asked):
        places = settings.tables.model_copy(update={"root": str(tables)})
        gate = settings.promote.model_copy(update={"min_compared": 7, "min_agreement": 0.2, **asked})
        own = settings.model_copy(update={"tables": places, "promote": gate})
        sides = [registry.version(number) for number in (version, champion)]
        return compared_refusals(spark, own, *sides, registry=registry)

    return ask


def test_the_gate_lets_pass_who_labels_enough_and_enough_as_the_champion(refusals) -> None:
    assert refusals() == ()


def test_the_gate_asks_nothing_where_there_is_no_other_champion(settings, registry) -> None:
    ask = promotion_gate(settings.model_copy(update={"promote": settings.promote.model_copy(update={"compare": True})}))
    assert ask(registry.version("2"), None) == ask(registry.version("2"), registry.version("2")) == ()


def test_the_gate_says_how_far_apart_the_labels_are(refusals) -> None:
    few, apart = refusals(min_compared=8, min_agreement=0.3)
    assert few == (
        "it must have labelled at least 8 articles that the champion, version 1, labelled, too "
        "(score_articles --model 2). Received: 7"
    )
    assert apart == (
        "it must label at least 30.0% of the articles as the champion, version 1, does "
        "(compare_models shows which not). Received: 28.6%"
    )


def test_the_gate_says_what_to_do_where_a_version_labelled_nothing(refusals) -> None:
    (told,) = refusals(version="3")
    assert "score_articles --model 3 labels them into shadow_labels" in told


def test_a_version_that_cannot_be_compared_is_refused_so_that_force_goes_past_that(refusals, tmp_path) -> None:
    (tmp_path / "1" / "stopwords.txt").write_text("changed\n")
    (told,) = refusals()
    assert "stopwords.txt is not as it was made" in told


def test_the_job_asks_the_gate_where_the_settings_want_it(tables, settings, kernels, tmp_path) -> None:
    assert promotion_gate(settings) is None
    registry = Registry(settings)
    for number in ("1", "2"):
        bundle, metrics = write_bundle(tmp_path / number), {"test_accuracy": 0.9}
        version = registry.record(bundle_uri=bundle, recipe="by_hand", params={}, metrics=metrics, epochs=[], tags={})
        if number == "1":
            registry.make_champion(version, {})
    places = {
        "tables.root": tables,
        "models.tracking_uri": settings.models.tracking_uri,
        "score.cache": kernels,
        "promote.compare": "true",
    }
    overrides = [part for name, value in places.items() for part in ("--set", f"{name}={value}")]
    job = Path(__file__).resolve().parents[2] / "jobs" / "promote_model.py"
    done = subprocess.run([sys.executable, job, "2", *overrides], capture_output=True, text=True, check=False)
    assert done.returncode == 10, done.stderr
    assert "at least 1000 articles that the champion, version 1, labelled, too" in done.stderr
    assert registry.champion().number == "1"


def test_the_gate_refuses_who_is_wrong_more_often_where_that_is_no_chance(refusals, monkeypatch) -> None:
    # wrong twice, where the champion is right: by chance, as likely as not
    assert refusals(champion="2", version="1") == ()
    monkeypatch.setattr("newslabel.compare.gate.SIGNIFICANT", 0.6)
    (told,) = refusals(champion="2", version="1")
    assert told == (
        "on new labelled articles the champion, version 2, must not be right more often, by McNemar's test. "
        "Received: 2 times alone, to 0, p 0.5"
    )
    assert refusals() == ()


def test_dates_restrict_what_is_compared(compare) -> None:
    compared = compare("1", "2", last=OLD)
    assert (compared.articles, compared.judged) == (1, None)
    assert compare("2", "1", first=NEW, last=NEW).articles == 5


def test_the_tables_are_of_text(compare) -> None:
    shown = compare("1", "2").tables()
    assert [table.title for table in shown] == [
        "7 articles, of which 28.6% agree",
        "shift by source",
        "disagreements",
        "accuracy on 4 labelled articles crawled after 2026-11-20, which trained neither",
    ]
    assert shown[0].rows[0] == ["FAKE", "FAKE", "1"]
    assert shown[3].rows[1] == ["version 2", "1.000 (0.510 to 1.000)", "2", "0.5"]


def test_what_cannot_be_compared_says_what_to_do(compare) -> None:
    with pytest.raises(SettingsError, match="agrees with itself"):
        compare("champion", "1")
    with pytest.raises(DataError, match=r"both versions labelled: score_articles --model 3 labels them into shadow"):
        compare("1", "3")
    with pytest.raises(DataError, match=r"both versions labelled, of these dates. Received: 1 and 2"):
        compare("1", "2", first=date(2027, 1, 1))


def test_the_job_shows_the_tables(tables, settings, kernels, tmp_path) -> None:
    registry = Registry(settings)
    for number in ("1", "2"):
        bundle = write_bundle(tmp_path / number)
        registry.record(bundle_uri=bundle, recipe="by_hand", params={}, metrics={}, epochs=[], tags={})
    places = {
        "tables.root": tables,
        "models.tracking_uri": settings.models.tracking_uri,
        "score.cache": kernels,
    }
    overrides = [part for name, value in places.items() for part in ("--set", f"{name}={value}")]
    job = Path(__file__).resolve().parents[2] / "jobs" / "compare_models.py"
    done = subprocess.run([sys.executable, job, "1", "latest", *overrides], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "7 articles, of which 28.6% agree" in done.stdout
    assert "accuracy on 4 labelled articles" in done.stdout


def test_versions_of_other_classes_are_refused(compare, tmp_path, spark, settings) -> None:
    registry = FakeRegistry()
    registry.add("1", write_bundle(tmp_path / "news"))
    registry.add("2", write_bundle(tmp_path / "sms", classes={"positive": "SPAM", "negative": "HAM"}))
    with pytest.raises(SettingsError, match=r"different classes apart. Received: REAL, FAKE and HAM, SPAM"):
        compare_models(spark, settings, "1", "2", registry=registry)
