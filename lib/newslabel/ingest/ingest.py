"""Crawl files go in: good records become articles, bad ones are kept with all their reasons."""

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

from newslabel.errors import SettingsError
from newslabel.ingest.columns import ColumnFinder
from newslabel.ingest.counting import Counted, counted
from newslabel.ingest.dates import CRAWL_DATES_LIE, is_plausible
from newslabel.ingest.fields import typed_fields
from newslabel.ingest.files import TASKS_PER_CORE, read_records, refuse_broken, shared_out
from newslabel.ingest.identity import with_identity
from newslabel.ingest.inputs import InputFile, input_files
from newslabel.ingest.landed import new_files, write_files
from newslabel.ingest.parsed import Parsing
from newslabel.ingest.progress import tasks_shown
from newslabel.ingest.quality import with_reasons
from newslabel.ingest.records import Reading
from newslabel.ingest.settling import former_rows, settle_rejected
from newslabel.ingest.summary import IngestSummary
from newslabel.ingest.writing import Batch, on_disk, write_articles, write_rejected
from newslabel.logs import log_event
from newslabel.schemas import ARTICLES, FILES, REJECTED
from newslabel.settings import Settings
from newslabel.spark_errors import map_spark_errors
from newslabel.table_making import create_table
from newslabel.tables import table_path


@dataclass(frozen=True)
class IngestPlan:
    """What an ingest is to do, all that can be wrong with which is known without Spark.

    Attributes:
        files: what was found.
        reading: how they are read.
        crawl_date: the day of all records; None for each record's own column.
        strict: refuse the whole batch if a file of it breaks off.
    """

    files: tuple[InputFile, ...]
    reading: Reading
    crawl_date: date | None
    strict: bool


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

    Args:
        spark: the session.
        settings: of the corpus.
        inputs: see `plan_ingest`, as for the other arguments, and `ingest_planned`.
        crawl_date: the day of all records.
        encoding: of all text files.
        strict: refuse the whole batch if a file of it breaks off.

    Raises:
        SettingsError, DataError, TableError: as those say.
    """
    plan = plan_ingest(settings, inputs, crawl_date, encoding=encoding, strict=strict)
    return ingest_planned(spark, settings, plan)


def plan_ingest(
    settings: Settings,
    inputs: Sequence[str],
    crawl_date: date | None,
    *,
    encoding: str | None = None,
    strict: bool = False,
) -> IngestPlan:
    """What is to be ingested, looked at before Spark is started.

    Args:
        settings: of the corpus.
        inputs: files, folders and patterns; in folders and by patterns only files that were not taken in before.
        crawl_date: the day of all records; None for each record's own column.
        encoding: of all text files; None finds out that of each.
        strict: refuse the whole batch if a file of it breaks off.

    Raises:
        SettingsError: `crawl_date` is no day on which anything can have been crawled, or no such encoding.
        DataError: an input is not there, or has a name that tells no reader; names all such.
    """
    if crawl_date and not is_plausible(crawl_date):
        raise SettingsError(f"crawl_date must lie {CRAWL_DATES_LIE}. Received: '{crawl_date}'")
    reading = reading_of(settings, crawl_date, encoding)
    return IngestPlan(tuple(input_files(inputs)), reading, crawl_date, strict)


def ingest_planned(spark: SparkSession, settings: Settings, plan: IngestPlan) -> IngestSummary:
    """Takes the files of a plan into `articles` and `rejected`, and returns what became of their records.

    Repeating it, whole or after it was killed at any point, adds nothing twice. Of a file that breaks off, what is
    whole before that is taken in, and the place is named in `rejected`.

    Args:
        spark: the session.
        settings: of the corpus.
        plan: see `plan_ingest`.

    Raises:
        DataError: a file cannot be used (if `strict`, or if all are named and hold no good record); names all such
            files. Nothing was written.
        TableError: a table cannot be written.
    """
    with map_spark_errors(settings.tables.root):
        files = new_files(spark, settings, plan.files)
    n_known = len(plan.files) - len(files)
    log_event("ingest_started", files=len(files), files_known=n_known, day=plan.crawl_date or "by record")
    summary = _ingest_files(spark, settings, plan, files) if files else IngestSummary()
    summary = replace(summary, files_known=n_known)
    log_event("ingest_done", **{**vars(summary), "reasons": dict(summary.reasons)})
    return summary


def _ingest_files(
    spark: SparkSession, settings: Settings, plan: IngestPlan, files: Sequence[InputFile]
) -> IngestSummary:
    batch = Batch()
    shares = shared_out(files, TASKS_PER_CORE * spark.sparkContext.defaultParallelism)
    read = read_records(spark, shares, plan.reading, parsing_of(settings))
    judged = read.transform(judged_records(settings, f.lit(plan.crawl_date), batch))
    with map_spark_errors(settings.tables.root), on_disk(judged):
        with tasks_shown(spark, "reading files", len(shares)):
            found = counted(judged)
        _tell(found)
        refuse_broken(found, files, strict=plan.strict)
        are_new = [create_table(spark, table_path(settings, each), each) for each in (REJECTED, ARTICLES, FILES)]
        records = judged.where(f.col("n_records").isNull())
        former = [] if are_new[0] else former_rows(spark, settings, found.ends, plan.crawl_date)
        # rejected goes first: a killed ingest is repeated, and then finds its rows there, and the articles missing yet
        if found.n_rejected:
            write_rejected(spark, settings, records.where(f.size("reasons") > 0))
        summary = write_articles(spark, settings, records.where(f.size("reasons") == 0), found)
        settle_rejected(spark, settings, records, found.ends, former)
        write_files(spark, settings, found.ends, files, batch)
    return replace(summary, files=len(files), files_broken=len(found.broken))


def _tell(found: Counted) -> None:
    for told in found.broken:
        log_event("file_broken", file=told)
    for end in found.ends:
        if end.n_passed_over:
            log_event("records_passed_over", file=end.file, records=end.n_passed_over, why="nothing says what they are")


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


def judged_records(settings: Settings, given_date: Column, batch: Batch) -> Callable[[DataFrame], DataFrame]:
    """A transform that gives raw records their types, identity and reasons, and the batch that they come in.

    Args:
        settings: of the corpus.
        given_date: the day that was given for each record's file; null where each record has its own.
        batch: what they come in.
    """
    of_batch = {name: f.lit(value) for name, value in vars(batch).items()}

    def judged(records: DataFrame) -> DataFrame:
        return (
            records.transform(typed_fields(settings, given_date))
            .transform(with_identity)
            .transform(with_reasons(settings.ingest))
            .withColumns({"raw": f.when(f.size("reasons") > 0, f.col("raw")), **of_batch})
        )

    return judged
