"""Takes crawl files into the articles table."""

from typing import Annotated

import typer

from newslabel.command import Set, SettingsFile, job_settings, print_table, run_job


def ingest_articles(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT...",
            help="Files, folders and (quoted) patterns of CSV, JSON lines, Parquet and WARC, compressed or not: paths "
            "that all executors reach, or URIs.",
        ),
    ] = None,
    crawl_date: Annotated[
        str | None,
        typer.Option(
            "--crawl-date",
            metavar="DAY",
            help="The day of all records: 2026-11-20, today or yesterday. Default: each record's own column.",
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option("--encoding", metavar="NAME", help="Of all text files. Default: found out for each."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse the whole batch if a file of it breaks off.")
    ] = False,
    retry_rejected: Annotated[
        bool, typer.Option("--retry-rejected", help="Judge the rejected records by today's settings; takes no INPUT.")
    ] = False,
    expect: Annotated[
        str | None,
        typer.Option(
            "--expect", metavar="DAY", help="End with a code of its own if no article of that crawl date is there."
        ),
    ] = None,
    settings_file: SettingsFile = None,
    overrides: Set = None,
) -> None:
    """Take crawl files into the articles table; records that cannot be used go to rejected, with all their reasons.

    Ingesting a file again adds nothing twice; in a folder only files that are new are read. Of a file that breaks off,
    what is whole is taken in, and rejected says where it broke.
    """
    settings = job_settings(settings_file, overrides)
    from newslabel import ingest
    from newslabel.days import named_day
    from newslabel.errors import SettingsError
    from newslabel.expected import check_expected
    from newslabel.session import spark_session

    if retry_rejected == bool(inputs):
        raise SettingsError(f"give INPUT... or --retry-rejected, one of the two. Received: {inputs or 'neither'}")
    of_files = {"--crawl-date": crawl_date, "--encoding": encoding, "--strict": strict}
    if retry_rejected and any(of_files.values()):
        given = ", ".join(name for name, value in of_files.items() if value)
        raise SettingsError(f"--retry-rejected reads no files, so it takes no option of theirs. Received: {given}")
    day = named_day(crawl_date, settings.crawl.zone, option="--crawl-date") if crawl_date else None
    expected = named_day(expect, settings.crawl.zone, option="--expect") if expect else None
    plan = ingest.plan_ingest(settings, inputs, day, encoding=encoding, strict=strict) if inputs else None
    with spark_session(settings, job="ingest_articles") as spark:
        summary = ingest.ingest_planned(spark, settings, plan) if plan else ingest.retry_rejected(spark, settings)
        counts = {key: value for key, value in vars(summary).items() if key != "reasons"}
        print_table("records", ["", ""], counts.items())
        if summary.reasons:
            print_table("rejected", ["reason", "records"], summary.reasons.items())
        if expected:
            check_expected(spark, settings, expected)


if __name__ == "__main__":
    run_job(ingest_articles)
