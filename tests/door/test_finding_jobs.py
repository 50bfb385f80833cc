"""Which job the words name, and what is said where they name none."""

import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("words", [["--help"], ["-h"], []])
def test_the_jobs_are_listed_with_the_first_line_of_their_docstrings(house, words):
    done = house.run(*words)
    assert done.returncode == 0
    assert "  give_code   Ends with the exit code that it is given.\n" in done.stdout
    assert "  show_words  Shows what a job is given.\n" in done.stdout
    assert "More words" not in done.stdout


def test_a_wrong_job_name_suggests_the_nearest(house):
    done = house.run("show_word")
    assert done.returncode == 2
    assert done.stderr == (
        "There is no job show_word. Did you mean show_words? ./spark-submit.sh --help lists the jobs.\n"
    )


def test_a_name_like_no_job_suggests_none(house):
    done = house.run("xyz")
    assert done.returncode == 2
    assert done.stderr == "There is no job xyz. ./spark-submit.sh --help lists the jobs.\n"


def test_a_misspelt_spark_option_is_not_taken_for_a_job(house):
    done = house.run("--mastr", "local[2]", "show_words")
    assert done.returncode == 2
    assert "spark-submit knows no option --mastr. Did you mean --master?" in done.stderr


def test_an_option_without_its_value_is_refused(house):
    done = house.run("--master")
    assert done.returncode == 2
    assert "--master wants a value." in done.stderr


def test_options_without_a_job_are_refused(house):
    done = house.run("--master", "local[2]")
    assert done.returncode == 2
    assert "No job is named." in done.stderr


def test_a_checkout_that_is_not_set_up_names_the_command(house):
    (house.folder / ".venv").unlink()
    done = house.run("show_words")
    assert done.returncode == 2
    assert f"make -C '{house.folder}' setup" in done.stderr


def test_a_jobs_exit_code_is_the_doors(house):
    assert house.run("give_code", "11").returncode == 11


def test_every_job_of_the_project_says_what_it_does_and_whether_it_starts_spark():
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "submit"))
    try:
        from jobs import find_jobs, starts_spark, summary
    finally:
        sys.path.pop(0)
    home = Path(__file__).resolve().parents[2]
    jobs = find_jobs(home)
    assert {name: starts_spark(script, home / "lib") for name, script in jobs.items()} == {
        "compare_models": True,
        "compare_recipes": True,
        "ingest_articles": True,
        "label_text": False,
        "maintain_tables": True,
        "promote_model": True,
        "query_labels": False,
        "run_demo": True,
        "score_articles": True,
        "tokenize_articles": True,
        "train_model": True,
    }
    assert all(summary(script).endswith(".") for script in jobs.values())
