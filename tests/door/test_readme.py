"""What the README says: its commands and examples are run as they stand there, its lists held against the code."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest

from newslabel import schemas
from newslabel.demo.corpus import make_corpus
from newslabel.demo.vectors import write_vectors
from newslabel.errors import EXIT_CODES
from newslabel.ingest import records
from newslabel.ingest.quality import RULES, bad_crawl_date
from newslabel.tokens.division import NEAR_TEST, NO_DATE
from newslabel.tokens.same_texts import REPEATED, TWO_LABELS
from newslabel.tokens.split_options import SplitName

CHECKOUT = Path(__file__).resolve().parent.parent.parent
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return [block for its_language, block in blocks if its_language == language]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder as the README's reader has it: this checkout's door, crawl files, vectors, and no tables yet."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "spark-submit.sh").symlink_to(CHECKOUT / "spark-submit.sh")
    corpus = make_corpus(folder / "made", labelled=900, nightly=60)
    for kind in ("labelled", "2026-11-20"):
        (folder / "crawl" / kind).mkdir(parents=True)
    for file in corpus.files:
        day = file.parent.name
        if day < "2026-11-16" and file.suffix in {".csv", ".parquet"}:
            shutil.copy(file, folder / "crawl" / "labelled" / f"{day}{file.suffix}")
    shutil.copy(folder / "made" / "2026-11-16" / "feeds.jsonl.gz", folder / "crawl" / "2026-11-20")
    write_vectors(corpus.texts, folder / "glove.txt")
    shutil.copytree(CHECKOUT / "conf" / "recipes", folder / "recipes")
    recipe = folder / "recipes" / "glove_lstm.toml"
    recipe.write_text(recipe.read_text(encoding="utf-8").replace("epochs = 10", "epochs = 3"), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def environment(kernels):
    own = {
        "TABLES__ROOT": "data/tables",
        "MODELS__ROOT": "data/models",
        "MODELS__TRACKING_URI": "sqlite:///data/mlflow.db",
        "SCORE__CACHE": str(kernels),
        "CORPUS__RECIPES": "recipes",
        "PROMOTE__MIN_TEST_ACCURACY": "0.5",  # so few articles and epochs teach less
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PYSPARK", "SPARK_CONF"))}
    return {**inherited, "PATH": path, "COLUMNS": "120", **{f"NEWSLABEL_{key}": value for key, value in own.items()}}


@pytest.fixture(scope="module")
def commands(place, environment):
    """Every command of the README with what it said, in order."""
    lines = [line for block in _blocks("bash") for line in block.splitlines()]
    return [SimpleNamespace(line=line, **_run(["bash", "-c", line], place, environment)) for line in lines]


def _run(words: list[str], folder: Path, environment: dict[str, str]) -> dict[str, object]:
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False)
    return {"code": done.returncode, "out": done.stdout, "err": done.stderr}


def test_every_command_of_the_readme_works(commands):
    assert [(each.line, each.err) for each in commands if each.code != 0] == []
    assert len(commands) == 14


def test_the_commands_label_the_night_that_they_ingest(commands):
    by_day = next(each.out for each in commands if "labels_by_day" in each.line)
    assert re.search(r"2026-11-20 +(FAKE|REAL) +\d+", by_day)
    as_csv = next(each.out for each in commands if "--output csv" in each.line)
    assert as_csv.startswith('"title","probability"\n')


def test_the_labels_tell_why(commands):
    told = next(each.out for each in commands if "why->0" in each.line)
    assert re.search(r"^ +\w.* 0\.\d+ +\S*\w\S* *$", told, re.MULTILINE)


def test_recipes_are_compared(commands):
    compared = next(each.out for each in commands if "compare_recipes" in each.line)
    assert re.search(r"^ +linear +\d\.\d{3} ± \d\.\d{3} ", compared, re.MULTILINE)
    assert re.search(r"^ +linear, without datelines +\d\.\d{3} ± \d\.\d{3} +[+-]\d\.\d{3} \(", compared, re.MULTILINE)


@pytest.fixture(scope="module")
def answers(commands, place, environment):
    """What each Python example printed on the tables that the commands made."""
    script = place / "examples.py"
    script.write_text('print("=====")\n'.join(_blocks("python")), encoding="utf-8")
    done = SimpleNamespace(**_run(["python", str(script)], place, environment))
    assert done.code == 0, done.err
    return done.out.split("=====\n")


def test_duckdb_counts_the_labels_by_day(answers):
    assert re.search(r"│ 2026-11-20 │ (FAKE|REAL) +│ +\d+ │", answers[0])


def test_pandas_describes_one_day(answers):
    assert re.search(r"^label +\n(FAKE|REAL) +\d+\.0 ", answers[1], re.MULTILINE)


def test_spark_counts_by_source(answers):
    assert re.search(r"^\| *[a-z]+\.ex[a-z.]+\| +\d+\| +\d+\|$", answers[2], re.MULTILINE)


def test_the_scorer_gives_a_probability(answers):
    assert re.fullmatch(r"\[0\.\d+\]\n", answers[3])


def test_the_udf_labels_in_sql(answers):
    assert len(re.findall(r"\| *(?:FAKE|REAL|UNSURE)\|$", answers[4], re.MULTILINE)) == 5


def test_every_job_is_told_and_only_options_that_there_are():
    told = dict(re.findall(r"^\*\*(\w+)(?: ([^*]*))?\*\*", README, re.MULTILINE))
    jobs = {script.stem: script.read_text(encoding="utf-8") for script in (CHECKOUT / "jobs").glob("*.py")}
    assert {name for name in told if "_" in name} == set(jobs)
    for job, source in jobs.items():
        for option in re.findall(r"--([a-z][a-z-]*)", told[job]):
            parameter = option.replace("-", "_")
            assert f'"--{option}"' in source or re.search(rf"^    {parameter}: Annotated", source, re.MULTILINE), option


def test_the_exit_codes_are_those_there_are():
    assert re.findall(r"^\| (\d+) \| (.*) \|$", README, re.MULTILINE) == [
        (str(code), meaning) for code, meaning in EXIT_CODES
    ]


def _table(heading):
    """The rows of the README's table whose heading begins so, without their outer bars."""
    table = re.search(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", README, re.MULTILINE)
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in table[1].splitlines()]


def _code(text):
    return re.findall(r"`(\w+)", text)


def test_the_tables_are_those_there_are():
    told = {_code(name)[0]: _code(columns) for name, _, columns in _table("table")}
    contracts = [each for each in vars(schemas).values() if isinstance(each, schemas.TableContract)]
    assert told == {each.name: list(each.partitioned_by) for each in contracts}


def test_the_reasons_of_rejection_are_those_there_are():
    told = [reason for names, _ in _table(r"reason \| the record") for reason in _code(names)]
    problems = [value for name, value in vars(records).items() if name.isupper() and isinstance(value, str)]
    problems.remove(records.PASSED_OVER)  # no record, so none that is rejected
    assert sorted(told) == sorted([*RULES, bad_crawl_date.__name__, *problems])


def test_the_reasons_to_keep_out_of_training_are_those_there_are():
    told = [reason for names, _ in _table(r"reason \| the article") for reason in _code(names)]
    assert sorted(told) == sorted([TWO_LABELS, REPEATED, NEAR_TEST, NO_DATE])


def test_the_ways_to_split_are_those_there_are():
    assert [name for row in _table("`--split`") for name in _code(row[0])] == list(get_args(SplitName))


def test_the_recipes_are_those_there_are():
    told = [name for names, _ in _table(r"recipe \| the model") for name in _code(names)]
    assert sorted(told) == sorted(file.stem for file in (CHECKOUT / "conf" / "recipes").glob("*.toml"))


def test_the_house_has_the_rooms_that_the_plan_shows():
    plan = next(block for block in _blocks("") if block.startswith("jobs/"))
    rooms = {folder.name for folder in (CHECKOUT / "lib" / "newslabel").iterdir() if (folder / "__init__.py").exists()}
    assert set(re.findall(r"^  (\w+)/", plan, re.MULTILINE)) == rooms
    for name in re.findall(r"[\w/]+\.py", plan):
        assert (CHECKOUT / name).is_file() or (CHECKOUT / "lib" / "newslabel" / name).is_file(), name


def test_every_place_that_is_named_is_there():
    for name in re.findall(r"`((?:lib|conf|jobs|tests|tools)/[\w./]+)`", README):
        if "verb_noun" not in name:
            assert (CHECKOUT / name).exists(), name
