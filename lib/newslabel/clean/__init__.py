"""The only cleaning there is: Arrow kernels, one function a rule; a recipe names the rules in order."""

from newslabel.clean.cleaner import STOP_WORDS, Cleaner
from newslabel.clean.rules import TEXT_RULES

__all__ = ["STOP_WORDS", "TEXT_RULES", "Cleaner"]
