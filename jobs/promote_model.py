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
    """Make a version the corpus' champion, if it passes the gate of the settings.

    The gate asks for its metrics and, with promote.compare, for what it labels otherwise than the champion. Nothing is
    labelled again for a promotion: what is due is labelled by the champion of that moment.
    """
    settings = job_settings(settings_file, overrides)
    from newslabel.compare import promotion_gate
    from newslabel.models import promote_model

    summary = promote_model(settings, version, force=force, also=promotion_gate(settings))
    print_table(f"version {summary.version.number} is champion", ["", ""], summary.facts())


if __name__ == "__main__":
    run_job(promote_model)
