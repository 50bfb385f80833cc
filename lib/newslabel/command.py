"""What all job scripts share: the options of settings, exit codes, tables on the terminal."""

import functools
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from newslabel.configure import load_settings
from newslabel.errors import EXIT_CODES, NewslabelError, TransientError
from newslabel.logs import printable, write_error
from newslabel.printing import ReaderGoneError, console, print_on
from newslabel.settings import Settings

INTERRUPTED = 130
DEFAULT_SETTINGS = Path("conf/newslabel.toml")

SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="The corpus' settings; default: conf/newslabel.toml."),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Override one setting; may be given again and again."),
]


def job_settings(file: Path | None, overrides: Sequence[str] | None) -> Settings:
    """The settings of a job: its file (conf/newslabel.toml beside jobs/ by default), the environment, --set.

    Raises:
        SettingsError: see `load_settings`.
    """
    home = Path(sys.argv[0]).resolve().parent.parent
    return load_settings(file or home / DEFAULT_SETTINGS, overrides=overrides or ())


def run_job(job: Callable[..., None]) -> None:
    """Runs a job script's function as a command line, and ends the process with its exit code.

    Args:
        job: its parameters are typer's options, its docstring the help.
    """
    app = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
    app.command(help=job.__doc__, epilog=_exit_codes(), context_settings={"help_option_names": ["-h", "--help"]})(
        _ending_with_exit_codes(job)
    )
    app(prog_name=Path(sys.argv[0]).stem)


def _ending_with_exit_codes(job: Callable[..., None]) -> Callable[..., None]:
    name = Path(sys.argv[0]).stem

    @functools.wraps(job)
    def ending(*args: Any, **options: Any) -> None:
        try:
            job(*args, **options)
        except NewslabelError as error:
            _end(f"{name}: {printable(str(error), keep_lines=True)}", error.exit_code)
        except KeyboardInterrupt as error:
            _end(f"{name}: stopped; {str(error) or 'run the same command again'} to go on", INTERRUPTED)
        except ReaderGoneError:
            return  # the work is done, and the reader had enough of what came of it
        except BrokenPipeError:  # amid the work
            _end(f"{name}: somebody it works with is gone; run the same command again", TransientError.exit_code)

    return ending


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Prints a table to standard output; whatever comes from the web is made harmless first.

    Raises:
        ReaderGoneError: nobody reads it any more.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, show_header=any(columns))
    materialized = [[_cell(value) for value in row] for row in rows]
    for index, column in enumerate(columns):
        numeric = all(isinstance(value, str) is False for value in (row[index] for row in materialized))
        heading = Text(printable(column))
        table.add_column(heading, justify="right" if numeric and materialized else "left", overflow="fold")
    for row in materialized:
        table.add_row(*(Text(_shown(value)) for value in row))
    print_on(console(), table)


def _cell(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else printable(str(value))


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.4f}" if abs(value) < 10 else f"{value:,.1f}"  # noqa: PLR2004 - shares and seconds
    return f"{value:,}" if isinstance(value, int) else str(value)


def _exit_codes() -> str:
    return "Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES) + "."


def _end(message: str, code: int) -> None:
    write_error(message + "\n")
    sys.exit(code)
