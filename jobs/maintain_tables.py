"""Compacts the tables, and removes files that they do not need any more."""

from typing import Annotated

import typer

from newslabel.command import Set, SettingsFile, job_settings, print_table, run_job


def maintain_tables(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing, and tell what would be done.")] = False,
    settings_file: SettingsFile = None,
    overrides: Set = None,
) -> None:
    """Make small files of a partition into large ones, and remove files that are not needed any more.

    Those are kept for as long as each table's property delta.deletedFileRetentionDuration says. No row changes and
    nothing becomes due; other jobs may run at the same time.
    """
    settings = job_settings(settings_file, overrides)
    from newslabel.maintain import MaintainedTable, maintain_tables
    from newslabel.session import spark_session

    with spark_session(settings, job="maintain_tables") as spark:
        maintained = maintain_tables(spark, settings, dry_run=dry_run)
    title = "what would be done" if dry_run else "maintained"
    print_table(title, MaintainedTable.COLUMNS, [each.shown() for each in maintained])


if __name__ == "__main__":
    run_job(maintain_tables)
