"""What a guest can type after the demo."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from newslabel.demo.night import ARTICLE
from newslabel.settings import Settings


def commands_to_try(
    settings: Settings, *, submit: Path, settings_file: Path, overrides: Sequence[str]
) -> list[tuple[str, str]]:
    """Three commands on the demo's tables, each with what it does, as they can be pasted in the working directory.

    Args:
        settings: of the demo's corpus.
        submit: spark-submit.sh.
        settings_file: where the settings came from.
        overrides: what --set said besides.
    """
    same = shlex.join(
        ["--settings", _from_here(settings_file), *(word for each in overrides for word in ("--set", each))]
    )
    article = shlex.quote(_from_here(Path(settings.tables.root).parent / ARTICLE))
    run = shlex.quote(_program(submit))
    return [
        (
            "the articles that the model is most certain are fake",
            f"{run} query_labels {same} --question most_certain_fakes --param rows=5",
        ),
        ("label what is due: nothing, until articles are added", f"{run} score_articles {same}"),
        ("label one article of the last night on the spot", f"{run} label_text {same} --file {article}"),
    ]


def _program(path: Path) -> str:
    found = _from_here(path)
    return found if "/" in found else f"./{found}"


def _from_here(path: Path) -> str:
    """The path from the working directory, or the whole of it where that is shorter to follow."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
