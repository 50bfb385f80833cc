"""Holds two versions of the model against each other."""

from typing import Annotated

import typer

from newslabel.command import Set, SettingsFile, job_settings, print_table, run_job


def compare_models(
    first_version: Annotated[str, typer.Argument(metavar="A", help="A version: its number, latest or champion.")],
    second_version: Annotated[str, typer.Argument(metavar="B", help="The other one.")],
    first: Annotated[str | None, typer.Option("--from", metavar="DAY", help="The first crawl date.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last crawl date, included.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="Sources and disagreements that are shown, at most.")] = 10,
    settings_file: SettingsFile = None,
    overrides: Set = None,
) -> None:
    """Hold two versions against each other on the articles that both labelled: agreement, sources, who is right.

    A version that is not champion labels into shadow_labels: score_articles --model VERSION. Who is right is told of
    articles that a person labelled and that were crawled after both were trained.

    Example: compare_models champion latest --from 2026-11-01
    """
    settings = job_settings(settings_file, overrides)
    from newslabel.compare import compare_models
    from newslabel.score.dates import asked_dates
    from newslabel.session import spark_session

    from_date, to_date = asked_dates(settings, first=first, last=last)
    with spark_session(settings, job="compare_models") as spark:
        compared = compare_models(
            spark, settings, first_version, second_version, first=from_date, last=to_date, rows=rows
        )
    for table in compared.tables():
        print_table(table.title, table.columns, table.rows)


if __name__ == "__main__":
    run_job(compare_models)
