"""How far the newest labels have moved: from what their model was validated on, and from the weeks before them.

It is computed of labels that are written, by a due rule of its own, so that a kill between the two leaves nothing out.
A date's rows tell what the dates before it held then: labels that come later, of those, make nothing due.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import chain

from pyspark.sql import SparkSession

from newslabel.errors import DriftOutcome
from newslabel.logs import log_event
from newslabel.score.drift_dates import DriftDates
from newslabel.score.drift_due import DueDate
from newslabel.score.drift_figures import Figure
from newslabel.score.drift_tables import Alert, DriftTables, alerts_among
from newslabel.score.versions import Versions
from newslabel.settings import Settings
from newslabel.spark_errors import ConflictError, map_spark_errors

DATES_A_COMMIT = 30  # a commit takes as long as the figures of several dates; a kill costs what is not committed
TRIES = 3  # while other runs label, too; what they leave due then, they compute themselves, or the next run does


def watch_partitions(
    spark: SparkSession, settings: Settings, versions: Versions, *, first: date | None = None, last: date | None = None
) -> tuple[Alert, ...]:
    """Writes what is missing in `drift`, a commit a month of dates, with a line in the log for each alert.

    Args:
        spark: the session.
        settings: of the corpus.
        versions: names the models that labelled.
        first: the first crawl date, None for all.
        last: the last crawl date, None for all.

    Returns:
        The alerts of the dates that were due. Where both ends are named, all that the table has of these dates, so that
        who asks for a date again hears the same again.

    Raises:
        TableError: a table cannot be read or written.
        TransientError: the registry does not answer.
    """
    tables = DriftTables(spark, settings)
    told: dict[date, list[Alert] | None] = {}
    for _ in range(TRIES):
        with map_spark_errors(tables.path):
            commit = tables.labels_commit()
            due = tables.due(first, last) if commit is not None else []
            written = _computed(tables, DriftDates(tables, versions), due)
            told |= written
            # what was labelled meanwhile is due again, and may have had newer rows, which these replaced
            if None not in written.values() and tables.labels_commit() == commit:
                break
    # what this run wrote it need not read
    here = {day: alerts for day, alerts in told.items() if alerts is not None}
    asked = _days(first, last) if first and last else told.keys()
    with map_spark_errors(tables.path):
        elsewhere = tables.alerts(asked - here.keys())
    return tuple(sorted([*chain.from_iterable(here.values()), *elsewhere]))


def refuse_drift(alerts: Sequence[Alert]) -> None:
    """Raises DriftOutcome where there are alerts; names the first of them."""
    if alerts:
        raise DriftOutcome(
            "the labels have drifted: query_labels --question drift_alerts tells in what. "
            f"Received: {alerts[0]} (the first of {len(alerts)})"
        )


def _computed(tables: DriftTables, dates: DriftDates, due: Sequence[DueDate]) -> dict[date, list[Alert] | None]:
    """The alerts of each date whose figures were written; None where another run was at it."""
    found: dict[date, list[Alert] | None] = {}
    for first in range(0, len(due), DATES_A_COMMIT):
        figures_of = dates.figures(due[first : first + DATES_A_COMMIT])
        if figures_of:
            found |= _written(tables, figures_of)
    return found


def _written(tables: DriftTables, figures_of: Mapping[DueDate, Sequence[Figure]]) -> Mapping[date, list[Alert] | None]:
    """As `_computed`, of the dates of one commit."""
    try:
        with map_spark_errors(tables.path):
            tables.make()
            tables.replace(figures_of)
    except ConflictError:
        log_event("drift_left_to_another_run", dates=len(figures_of))
        return dict.fromkeys(due.crawl_date for due in figures_of)
    alerts_of: dict[date, list[Alert] | None] = {}
    for due, figures in figures_of.items():
        alerts_of[due.crawl_date] = alerts = alerts_among(due, figures)
        for each in alerts:
            log_event("drift_alert", **{name: value for name, value in vars(each).items() if name != "model_version"})
        log_event("drift_computed", crawl_date=due.crawl_date, figures=len(figures), alerts=len(alerts))
    return alerts_of


def _days(first: date, last: date) -> set[date]:
    return {first + timedelta(number) for number in range((last - first).days + 1)}
