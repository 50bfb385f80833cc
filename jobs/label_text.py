"""Labels a text, or many, on the spot, without Spark."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from newslabel.command import Set, SettingsFile, job_settings, print_table, run_job
from newslabel.errors import SettingsError
from newslabel.printing import standard_output


def label_text(
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="The text; or --file, or --json-lines.")] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A UTF-8 file that holds the text, or the lines.")
    ] = None,
    json_lines: Annotated[
        bool,
        typer.Option(
            "--json-lines", help="Label each line of standard input, an object with title and text; print one for each."
        ),
    ] = False,
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

    Example: label_text --json-lines < articles.jsonl > labels.jsonl
    """
    settings = job_settings(settings_file, overrides)
    from newslabel.score import chosen_scorer, label_lines, label_text, lines_of, text_or_file

    if json_lines:
        if text is not None:
            raise SettingsError(f"--json-lines reads --file or standard input. Received: {text!r}")
        scorer, _ = chosen_scorer(settings, bundle=bundle, model=model)
        with lines_of(file, sys.stdin) as lines, standard_output() as answers:
            label_lines(scorer, lines, answers, longest=settings.ingest.max_record_bytes, explain=explain)
        return
    found = label_text(settings, text_or_file(text, file), bundle=bundle, model=model, explain=explain)
    print_table("", ["", ""], found.facts())
    if found.why:
        print_table("what moved it", ["word", "towards", "log-odds"], found.why)


if __name__ == "__main__":
    run_job(label_text)
