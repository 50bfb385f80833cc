"""Recipes side by side, all trained on the very same splits of a corpus; two versions of a model, on the same articles.

Importing it does not import TensorFlow.
"""

from newslabel.compare.compare import CompareSummary, compare_recipes
from newslabel.compare.gate import promotion_gate
from newslabel.compare.options import CompareOptions, Comparison, check_comparison
from newslabel.compare.shown import Shown, shown_tables
from newslabel.compare.version_figures import VersionsCompared
from newslabel.compare.versions import compare_models

__all__ = [
    "CompareOptions",
    "CompareSummary",
    "Comparison",
    "Shown",
    "VersionsCompared",
    "check_comparison",
    "compare_models",
    "compare_recipes",
    "promotion_gate",
    "shown_tables",
]
