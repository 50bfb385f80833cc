"""The only cleaning there is: Arrow kernels, one function a rule; a recipe names the rules in order."""

from newslabel.clean.cleaner import Cleaner
from newslabel.clean.rules import STOP_WORDS, TEXT_RULES, WORD_RULES

__all__ = ["STOP_WORDS", "TEXT_RULES", "WORD_RULES", "Cleaner"]
