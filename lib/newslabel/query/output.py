"""An answer written out: as a table for people, as CSV, JSON lines or Parquet for programs; large ones row by row."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from newslabel.errors import SettingsError
from newslabel.logs import printable
from newslabel.printing import console, print_on, standard_output
from newslabel.query.harmless import csv_column, defused, json_line, terminal_cell
from newslabel.query.locked import Batches

Output = Literal["table", "csv", "json", "parquet"]
Rows = Iterable[pa.RecordBatch]
NARROWEST_COLUMN = 8


def check_output(output: Output, to: Path | None) -> None:
    """Raises SettingsError where the output cannot go there, before anything is asked."""
    if output == "parquet" and to is None:
        raise SettingsError("--output parquet needs --to FILE. Received: no --to")
    if output == "table" and to is not None:
        raise SettingsError(f"a table is for the terminal; --to goes with csv, json or parquet. Received: --to {to}")
    if to is not None and not to.parent.is_dir():
        raise SettingsError(f"--to must name a file in a folder that there is. Received: {str(to)!r}")


def write_rows(output: Output, schema: pa.Schema, batches: Rows, to: Path | None) -> None:
    """Writes all rows.

    Args:
        output: csv (with a header; lists as JSON), json (an object a line) or parquet.
        schema: the columns.
        batches: the rows, which need not fit into memory.
        to: a file, which is there whole or not at all; None for standard output.

    Raises:
        SettingsError: two columns have one name, where that cannot be, or the file cannot be written.
    """
    if output != "csv":
        _check_names(schema)
    with _opened(to) as target:
        WRITERS[output](schema, batches, target)


def limited(batches: Rows, rows: int) -> Rows:
    """The first rows of the batches; no more is read than that takes."""
    for batch in batches:
        yield batch.slice(0, rows)
        rows -= batch.num_rows
        if rows <= 0:
            return


def print_rows(schema: pa.Schema, batches: Batches, limit: int, count: Callable[[], int]) -> None:
    """Prints the first rows as a table, one row a line where it fits, and a note where there are more.

    Args:
        schema: the columns.
        batches: the rows.
        limit: how many to print.
        count: says how many there are in all; called only where there are more.
    """
    rows = [row for batch in limited(batches, limit + 1) for row in zip(*_columns(batch), strict=True)]
    batches.close()  # else counting would wait for them for ever
    shown = [[terminal_cell(value) for value in row] for row in rows[:limit]]
    _print(list(map(printable, schema.names)), shown)
    if len(rows) > limit:
        _print_note(f"{limit:,} of {count():,} rows; --limit N shows more, --output csv, json or parquet gives all")
    else:
        _print_note(f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'}")


def _columns(batch: pa.RecordBatch) -> list[list[Any]]:
    # rows without columns are none to zip, and names may repeat, so that to_pylist would lose some
    return [column.to_pylist() for column in batch.columns]


def _print(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    target = console()
    table = Table(box=box.SIMPLE_HEAD)
    if len(names) * NARROWEST_COLUMN > target.width:
        table.add_column("column")
        table.add_column("value", overflow="fold")
        for row in rows:
            for name, value in zip(names, row, strict=True):
                table.add_row(Text(name), Text(value), end_section=name is names[-1])
    else:
        for name in names:
            table.add_column(Text(name), overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
    print_on(target, table)


def _print_note(note: str) -> None:
    with standard_output() as output:
        output.write(f"  {note}\n")


def _write_csv(schema: pa.Schema, batches: Rows, target: IO[bytes]) -> None:
    for_terminal = target.isatty()
    header = defused(pa.array([printable(name) for name in schema.names], pa.string())).to_pylist()
    writer: pyarrow.csv.CSVWriter | None = None
    for batch in _at_least_one(schema, batches):
        columns = [csv_column(column, for_terminal=for_terminal) for column in batch.columns]
        ready = pa.RecordBatch.from_arrays(columns, header)
        writer = writer or pyarrow.csv.CSVWriter(target, ready.schema)
        writer.write_batch(ready)
    if writer:
        writer.close()


def _write_json(_: pa.Schema, batches: Rows, target: IO[bytes]) -> None:
    for batch in batches:
        target.write("".join(json_line(row) + "\n" for row in batch.to_pylist()).encode())


def _write_parquet(schema: pa.Schema, batches: Rows, target: IO[bytes]) -> None:
    with pyarrow.parquet.ParquetWriter(target, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


WRITERS: Mapping[Output, Callable[[pa.Schema, Rows, IO[bytes]], None]] = {
    "csv": _write_csv,
    "json": _write_json,
    "parquet": _write_parquet,
}


def _at_least_one(schema: pa.Schema, batches: Rows) -> Rows:
    """So that an answer of no rows has its header too."""
    yield pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema.names)
    yield from batches


@contextmanager
def _opened(to: Path | None) -> Iterator[IO[bytes]]:
    if to is None:
        with standard_output() as output:
            yield output.buffer
        return
    aside = to.with_name(f"{to.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with aside.open("wb") as file:
            yield file
        aside.replace(to)
    except OSError as error:
        raise SettingsError(f"the file cannot be written: {error.strerror}. Received: {str(to)!r}") from error
    finally:
        aside.unlink(missing_ok=True)


def _check_names(schema: pa.Schema) -> None:
    twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
    if twice:
        raise SettingsError(f"every column needs a name of its own; AS gives one. Received twice: {', '.join(twice)}")
