"""Takes a corpus of its own making all the way, from crawl files to labels."""

from pathlib import Path
from typing import Annotated

import typer

from newslabel.command import Set, job_settings, print_table, run_job

HOME = Path(__file__).resolve().parent.parent
DEMO_SETTINGS = HOME / "conf" / "demo.toml"


def run_demo(
    labelled: Annotated[int, typer.Option(min=60, help="Articles to learn from.")] = 4000,
    nightly: Annotated[int, typer.Option(min=10, help="Articles to label, of each of three nights.")] = 300,
    settings_file: Annotated[
        Path, typer.Option("--settings", metavar="FILE", help="The demo's settings.", show_default="conf/demo.toml")
    ] = DEMO_SETTINGS,
    overrides: Set = None,
) -> None:
    """Make a corpus and take it all the way: ingest, tokenize, train, promote, score, query.

    It empties the demo's own folder, ./demo, and begins afresh each time.
    """
    settings = job_settings(settings_file, overrides)
    from newslabel.demo.night import run_night
    from newslabel.demo.try_next import commands_to_try
    from newslabel.printing import standard_output

    night = run_night(settings, labelled=labelled, nightly=nightly)
    print_table("the night", ["", ""], night.facts())
    submit = HOME / "spark-submit.sh"
    to_try = commands_to_try(settings, submit=submit, settings_file=settings_file, overrides=overrides or ())
    with standard_output() as output:
        output.write(f"The tables are in {settings.tables.root}. Three commands to try:\n")
        output.writelines(f"\n# {what}\n{command}\n" for what, command in to_try)


if __name__ == "__main__":
    run_job(run_demo)
