"""The gate between a trained version and the champion's place."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newslabel.errors import GateRefusedOutcome
from newslabel.logs import log_event, run_id
from newslabel.models.bundle import load_bundle
from newslabel.models.registry import Registry, Version
from newslabel.settings import PromoteSettings, Settings

GATE_METRIC = "test_accuracy"
FORCED_TAG = "newslabel.forced_past_gate"
PROMOTED_BY_TAG = "newslabel.promoted_by_run"
# from who wants to be champion, and who is, if anybody, to what speaks against it, a sentence each
Gate = Callable[[Version, Version | None], tuple[str, ...]]


@dataclass(frozen=True)
class PromoteSummary:
    """What a promotion did.

    Attributes:
        version: the champion from now on.
        replaced: the champion before, or None.
        refusals: what the gate held against it, where it was forced past.
    """

    version: Version
    replaced: Version | None
    refusals: tuple[str, ...]

    def facts(self) -> list[tuple[str, Any]]:
        """What people want to know of it, each with its name."""
        return [
            ("recipe", self.version.recipe),
            ("test accuracy", self.version.metrics.get(GATE_METRIC, "not tested")),
            ("champion before", f"version {self.replaced.number}" if self.replaced else "none"),
            ("forced past", "; ".join(self.refusals) or "nothing"),
            ("bundle", self.version.bundle_uri),
        ]


def promote_model(settings: Settings, which: str, *, force: bool = False, also: Gate | None = None) -> PromoteSummary:
    """Makes a version the corpus' champion.

    Args:
        settings: of the corpus.
        which: a version's number, or "latest".
        force: past the gate; what the gate said is kept as a tag of the version.
        also: what is asked beside the metrics, such as what the versions' labels say; see
            `newslabel.compare.promotion_gate`.

    Raises:
        SettingsError: no such version.
        GateRefusedOutcome: the gate refuses it; the champion stays.
        BundleError: its bundle is missing or damaged.
        TransientError: the registry does not answer.
    """
    registry = Registry(settings)
    version = registry.version(which)
    champion = registry.champion()
    refusals = gate_refusals(version, champion, settings.promote) + (also(version, champion) if also else ())
    if refusals and not force:
        raise GateRefusedOutcome(f"version {version.number} stays as it is: {'; '.join(refusals)}")
    load_bundle(version.bundle_uri, Path(settings.score.cache))
    tags = {PROMOTED_BY_TAG: run_id()} | ({FORCED_TAG: "; ".join(refusals)} if refusals else {})
    registry.make_champion(version, tags)
    log_event("promoted", version=version.number, recipe=version.recipe, forced=bool(refusals))
    return PromoteSummary(version, champion, refusals)


def gate_refusals(version: Version, champion: Version | None, gate: PromoteSettings) -> tuple[str, ...]:
    """What speaks against a version, a sentence each; none if it passes.

    Args:
        version: who wants to be champion.
        champion: who is, if anybody.
        gate: the settings' limits.
    """
    accuracy = version.metrics.get(GATE_METRIC)
    if accuracy is None:
        return ("it was not tested: its tokenization has no test part",)
    refusals = []
    if accuracy < gate.min_test_accuracy:
        refusals.append(f"its {GATE_METRIC} must be at least {gate.min_test_accuracy}. Received: {accuracy:.4f}")
    # rounded, so that exactly as much below as is allowed is not refused for a binary fraction's sake
    least = round(champion.metrics.get(GATE_METRIC, 0.0) - gate.max_accuracy_loss, 9) if champion else 0.0
    if champion and accuracy < least:
        refusals.append(
            f"its {GATE_METRIC} must be at most {gate.max_accuracy_loss} below that of the champion, "
            f"version {champion.number}: at least {least:.4f}. Received: {accuracy:.4f}"
        )
    return tuple(refusals)
