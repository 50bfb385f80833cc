"""A bundle goes in, a version of the registry comes out; hours of training do not hang on a moment's silence."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from newslabel.errors import NewslabelError, TransientError
from newslabel.logs import log_event
from newslabel.models.bundle import Bundle, load_bundle
from newslabel.models.families import training_of
from newslabel.models.registry import Registry, Version
from newslabel.recipes import Recipe
from newslabel.settings import Settings
from newslabel.storage import filesystem, is_remote
from newslabel.tokens.splits import TEST, VALIDATION

RECORD_TRIES = 4
SECONDS_BETWEEN_TRIES = 5.0
FIGURES = ("accuracy", "auc", "log_loss", "brier", "calibration_error", "articles", "unjudged")


def register_bundle(settings: Settings, place: str) -> Version:
    """The version of a bundle that is there already: registered now, or found, where it was registered before.

    Args:
        settings: of the corpus.
        place: the bundle's folder, or its place in a store.

    Raises:
        BundleError: there is no bundle, or it is damaged.
        SettingsError: the registry refuses.
        TransientError: the registry does not answer.
    """
    uri = place if is_remote(place) else filesystem(place)[1]
    bundle = load_bundle(uri, Path(settings.score.cache))
    return recorded(
        Registry(settings),
        bundle_uri=uri,
        recipe=bundle.recipe,
        params=_params_of(bundle),
        metrics=bundle.metrics,
        epochs=bundle.epochs(),
        versions={"data_version": bundle.manifest.data_version, "code_version": bundle.manifest.code_version},
    )


def recorded(
    registry: Registry,
    *,
    bundle_uri: str,
    recipe: Recipe,
    params: Mapping[str, Any],
    metrics: Mapping[str, Any],
    epochs: Sequence[Mapping[str, float]],
    versions: Mapping[str, str],
) -> Version:
    """The version of a bundle; a registry that does not answer is asked a few times.

    Args:
        registry: the corpus'.
        bundle_uri: where the bundle is.
        recipe: as trained.
        params: what it was trained with besides.
        metrics: what its metrics.json holds.
        epochs: the figures of each epoch.
        versions: `data_version` and `code_version`.

    Raises:
        NewslabelError: of the registry's; the message says where the bundle is and how it is registered later.
    """
    for attempt in range(1, RECORD_TRIES + 1):
        try:
            # of an attempt that was not answered, the version may be there all the same
            version = registry.version_of(bundle_uri) or registry.record(
                bundle_uri=bundle_uri,
                recipe=recipe.name,
                params={**_params(recipe), **params},
                metrics=flat_metrics(metrics),
                epochs=epochs,
                tags={f"newslabel.{name}": value for name, value in versions.items()},
            )
        except NewslabelError as error:
            if attempt == RECORD_TRIES or not isinstance(error, TransientError):
                raise type(error)(
                    f"the bundle {bundle_uri} is whole, but not registered; once that is mended, "
                    f"train_model --bundle {bundle_uri} registers it: {error}"
                ) from error
            log_event("not_registered_yet", attempt=f"{attempt}/{RECORD_TRIES}", reason=error)
            time.sleep(SECONDS_BETWEEN_TRIES * attempt)
        else:
            log_event("registered", version=version.number, recipe=recipe.name)
            return version
    raise AssertionError("the last attempt returns or raises")


def flat_metrics(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The figures as MLflow takes them: test_accuracy, validation_auc, cross_validation_auc_spread and so on."""
    flat = {f"{part}_{name}": (metrics.get(part) or {}).get(name) for part in (VALIDATION, TEST) for name in FIGURES}
    folds = metrics.get("cross_validation") or {}
    flat |= {f"cross_validation_{name}": value for name, value in folds.items() if name != "folds"}
    return {name: value for name, value in (flat | _system_figures(metrics)).items() if value is not None}


def _system_figures(metrics: Mapping[str, Any]) -> dict[str, float]:
    """What the training took of its hosts: MiB of the largest rank."""
    peaks = [rank["peak_mib"] for rank in metrics.get("ranks") or () if "peak_mib" in rank]
    return {"rank_peak_mib": max(peaks)} if peaks else {}


def _params(recipe: Recipe) -> dict[str, Any]:
    sections = recipe.model_dump(include={"tokens", "network", "decision"}) | {"training": training_of(recipe)}
    return {f"{section}.{key}": value for section, values in sections.items() for key, value in values.items()}


def _params_of(bundle: Bundle) -> dict[str, Any]:
    ranks = bundle.metrics.get("ranks")
    return {"workers": len(ranks)} if ranks else {}
