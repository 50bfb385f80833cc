"""What a reader's SQL cannot do, each attempt by itself."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pyarrow as pa
import pytest

from newslabel.errors import SettingsError, TableError
from newslabel.query import LockedDatabase, QueryError
from newslabel.query.tables import naming_missing_tables


@pytest.fixture
def database() -> Iterator[LockedDatabase]:
    articles = pa.table({"article_id": ["a", "b"], "title": ["one", "two"]})
    views = {"titles": "SELECT title FROM articles"}
    with LockedDatabase({"articles": articles}, views=views, memory_limit="100MB") as database:
        yield database


def rows(database: LockedDatabase, sql: str, **parameters: object) -> list[tuple[object, ...]]:
    _, batches = database.ask(sql, parameters)
    return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT count(*) FROM articles", [(2,)]),
        ("FROM titles ORDER BY 1 DESC", [("two",), ("one",)]),
        ("WITH a AS (SELECT 1 AS one) SELECT * FROM a;", [(1,)]),
        ("VALUES (1), (2) -- and no more", [(1,), (2,)]),
        ("SHOW TABLES", [("articles",), ("titles",)]),
        ("SELECT column_name FROM (DESCRIBE titles)", [("title",)]),
        ("SELECT ';' AS text", [(";",)]),
    ],
)
def test_reading_is_answered(database, sql, found) -> None:
    assert rows(database, sql) == found


def test_a_view_that_cannot_be_made_keeps_nobody_from_the_tables() -> None:
    tables, views = {"labels": pa.table({"label": ["FAKE"]})}, {"current_labels": "SELECT reason FROM labels"}
    with LockedDatabase(tables, views=views, memory_limit="100MB") as database:
        assert rows(database, "FROM labels") == [("FAKE",)]
        with (
            pytest.raises(TableError, match=r'(?s)current_labels cannot be made .*"reason" not found.*Received: '),
            naming_missing_tables(tables, database.unusable_views),
        ):
            database.ask("FROM current_labels", {})


def test_more_memory_than_can_be_is_a_wrong_setting() -> None:
    with pytest.raises(QueryError, match=r"query.memory_limit: .*out of range.* Received: '99999999999999GB'"):
        LockedDatabase({}, views={}, memory_limit="99999999999999GB")


def test_parameters_are_values_and_never_sql(database) -> None:
    assert rows(database, "SELECT $name AS name", name="x'; DROP VIEW titles; --") == [("x'; DROP VIEW titles; --",)]
    assert rows(database, "SELECT count(*) FROM titles") == [(2,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_csv_auto('/proc/self/environ')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/etc/passwd')",
        "SELECT * FROM read_json('/etc/passwd')",
        "SELECT * FROM read_parquet('/etc/passwd')",
        "SELECT * FROM parquet_metadata('/etc/passwd')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM 'https://example.com/x.csv'",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM query('FROM read_csv(''/etc/passwd'')')",
        "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('FROM read_csv(''/etc/passwd'')'))",
    ],
)
def test_files_cannot_be_read(database, sql) -> None:
    with pytest.raises(QueryError, match=r"file system operations are disabled|does not exist"):
        rows(database, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{path}'",
        "COPY articles TO '{path}' (FORMAT parquet)",
        "WITH c AS (COPY (SELECT 1) TO '{path}') SELECT 1",
        "EXPORT DATABASE '{path}'",
        "ATTACH '{path}'",
        "ATTACH '{path}' AS other (READ_ONLY)",
        "CREATE TABLE t AS SELECT 1",
        "CREATE TEMP TABLE t (a INTEGER)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE OR REPLACE VIEW titles AS SELECT 1 AS title",
        "CREATE MACRO m(x) AS x",
        "CREATE SECRET s (TYPE s3)",
        "INSERT INTO articles SELECT * FROM articles",
        "WITH i AS (INSERT INTO articles SELECT * FROM articles RETURNING *) SELECT * FROM i",
        "UPDATE articles SET title = 'x'",
        "DELETE FROM articles",
        "WITH d AS (DELETE FROM articles RETURNING *) SELECT * FROM d",
        "TRUNCATE articles",
        "DROP VIEW titles",
        "ALTER VIEW titles RENAME TO others",
        "IMPORT DATABASE '{path}'",
        "BEGIN TRANSACTION",
        "CHECKPOINT",
        "VACUUM",
        "SELECT * FROM enable_logging(storage = 'file', storage_path = '{path}')",
    ],
)
def test_nothing_can_be_written(database, sql, tmp_path) -> None:
    with pytest.raises(QueryError):
        rows(database, sql.format(path=tmp_path / "out"))
    assert list(tmp_path.iterdir()) == []
    assert rows(database, "SELECT count(*) FROM titles") == [(2,)]


@pytest.mark.parametrize(
    "sql",
    [
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD '/tmp/own.duckdb_extension'",
        "SET threads = 64",
        "SET memory_limit = '100GB'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "RESET memory_limit",
        "SET VARIABLE x = 1",
        "PRAGMA database_list",
        "PRAGMA threads = 64",
        "CALL pragma_version()",
        "USE memory",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "EXPLAIN ANALYZE CREATE TABLE t (a INTEGER)",
        "SELECT getenv('HOME')",
        "SELECT * FROM delta_scan('/tmp')",
    ],
)
def test_settings_extensions_and_the_environment_are_out_of_reach(database, sql) -> None:
    with pytest.raises(QueryError):
        rows(database, sql)


@pytest.mark.parametrize("sql", ["SELECT 1; SELECT 2", "SELECT 1; DROP VIEW titles", "", "-- nothing", ";"])
def test_one_statement_is_taken_and_no_more_or_less(database, sql) -> None:
    with pytest.raises(QueryError, match=r"--sql takes one statement. Received: \d"):
        rows(database, sql)


def test_what_is_no_select_is_named(database) -> None:
    with pytest.raises(
        QueryError, match=r"only SELECT is answered here: the tables cannot be changed. Received: DELETE"
    ):
        rows(database, "DELETE FROM articles")


def test_variables_of_this_process_are_no_tables(database) -> None:
    secret = pa.table({"password": ["hunter2"]})
    assert secret.num_rows == 1
    with pytest.raises(QueryError, match="Table with name secret does not exist"):
        rows(database, "SELECT * FROM secret")


def test_wrong_sql_is_an_error_that_shows_where(database) -> None:
    with pytest.raises(SettingsError, match=r'syntax error at or near "articles"(.|\n)*\^'):
        rows(database, "SELECT * FORM articles x")


def test_a_query_that_needs_too_much_memory_is_stopped(database) -> None:
    with pytest.raises(QueryError, match=r"more memory than query\.memory_limit allows"):
        rows(database, "SELECT string_agg(repeat('x', 1000000) || range, '') FROM range(10000)")


def test_an_error_in_the_middle_of_an_answer_is_an_error(database) -> None:
    with pytest.raises(QueryError, match="too late 90000"):
        rows(database, "SELECT CASE WHEN i = 90000 THEN error('too late ' || i) ELSE i END FROM range(100000) t(i)")


def test_ctrl_c_stops_a_query(database) -> None:
    started = time.monotonic()
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        rows(database, "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3")
    assert time.monotonic() - started < 5


def test_an_answer_is_read_as_it_is_asked_for(database) -> None:
    _, batches = database.ask("SELECT i, repeat('x', 1000) FROM range(100000000) t(i)", {})
    assert next(batches).num_rows <= 10_000
    batches.close()
