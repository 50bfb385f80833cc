"""The architectures, what a trained model is on disk, and the registry of versions.

Importing it brings neither Keras nor MLflow: a scoring worker reads bundles without them.
"""

from newslabel.models.bundle import Bundle, load_bundle, save_bundle
from newslabel.models.promote import Gate, PromoteSummary, promote_model
from newslabel.models.registry import NoSuchVersionError, Registry, Version

__all__ = [
    "Bundle",
    "Gate",
    "NoSuchVersionError",
    "PromoteSummary",
    "Registry",
    "Version",
    "load_bundle",
    "promote_model",
    "save_bundle",
]
