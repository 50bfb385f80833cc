"""Articles in, labels out: the scorer, the pandas UDF, and the nightly job over whole partitions.

Importing it brings no Spark, nor does what plain Python needs of it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newslabel.score.drift import refuse_drift
    from newslabel.score.one_text import TextLabel, label_text, text_or_file
    from newslabel.score.score import ScoreSummary, score_articles
    from newslabel.score.scorer import Scorer, load_scorer
    from newslabel.score.udf import label_udf

__all__ = [
    "ScoreSummary",
    "Scorer",
    "TextLabel",
    "label_text",
    "label_udf",
    "load_scorer",
    "refuse_drift",
    "score_articles",
    "text_or_file",
]

_HOMES = {
    "ScoreSummary": "score",
    "Scorer": "scorer",
    "TextLabel": "one_text",
    "label_text": "one_text",
    "label_udf": "udf",
    "load_scorer": "scorer",
    "refuse_drift": "drift",
    "score_articles": "score",
    "text_or_file": "one_text",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'newslabel.score' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"newslabel.score.{_HOMES[name]}"), name)
