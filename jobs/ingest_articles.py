"""Takes crawl files into the articles table."""

from typing import Annotated

import typer

from newslabel.command import Set, SettingsFile, job_settings, print_table, run_job


def ingest_articles(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="CSV, JSON lines (both also .gz) or Parquet files: paths that all executors reach, or URIs.",
        ),
    ],
    crawl_date: Annotated[
        str | None,
        typer.Option(
            "--crawl-date",
            metavar="DAY",
            help="The day of all records: 2026-11-20, today or yesterday. Default: each record's own column.",
        ),
    ] = None,
    settings_file: SettingsFile = None,
    overrides: Set = None,
) -> None:
    """Take crawl files into the articles table; records that cannot be used go to rejected, with all their reasons.

    Ingesting a file again adds nothing twice. A file that cannot be read stops all before anything is written.
    """
    settings = job_settings(settings_file, overrides)
    from newslabel.days import named_day
    from newslabel.ingest import ingest_articles
    from newslabel.session import spark_session

    day = named_day(crawl_date, settings.crawl.zone, option="--crawl-date") if crawl_date else None
    with spark_session(settings, job="ingest_articles") as spark:
        summary = ingest_articles(spark, settings, inputs, day)
    counts = {key: value for key, value in vars(summary).items() if key != "reasons"}
    print_table("records", ["", "records"], counts.items())
    if summary.reasons:
        print_table("rejected", ["reason", "records"], summary.reasons.items())


if __name__ == "__main__":
    run_job(ingest_articles)
