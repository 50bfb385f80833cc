"""One question asked, and its answer written out."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from newslabel.errors import SettingsError
from newslabel.query.locked import LockedDatabase
from newslabel.query.output import Output, check_output, limited, print_rows, write_rows
from newslabel.query.questions import load_question
from newslabel.query.tables import naming_missing_tables, readable_tables, views_over
from newslabel.settings import Settings


def query_labels(
    settings: Settings,
    *,
    sql: str | None = None,
    question: str | None = None,
    parameters: Sequence[str] = (),
    output: Output = "table",
    to: Path | None = None,
    limit: int | None = None,
) -> None:
    """Answers SQL, or a named question, over the corpus' tables, which nothing asked here can change.

    Args:
        settings: of the corpus.
        sql: one SELECT.
        question: or the name of a question.
        parameters: its parameters, `name=value` each.
        output: as a table on the terminal, CSV, JSON lines or Parquet.
        to: a file; default: standard output.
        limit: rows at most; default: all, of a table `query.row_limit`.

    Raises:
        SettingsError: the question, the SQL or the output is wrong, or asks for what is locked.
        TableError: a table cannot be read.
    """
    check_output(output, to)
    if (sql is None) == (question is None):
        raise SettingsError(f"give either --sql or --question. Received: {'neither' if sql is None else 'both'}")
    if sql is not None and parameters:
        raise SettingsError(f"--param goes with --question. Received: {parameters[0]!r}")
    named = load_question(question) if question else None
    values = named.bound(parameters, settings.crawl.zone) if named else {}
    text = named.sql if named else str(sql)
    tables = readable_tables(settings, text)
    with LockedDatabase(tables, views=views_over(tables), memory_limit=settings.query.memory_limit) as database:
        with naming_missing_tables(tables, database.unusable_views):
            schema, rows = database.ask(text, values)
        with closing(rows):
            if output == "table":
                print_rows(schema, rows, limit or settings.query.row_limit, lambda: database.count(text, values))
            else:
                write_rows(output, schema, limited(rows, limit) if limit else rows, to)
