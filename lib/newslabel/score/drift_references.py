"""What the model versions hold their labels against: told apart are a bundle that is gone and one out of reach now."""

from collections.abc import Iterable
from pathlib import Path

from newslabel.errors import BundleError, NewslabelError, SettingsError
from newslabel.logs import log_event
from newslabel.models import NoSuchVersionError, load_bundle
from newslabel.models.bundle import is_gone
from newslabel.score.drift_figures import Reference
from newslabel.score.versions import Versions


def read_references(numbers: Iterable[str], versions: Versions, cache: Path) -> dict[str, Reference | None]:
    """What each version holds its labels against; None where the version, or its bundle, is no more.

    A version whose bundle is there, and cannot be read, is left out: a file system that does not answer now does so
    another time, and a bundle that is damaged can be put back.

    Args:
        numbers: of the versions.
        versions: names them.
        cache: where copies of remote bundles are kept.

    Raises:
        TransientError: the registry does not answer.
    """
    found = {}
    for number in sorted(numbers):
        try:
            found[number] = _reference(number, versions, cache)
        except (SettingsError, BundleError) as error:
            log_event("drift_left_for_next_time", model_version=number, reason=error)
    return found


def _reference(number: str, versions: Versions, cache: Path) -> Reference | None:
    try:
        uri = versions.version(number).bundle_uri
    except (NoSuchVersionError, BundleError) as error:  # or somebody else's version, of no bundle
        _tell_missing(number, error)
        return None
    try:
        bundle = load_bundle(uri, cache)
        histograms = bundle.reference()
    except (SettingsError, BundleError) as error:
        if is_gone(uri):
            _tell_missing(number, error)
            return None
        raise
    if not histograms:
        log_event("drift_without_psi", model_version=number, reason="it was trained without a validation part")
    return Reference(bundle.recipe.classes.positive, histograms)


def _tell_missing(number: str, error: NewslabelError) -> None:
    log_event("drift_without_model", model_version=number, left_out="psi, share_change", reason=error)
