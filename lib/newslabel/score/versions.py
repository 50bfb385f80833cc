"""Which model version labels."""

from typing import Protocol

from newslabel.errors import BundleError
from newslabel.models import Version
from newslabel.settings import Settings


class Versions(Protocol):
    """What is asked of the registry."""

    def champion(self) -> Version | None:
        """The version that labels the corpus."""

    def version(self, which: str) -> Version:
        """A version by its number, or "latest"."""


def champion_of(versions: Versions, settings: Settings) -> Version:
    """The corpus' champion.

    Raises:
        BundleError: none was promoted yet.
    """
    champion = versions.champion()
    if champion is None:
        raise BundleError(
            "no model version is champion yet: train_model makes a version, `promote_model latest` makes it champion. "
            f"Received: models.registry_name = {settings.models.registry_name!r}"
        )
    return champion
