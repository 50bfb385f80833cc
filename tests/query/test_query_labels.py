"""Questions and SQL over tables on disk."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet
import pytest
from deltalake import DeltaTable

from newslabel.errors import SettingsError, TableError
from newslabel.query import load_question, question_names

CHECKOUT = Path(__file__).resolve().parents[2]
NEXT_DAY = date(2026, 11, 21)
pytestmark = pytest.mark.usefixtures("corpus")


def csv(ask, **options) -> list[str]:
    return ask(output="csv", **options).splitlines()


def test_labels_by_day_counts_the_newest_article_of_each_story(ask) -> None:
    assert csv(ask, question="labels_by_day") == [
        '"crawl_date","label","articles","share"',
        '"2026-11-20","FAKE",1,1',
        '"2026-11-21","FAKE",1,0.3333',
        '"2026-11-21","REAL",1,0.3333',
        '"2026-11-21","UNSURE",1,0.3333',
    ]


def test_a_question_takes_typed_parameters(ask) -> None:
    assert csv(ask, question="labels_by_day", parameters=["to=2026-11-20"])[1:] == ['"2026-11-20","FAKE",1,1']


def test_labels_by_source_begins_with_the_largest_and_may_stop_there(ask) -> None:
    assert csv(ask, question="labels_by_source") == [
        '"source","label","articles","share"',
        '"daily.example","FAKE",1,0.5',
        '"daily.example","REAL",1,0.5',
        '"unknown","UNSURE",1,1',
        '"weekly.example","FAKE",1,1',
    ]
    assert csv(ask, question="labels_by_source", parameters=["sources=1"])[1:] == [
        '"daily.example","FAKE",1,0.5',
        '"daily.example","REAL",1,0.5',
    ]


def test_most_certain_fakes_come_in_the_order_of_their_probability(ask) -> None:
    assert csv(ask, question="most_certain_fakes", parameters=["rows=2"]) == [
        '"crawl_date","probability","title","source","url","article_id"',
        '"2026-11-20",0.91,"Title of a","daily.example","https://daily.example/a","a"',
        '"2026-11-21",0.8,"Title of b/new","weekly.example",,"b/new"',
    ]


def test_newest_labels_may_be_those_of_one_label(ask) -> None:
    assert csv(ask, question="newest_labels", parameters=["label=UNSURE"]) == [
        '"scored_at","crawl_date","label","probability","reason","title","source","model_version"',
        '"2026-11-21T12:00:00Z","2026-11-21","UNSURE",,"empty_after_cleaning","Title of c",,"1"',
    ]


def test_rejected_reasons_counts_every_reason_of_a_record(ask) -> None:
    assert csv(ask, question="rejected_reasons") == [
        '"reason","records","files","example","example_begins"',
        '"empty_text",2,1,"x.csv:3","{}"',
        '"malformed_json",1,1,"y.csv:1","?"',
        '"unknown_label",1,1,"x.csv:3","{}"',
    ]


ANEW = {"b/new": ("REAL", 0.3), "c": ("UNSURE", None), "d": ("FAKE", 0.6), "e": ("FAKE", 0.9)}


@pytest.fixture
def label_anew(write, corpus):
    """Lets a version label all but the articles of the first day anew, and one that came meanwhile."""

    def label(number: str, said=ANEW) -> None:
        rows = [
            {"article_id": name, "story_id": name, "crawl_date": NEXT_DAY, "label": label, "probability": probability}
            | {"n_tokens": 3, "unknown_share": 0.0, "recipe": "by_hand", "model_version": number}
            | {"scored_at": datetime.now(UTC)}
            for name, (label, probability) in said.items()
        ]
        write("labels", rows, mode="overwrite", predicate="crawl_date = '2026-11-21'")

    return label


@pytest.fixture
def labelled_anew(label_anew) -> None:
    label_anew("2")


def test_changed_labels_tells_what_the_newest_version_changed(ask, labelled_anew) -> None:
    columns = "crawl_date label_before label probability_before probability version_before model_version title source"
    header = ",".join(f'"{name}"' for name in (*columns.split(), "article_id"))
    assert csv(ask, question="changed_labels") == [
        header,
        '"2026-11-21","FAKE","REAL",0.8,0.3,"1","2","Title of b/new","weekly.example","b/new"',
        '"2026-11-21","REAL","FAKE",0.1234,0.6,"1","2","Title of d","daily.example","d"',
    ]
    assert len(csv(ask, question="changed_labels", parameters=["to=2026-11-20"])) == 1


def test_a_date_that_the_newest_version_labels_twice_hides_no_change(ask, label_anew) -> None:
    label_anew("2")
    label_anew("2")
    assert [line.split(",")[1:3] for line in csv(ask, question="changed_labels")[1:]] == [
        ['"FAKE"', '"REAL"'],
        ['"REAL"', '"FAKE"'],
    ]


def test_a_version_that_comes_back_is_held_against_the_one_between(ask, label_anew) -> None:
    label_anew("2")
    label_anew("1", {"d": ("REAL", 0.1), "e": ("FAKE", 0.9)})
    (changed,) = csv(ask, question="changed_labels")[1:]
    assert changed.startswith('"2026-11-21","FAKE","REAL",0.6,0.1,"2","1","Title of d"')


def test_a_history_that_is_gone_is_told(ask, label_anew, settings) -> None:
    label_anew("2")
    table = DeltaTable(f"{settings.tables.root}/labels")
    table.create_checkpoint()
    for commit in Path(f"{settings.tables.root}/labels/_delta_log").glob("*.json"):
        if int(commit.stem) < table.version():
            commit.unlink()
    with pytest.raises(TableError, match="table earlier_labels cannot be read"):
        ask(question="changed_labels")


def test_earlier_labels_can_be_asked_in_sql_of_any_case(ask, labelled_anew) -> None:
    sql = "SELECT model_version, count(*) AS labels FROM EARLIER_LABELS GROUP BY ALL"
    assert csv(ask, sql=sql) == ['"model_version","labels"', '"1",5']


def test_where_one_version_labelled_all_there_are_no_earlier_labels(ask) -> None:
    with pytest.raises(TableError, match=r"no table earlier_labels yet: score_articles --rescore, by another champion"):
        ask(question="changed_labels")


def test_drift_alerts_are_what_alerts_the_newest_first(ask) -> None:
    assert csv(ask, question="drift_alerts") == [
        '"crawl_date","feature","statistic","value","threshold","model_version"',
        '"2026-11-21","n_tokens","psi",0.9877,0.25,"1"',
        '"2026-11-20","articles","of_median",2.5,2,"1"',
    ]
    assert len(csv(ask, question="drift_alerts", parameters=["from=2026-11-21"])) == 2


def test_every_question_says_what_it_answers_and_runs_with_its_defaults(ask, labelled_anew) -> None:
    names = question_names()
    assert names == [
        "changed_labels",
        "drift_alerts",
        "labels_by_day",
        "labels_by_source",
        "most_certain_fakes",
        "newest_labels",
        "rejected_reasons",
    ]
    for name in names:
        assert len(load_question(name).answers) > 20
        assert "rows" in ask(question=name)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"question": "labels_by_dya"}, r"no question of that name. Did you mean 'labels_by_day'"),
        (
            {"question": "labels_by_day", "parameters": ["form=2026-11-20"]},
            r"Did you mean 'from'\? Received: 'form=2026",
        ),
        ({"question": "labels_by_day", "parameters": ["from"]}, r"takes name=value, of question labels_by_day"),
        (
            {"question": "labels_by_day", "parameters": ["from=20-11-2026"]},
            r"--param from takes a date like 2026-11-20",
        ),
        (
            {"question": "newest_labels", "parameters": ["rows=1; DROP"]},
            r"--param rows takes a value of the type integer",
        ),
        ({"sql": "SELECT 1", "parameters": ["a=1"]}, r"--param goes with --question"),
        ({"sql": "SELECT 1", "question": "labels_by_day"}, r"either --sql or --question. Received: both"),
        ({}, r"either --sql or --question. Received: neither"),
        ({"sql": "SELECT $x"}, r"Values were not provided for the following parameters: x"),
        ({"sql": "SELECT 1", "output": "parquet"}, r"--output parquet needs --to FILE"),
        ({"sql": "SELECT 1", "to": Path("x.csv")}, r"a table is for the terminal"),
        ({"sql": "SELECT 1", "output": "csv", "to": Path("/nowhere/x.csv")}, r"a folder that there is"),
        ({"sql": "SELECT 1 AS a, 2 AS a", "output": "json"}, r"a name of its own; AS gives one. Received twice: a"),
    ],
)
def test_a_wrong_question_is_an_error_that_says_what_is_expected(ask, options, message) -> None:
    with pytest.raises(SettingsError, match=message):
        ask(**options)


def test_a_text_parameter_is_a_value_and_no_sql(ask) -> None:
    assert csv(ask, question="newest_labels", parameters=["label=' OR 1=1 --"])[1:] == []


def test_current_labels_holds_the_newest_labelled_article_of_each_story(ask, add_labelled) -> None:
    noon, later = "2026-11-20T12:00:00+00:00", "2026-11-20T13:00:00+00:00"
    from datetime import datetime

    published = {"published_at": datetime.fromisoformat(noon)}
    add_labelled("s1/undated", date(2026, 11, 20), 0.1, ingested_at=datetime.fromisoformat(later))
    add_labelled("s1/dated", date(2026, 11, 20), 0.2, **published)
    add_labelled("s2/ingested-first", date(2026, 11, 20), 0.3, **published)
    add_labelled("s2/ingested-last", date(2026, 11, 20), 0.4, ingested_at=datetime(2026, 11, 22), **published)  # noqa: DTZ001
    add_labelled("s3/a", date(2026, 11, 20), 0.5)
    add_labelled("s3/b", date(2026, 11, 20), 0.6)
    add_labelled("s4", date(2026, 11, 1), 0.7)
    add_labelled("s4", date(2026, 11, 20), 0.8)
    found = csv(
        ask, sql="SELECT article_id, probability FROM current_labels WHERE story_id LIKE 's%' ORDER BY story_id"
    )
    assert found[1:] == ['"s1/dated",0.2', '"s2/ingested-last",0.4', '"s3/b",0.6', '"s4",0.8']


def test_a_table_that_is_not_there_yet_is_named_with_the_job_that_makes_it(ask) -> None:
    with pytest.raises(TableError, match=r"no table shadow_labels yet: score_articles --model VERSION makes it"):
        ask(sql="SELECT * FROM shadow_labels")
    with pytest.raises(SettingsError, match="Table with name nothing does not exist"):
        ask(sql="SELECT * FROM nothing")


def test_a_table_without_rows_has_none(ask, write) -> None:
    write("shadow_labels", [])
    assert csv(ask, sql="SELECT count(*) AS n FROM shadow_labels") == ['"n"', "0"]
    assert ask(sql="SELECT article_id FROM shadow_labels", output="json") == ""


def test_a_query_reads_the_files_of_the_dates_it_asks_for(settings, ask) -> None:
    for file in (Path(settings.tables.root) / "labels" / "crawl_date=2026-11-20").iterdir():
        file.write_bytes(b"not Parquet")
    assert csv(ask, sql="SELECT count(*) FROM labels WHERE crawl_date = DATE '2026-11-21'")[1:] == ["3"]
    with pytest.raises(SettingsError, match="Parquet"):
        ask(sql="SELECT count(article_id) FROM labels")


def test_examples_are_not_among_the_tables(ask) -> None:
    assert csv(ask, sql="SHOW TABLES")[1:] == [
        '"articles"',
        '"current_labels"',
        '"drift"',
        '"labels"',
        '"rejected"',
    ]


def test_a_file_holds_the_whole_answer_or_is_not_there(ask, tmp_path) -> None:
    to = tmp_path / "out.parquet"
    assert ask(sql="SELECT * FROM labels", output="parquet", to=to) == ""
    assert pyarrow.parquet.read_table(to).num_rows == 5
    with pytest.raises(SettingsError, match="late"):
        ask(
            sql="SELECT CASE WHEN i > 50000 THEN error('late') END FROM range(99999) t(i)",
            output="csv",
            to=tmp_path / "b.csv",
        )
    assert [file.name for file in tmp_path.glob("*.*")] == ["out.parquet"]


def test_a_limit_is_kept_in_every_format(ask, tmp_path) -> None:
    sql = "SELECT range AS n FROM range(50000)"
    assert len(csv(ask, sql=sql, limit=3)) == 4
    assert ask(sql=sql, limit=2, output="json") == '{"n": 0}\n{"n": 1}\n'
    ask(sql=sql, limit=20_001, output="parquet", to=tmp_path / "n.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "n.parquet").num_rows == 20_001


def test_a_table_shows_the_first_rows_and_says_how_many_there_are(ask) -> None:
    shown = ask(sql="SELECT range AS n FROM range(1234567)").splitlines()
    assert shown[-1] == "  100 of 1,234,567 rows; --limit N shows more, --output csv, json or parquet gives all"
    assert len([line for line in shown if line.strip().isdigit()]) == 100
    assert ask(sql="SELECT 1 AS n").splitlines()[-1] == "  1 row"
    assert ask(sql="SELECT 1 AS n WHERE false").splitlines()[-1] == "  0 rows"


def run(settings, *options: str) -> str:
    """What the job prints, as a process, as people start it."""
    job = [sys.executable, str(CHECKOUT / "jobs" / "query_labels.py"), "--set", f"tables.root={settings.tables.root}"]
    return subprocess.run([*job, *options], capture_output=True, text=True, check=True).stdout


def test_the_job_answers_within_two_seconds_of_start(settings) -> None:
    before = os.times()
    assert run(settings, "--question", "labels_by_day", "--output", "csv").splitlines()[1] == '"2026-11-20","FAKE",1,1'
    after = os.times()
    # the machine that runs the tests may be busy with others: what counts is the processor time of the job itself
    assert after.children_user + after.children_system - before.children_user - before.children_system < 2


def test_the_job_lists_its_questions(settings) -> None:
    listed = run(settings, "--questions")
    assert all(name in listed for name in question_names())
