"""Crawl files go in: good records become articles, bad ones are kept with all their reasons."""

import codecs
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

from newslabel.errors import NoArticlesOutcome, SettingsError
from newslabel.ingest.columns import ColumnFinder
from newslabel.ingest.dates import CRAWL_DATES_LIE, is_plausible
from newslabel.ingest.fields import typed_fields
from newslabel.ingest.files import broken_files, read_records
from newslabel.ingest.identity import with_identity
from newslabel.ingest.inputs import input_files
from newslabel.ingest.landed import new_files, write_files
from newslabel.ingest.parsed import Parsing
from newslabel.ingest.progress import tasks_shown
from newslabel.ingest.quality import with_reasons
from newslabel.ingest.records import Reading
from newslabel.ingest.summary import IngestSummary
from newslabel.ingest.writing import on_disk, write_records
from newslabel.logs import log_event
from newslabel.schemas import ARTICLES, REJECTED
from newslabel.settings import Settings
from newslabel.spark_errors import map_spark_errors
from newslabel.table_making import create_table
from newslabel.tables import read_table, table_path


def ingest_articles(
    spark: SparkSession,
    settings: Settings,
    inputs: Sequence[str],
    crawl_date: date | None,
    *,
    encoding: str | None = None,
    strict: bool = False,
) -> IngestSummary:
    """Takes files into `articles` and `rejected`, and returns what became of their records.

    Repeating it, whole or after it was killed at any point, adds nothing twice. Of a file that breaks off, what is
    whole before that is taken in, and the place is named in `rejected`.

    Args:
        spark: the session.
        settings: of the corpus.
        inputs: files, folders and patterns; in folders and by patterns only files that were not taken in before.
        crawl_date: the day of all records; None for each record's own column.
        encoding: of all text files; None finds out that of each.
        strict: refuse the whole batch if a file of it breaks off.

    Raises:
        SettingsError: `crawl_date` is no day on which anything can have been crawled, or no such encoding.
        DataError: an input is not there, or a file cannot be used (if `strict`, or if all are named and hold no good
            record); names all such files. Nothing was written.
        TableError: a table cannot be written.
    """
    if crawl_date and not is_plausible(crawl_date):
        raise SettingsError(f"crawl_date must lie {CRAWL_DATES_LIE}. Received: '{crawl_date}'")
    reading = reading_of(settings, crawl_date, encoding)
    found = input_files(inputs)
    with map_spark_errors(settings.tables.root):
        files = new_files(spark, settings, found)
    log_event("ingest_started", files=len(files), files_known=len(found) - len(files), day=crawl_date or "by record")
    if not files:
        return IngestSummary(files_known=len(found))
    read = read_records(spark, files, reading, parsing_of(settings))
    records = read.transform(judged_records(settings, f.lit(crawl_date)))
    with map_spark_errors(settings.tables.root), on_disk(records):
        with tasks_shown(spark, "reading files", len(files)):
            broken = broken_files(records, files, strict=strict)
        for told in broken:
            log_event("file_broken", file=told)
        for contract in (REJECTED, ARTICLES):
            create_table(spark, table_path(settings, contract), contract)
        summary = write_records(spark, settings, records.where(f.col("n_records").isNull()))
        write_files(spark, settings, records, files)
    summary = replace(summary, files=len(files), files_known=len(found) - len(files), files_broken=len(broken))
    log_event("ingest_done", **{**vars(summary), "reasons": dict(summary.reasons)})
    return summary


def reading_of(settings: Settings, crawl_date: date | None, encoding: str | None) -> Reading:
    """How the files of a batch are read.

    Raises:
        SettingsError: there is no such encoding of text.
    """
    try:
        name = codecs.lookup(encoding).name if encoding else None
        "".encode(name or "utf-8")  # hex and the like are codecs too, but of bytes
    except (LookupError, ValueError) as error:
        raise SettingsError(
            f"--encoding takes a name that Python knows, like utf-8 or windows-1252. Received: {encoding!r}"
        ) from error
    synonyms = {str(field_name): names for field_name, names in settings.ingest.columns.items()}
    finder = ColumnFinder(synonyms, required=("text",) if crawl_date else ("text", "crawl_date"))
    return Reading(finder, name, settings.ingest.max_record_bytes)


def parsing_of(settings: Settings) -> Parsing:
    """How the fields of records are understood."""
    repair = settings.ingest.mojibake == "repair"
    return Parsing(settings.crawl.zone, repair=repair, languages=settings.ingest.language_detector)


def judged_records(settings: Settings, given_date: Column) -> Callable[[DataFrame], DataFrame]:
    """A transform that gives raw records their types, identity and reasons, and the batch that they come in.

    Args:
        settings: of the corpus.
        given_date: the day that was given for each record's file; null where each record has its own.
    """
    batch = {"batch_id": f.lit(uuid.uuid4().hex[:12]), "ingested_at": f.lit(datetime.now(UTC))}

    def judged(records: DataFrame) -> DataFrame:
        return (
            records.transform(typed_fields(settings, given_date))
            .transform(with_identity)
            .transform(with_reasons(settings.ingest))
            .withColumns({"raw": f.when(f.size("reasons") > 0, f.col("raw")), **batch})
        )

    return judged


def check_expected(spark: SparkSession, settings: Settings, day: date) -> None:
    """Raises NoArticlesOutcome where no article of that crawl date is there, as silence is how nightly jobs die."""
    articles = read_table(spark, table_path(settings, ARTICLES), ARTICLES)
    if articles.where(f.col("crawl_date") == f.lit(day)).isEmpty():
        raise NoArticlesOutcome(f"articles were expected and none are there of crawl_date. Received: {day}")
