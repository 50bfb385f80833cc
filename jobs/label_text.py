"""Labels one text on the spot, without Spark."""

from pathlib import Path
from typing import Annotated

import typer

from newslabel.command import Set, SettingsFile, job_settings, print_table, run_job


def label_text(
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="The text; or --file.")] = None,
    file: Annotated[Path | None, typer.Option(metavar="FILE", help="A UTF-8 file that holds the text.")] = None,
    bundle: Annotated[
        str | None, typer.Option(metavar="PATH", help="The bundle of a model; no registry is asked then.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="VERSION", help="A version's number, or latest. Default: the champion.")
    ] = None,
    explain: Annotated[
        int, typer.Option(metavar="K", min=0, max=50, help="Show the K words that moved the probability most.")
    ] = 0,
    settings_file: SettingsFile = None,
    overrides: Set = None,
) -> None:
    """Label a text, with its probability and the model version that says so. Starts no Spark.

    Example: label_text "Scientists shocked by miracle cure"
    """
    settings = job_settings(settings_file, overrides)
    from newslabel.score import label_text, text_or_file

    found = label_text(settings, text_or_file(text, file), bundle=bundle, model=model, explain=explain)
    print_table("", ["", ""], found.facts())
    if found.why:
        print_table("what moved it", ["word", "towards", "log-odds"], found.why)


if __name__ == "__main__":
    run_job(label_text)
