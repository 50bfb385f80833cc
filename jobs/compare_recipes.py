"""Trains several recipes on the same splits of the labelled articles, and shows which to take, and why."""

import json
import sys
from typing import Annotated

import typer

from newslabel.command import Set, SettingsFile, job_settings, print_table, run_job


def compare_recipes(
    recipes: Annotated[
        str, typer.Option(metavar="NAME,NAME,…", help="The recipes; the baseline linear always stands beside them.")
    ],
    resplits: Annotated[
        int, typer.Option(min=2, help="How often the articles are divided anew, by text, as tokenize_articles does.")
    ] = 10,
    seeds: Annotated[int, typer.Option(min=1, help="How often each recipe is trained on each split.")] = 1,
    test_files: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="One split more: what came from these files tests, all else trains; may be given again.",
        ),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SECTION.KEY=V1,V2,…",
            help="Each recipe that has the key once more with each value: tokens.max_words=1000,10000. A list's "
            "members are joined by +: clean.rules=lowercase,urls+lowercase. May be given again.",
        ),
    ] = None,
    without_rules: Annotated[
        list[str] | None,
        typer.Option(
            "--without-rule",
            metavar="RULE",
            help="Each recipe once more without this cleaning rule; may be given again.",
        ),
    ] = None,
    cleaning_levels: Annotated[
        bool,
        typer.Option(
            "--cleaning-levels",
            help="Each recipe once more with none of its cleaning rules, the first, the first two …",
        ),
    ] = False,
    glove: Annotated[
        str | None, typer.Option(metavar="FILE", help="Word vectors, for networks that cannot do without.")
    ] = None,
    glove_for: Annotated[
        str | None,
        typer.Option(metavar="NAME,NAME,…", help="Recipes that begin with --glove, though they could learn their own."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Horovod ranks of each network's training. Default: the setting train.workers."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="End with all figures as one line of JSON.")] = False,
    settings_file: SettingsFile = None,
    overrides: Set = None,
) -> None:
    """Train recipes on the same splits of the labelled articles, and show which to take, and why.

    Nothing is registered, and no champion changes. What each training shows is kept: the same command again goes on
    where it was killed, and one with more recipes or resplits trains what is new.

    Example: compare_recipes --recipes glove_lstm,glove_gru --glove glove.txt --test-files 'paper*.csv'
    """
    settings = job_settings(settings_file, overrides)
    from newslabel.compare import CompareOptions, check_comparison, compare_recipes, shown_tables
    from newslabel.session import spark_session

    options = CompareOptions(
        recipes=_names(recipes),
        resplits=resplits,
        seeds=seeds,
        test_files=test_files or (),
        vary=vary or (),
        without_rules=without_rules or (),
        cleaning_levels=cleaning_levels,
        glove=glove,
        glove_for=_names(glove_for or ""),
        workers=workers,
    )
    comparison = check_comparison(options, settings)
    with spark_session(settings, job="compare_recipes") as spark:
        summary = compare_recipes(spark, settings, comparison)
    for table in shown_tables(summary.figures):
        print_table(*table)
    print_table("comparison", ["", ""], summary.facts())
    if as_json:
        sys.stdout.write(json.dumps(summary.figures) + "\n")


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]


if __name__ == "__main__":
    run_job(compare_recipes)
