"""What the promotion gate asks of two versions' labels, where the settings want that it asks."""

from collections.abc import Iterator
from functools import partial

from pyspark.sql import SparkSession

from newslabel.compare.version_figures import VersionsCompared
from newslabel.compare.versions import compare_models
from newslabel.errors import BundleError, DataError, SettingsError, TableError
from newslabel.models import Gate, Version
from newslabel.score.versions import Versions
from newslabel.session import spark_session
from newslabel.settings import PromoteSettings, Settings

SIGNIFICANT = 0.05  # by McNemar's test


def promotion_gate(settings: Settings) -> Gate | None:
    """What `promote_model` is to ask beside the metrics, or None; Spark starts when it is asked of a rival."""
    return partial(_asked, settings) if settings.promote.compare else None


def _asked(settings: Settings, version: Version, champion: Version | None) -> tuple[str, ...]:
    if champion is None or champion.number == version.number:
        return ()
    with spark_session(settings, job="promote_model") as spark:
        return compared_refusals(spark, settings, version, champion)


def compared_refusals(
    spark: SparkSession,
    settings: Settings,
    version: Version,
    champion: Version,
    *,
    registry: Versions | None = None,
) -> tuple[str, ...]:
    """What the labels of both speak against a version, a sentence each; none if nothing.

    That the two cannot be compared speaks against it, too.

    Args:
        spark: the session.
        settings: of the corpus.
        version: who wants to be champion.
        champion: who is, another version.
        registry: names the versions; default: the settings' MLflow.

    Raises:
        TransientError: the registry does not answer.
    """
    try:
        compared = compare_models(spark, settings, champion.number, version.number, registry=registry)
    except (DataError, BundleError, SettingsError, TableError) as error:  # nothing that --force should not go past
        return (str(error),)
    return tuple(_refusals(compared, settings.promote))


def _refusals(compared: VersionsCompared, gate: PromoteSettings) -> Iterator[str]:
    champion = f"the champion, version {compared.first}"
    if compared.articles < gate.min_compared:
        yield (
            f"it must have labelled at least {gate.min_compared} articles that {champion}, labelled, too "
            f"(score_articles --model {compared.second}). Received: {compared.articles}"
        )
    if compared.agreement < gate.min_agreement:
        yield (
            f"it must label at least {gate.min_agreement:.1%} of the articles as {champion}, does "
            f"(compare_models shows which not). Received: {compared.agreement:.1%}"
        )
    errors = compared.judged.errors if compared.judged else None
    if errors and errors.only_first_right > errors.only_second_right and errors.p_value < SIGNIFICANT:
        yield (
            f"on new labelled articles {champion}, must not be right more often, by McNemar's test. "
            f"Received: {errors.only_first_right} times alone, to {errors.only_second_right}, p {errors.p_value:.2g}"
        )
