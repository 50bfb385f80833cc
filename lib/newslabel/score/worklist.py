"""What a run of score_articles finds to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import SparkSession

from newslabel.errors import NoArticlesOutcome
from newslabel.logs import log_event
from newslabel.score.due import PartitionState
from newslabel.score.label_tables import LabelTables
from newslabel.score.request import ScoreRequest
from newslabel.score.versions import Versions, champion_of
from newslabel.settings import Settings


@dataclass(frozen=True)
class Worklist:
    """The partitions to be labelled.

    Attributes:
        tables: the articles, and the labels that are asked for.
        due: the partitions, the earliest first.
        as_of: the newest commit to the labels when their states were found.
    """

    tables: LabelTables
    due: Sequence[PartitionState]
    as_of: int


def worklist(spark: SparkSession, settings: Settings, request: ScoreRequest, versions: Versions) -> Worklist:
    """The partitions that the request wants.

    Args:
        spark: the session.
        settings: of the corpus.
        request: which dates, by which version.
        versions: names the versions.

    Raises:
        TableError: there is no articles table.
        BundleError: there is no champion by which to label anew.
        SettingsError: no such version.
        NoArticlesOutcome: the one date asked for has no articles and no labels.
        TransientError: the registry does not answer.
    """
    challenger = versions.version(request.model) if request.model else None
    tables = LabelTables(spark, settings, challenger)
    as_of = tables.newest_commit()  # before the states: what is committed between the two is looked at again
    states = tables.states(request.first, request.last)
    if request.only_date and not states:
        raise NoArticlesOutcome(
            f"there are no articles of that date in {settings.tables.root}. Received: {request.only_date}"
        )
    version = (challenger or champion_of(versions, settings)).number if request.rescore else None
    due = [state for state in states if request.wants(state, version)]
    log_event(
        "partitions_due", due=len(due), looked_at=len(states), articles=sum(state.articles.count for state in due)
    )
    return Worklist(tables, due, as_of)
