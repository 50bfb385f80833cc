"""A database that can read the corpus' tables and do nothing else: whatever SQL a reader sends, it stays in there.

DuckDB in memory, the tables registered by name, then file system, network, extensions and settings locked for good.
Only one SELECT (WITH, FROM, VALUES, DESCRIBE, SUMMARIZE, SHOW) is run; the lock holds even where that check errs.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Self, TypeVar

import duckdb
import pyarrow as pa

from newslabel.errors import SettingsError

Result = TypeVar("Result")
LOCKS = (
    "SET temp_directory = ''",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET python_enable_replacements = false",  # else a query could name this process' variables as tables
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
Batches = Generator[pa.RecordBatch, None, None]
ROWS_PER_BATCH = 2_048


class QueryError(SettingsError):
    """A query is wrong, asks for what is locked, or needs too much."""


class LockedDatabase:
    """Answers SELECTs over the tables given; a context manager that lets go of them at its end.

    Args:
        tables: what can be read, Arrow datasets by name.
        views: SQL of views over them by name.
        memory_limit: as DuckDB writes it, like 2GB.

    Attributes:
        unusable_views: why a view cannot be made over these tables, by its name.

    Raises:
        QueryError: such a memory limit cannot be.
    """

    def __init__(self, tables: Mapping[str, Any], *, views: Mapping[str, str], memory_limit: str) -> None:
        self._connection = duckdb.connect(":memory:")
        self._thread = ThreadPoolExecutor(1)
        self.unusable_views: dict[str, str] = {}
        for name, table in tables.items():
            self._connection.register(name, table)
        for name, sql in views.items():
            self._make_view(name, sql)
        self._connection.execute("SET TimeZone = 'UTC'")
        try:
            self._connection.execute(f"SET memory_limit = '{memory_limit}'")
        except duckdb.Error as error:
            self._connection.close()
            raise QueryError(f"query.memory_limit: {_message(error)}. Received: {memory_limit!r}") from error
        for lock in LOCKS:
            self._connection.execute(lock)

    def _make_view(self, name: str, sql: str) -> None:
        try:
            self._connection.execute(f"CREATE VIEW {name} AS {sql}")
        except duckdb.Error as error:  # the tables can be asked without it
            self.unusable_views[name] = _message(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()
        self._connection.close()

    def ask(self, sql: str, parameters: Mapping[str, Any]) -> tuple[pa.Schema, Batches]:
        """The columns and the rows of one SELECT, read as they are asked for; the next question waits for their close.

        Args:
            sql: one statement; its parameters are written $name.
            parameters: their values.

        Raises:
            QueryError: it is not one SELECT, is wrong, is refused, or runs out of memory.
        """
        query = self._one_select(sql)
        reader = self._waiting(lambda: self._relation(query, parameters).to_arrow_reader(ROWS_PER_BATCH))
        return reader.schema, self._batches(reader)

    def count(self, sql: str, parameters: Mapping[str, Any]) -> int:
        """How many rows the SELECT gives; of the tables it reads as few columns as that takes."""
        counting = f"SELECT count(*) FROM (\n{self._one_select(sql)}\n)"  # noqa: S608 - the reader's own, and locked in
        ((rows,),) = self._waiting(lambda: self._relation(counting, parameters).fetchall())
        return int(rows)

    def _one_select(self, sql: str) -> str:
        with _mapped_errors():
            statements = self._connection.extract_statements(sql)
        if len(statements) != 1:
            raise QueryError(f"--sql takes one statement. Received: {len(statements)}")
        kind = statements[0].type.name
        if kind != "SELECT":
            raise QueryError(f"only SELECT is answered here: the tables cannot be changed. Received: {kind} ({sql!r})")
        return str(statements[0].query).rstrip().rstrip(";")

    def _relation(self, query: str, parameters: Mapping[str, Any]) -> Any:
        return self._connection.sql(query, params=dict(parameters) or None)

    def _batches(self, reader: pa.RecordBatchReader) -> Batches:
        try:
            while (batch := self._waiting(lambda: next(reader, None))) is not None:
                yield batch
        finally:
            reader.close()

    def _waiting(self, work: Callable[[], Result]) -> Result:
        """Runs the work in a thread of its own: in this one DuckDB would not hear Ctrl-C before it is done."""
        future = self._thread.submit(work)
        try:
            with _mapped_errors():
                return future.result()
        except KeyboardInterrupt:
            self._connection.interrupt()
            raise


@contextmanager
def _mapped_errors() -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise QueryError("the query needs more memory than query.memory_limit allows") from error
    except duckdb.PermissionException as error:
        raise QueryError(f"a query reads the tables and nothing else: {_message(error)}") from error
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise QueryError(_message(error)) from error


def _message(error: BaseException) -> str:
    return str(error).strip()
