"""Answers questions about the labels, without Spark."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from newslabel.command import Set, SettingsFile, job_settings, print_table, run_job


def query_labels(
    sql: Annotated[
        str | None,
        typer.Option(
            metavar="SELECT",
            help="One SELECT over articles, labels, current_labels, earlier_labels, shadow_labels, drift, rejected …",
        ),
    ] = None,
    question: Annotated[
        str | None, typer.Option(metavar="NAME", help="A named question; --questions lists them.")
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--param", metavar="NAME=VALUE", help="A parameter of the question; may be given again and again."
        ),
    ] = None,
    output: Annotated[
        Literal["table", "csv", "json", "parquet"],
        typer.Option(help="A table for the terminal, CSV, JSON (an object a line), or Parquet (with --to)."),
    ] = "table",
    to: Annotated[Path | None, typer.Option(metavar="FILE", help="Write there, not to the terminal.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Rows at most. Default: all; of a table 100.")] = None,
    questions: Annotated[
        bool, typer.Option("--questions", help="List the named questions and their parameters.")
    ] = False,
    settings_file: SettingsFile = None,
    overrides: Set = None,
) -> None:
    """Ask the tables in SQL, or by a question that has a name. Starts no Spark; reads the tables, and nothing else.

    The questions: changed_labels, drift_alerts, labels_by_day, labels_by_source, most_certain_fakes, newest_labels,
    rejected_reasons.

    Example: query_labels --question labels_by_day --param from=2026-11-01

    Example: query_labels --sql "SELECT label, count(*) FROM current_labels GROUP BY label" --output csv
    """
    settings = job_settings(settings_file, overrides)
    if questions:
        from newslabel.query.questions import listed_questions

        print_table("questions", ["name", "answers", "parameters (defaults)"], listed_questions())
        return
    from newslabel.query import query_labels

    query_labels(settings, sql=sql, question=question, parameters=parameters or (), output=output, to=to, limit=limit)


if __name__ == "__main__":
    run_job(query_labels)
