"""Makes a model version the corpus' champion."""

from typing import Annotated

import typer

from newslabel.command import Set, SettingsFile, job_settings, print_table, run_job


def promote_model(
    version: Annotated[str, typer.Argument(help="A version's number, or latest.")],
    force: Annotated[bool, typer.Option("--force", help="Past the gate; what the gate said is kept.")] = False,
    settings_file: SettingsFile = None,
    overrides: Set = None,
) -> None:
    """Make a version the corpus' champion, if its metrics pass the gate of the settings.

    Nothing is labelled again for that: what is due is labelled by the champion of that moment.
    """
    settings = job_settings(settings_file, overrides)
    from newslabel.models import promote_model

    summary = promote_model(settings, version, force=force)
    print_table(f"version {summary.version.number} is champion", ["", ""], summary.facts())


if __name__ == "__main__":
    run_job(promote_model)
