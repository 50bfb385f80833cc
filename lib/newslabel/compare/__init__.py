"""Recipes side by side: all trained on the very same splits of one corpus, held against one baseline; none registered.

Importing it does not import TensorFlow.
"""

from newslabel.compare.compare import CompareSummary, compare_recipes
from newslabel.compare.options import CompareOptions, Comparison, check_comparison
from newslabel.compare.shown import Shown, shown_tables

__all__ = [
    "CompareOptions",
    "CompareSummary",
    "Comparison",
    "Shown",
    "check_comparison",
    "compare_recipes",
    "shown_tables",
]
