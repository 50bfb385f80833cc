"""Articles in, labels out: the scorer, the vectorised UDF, and the nightly job over whole partitions.

Importing it brings no Spark, nor does what plain Python needs of it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newslabel.score.drift import refuse_drift
    from newslabel.score.one_text import TextLabel, chosen_scorer, label_text, text_or_file
    from newslabel.score.plan import ScorePlan, plan_scoring
    from newslabel.score.request import ScoreRequest
    from newslabel.score.score import ScoreSummary, score_articles
    from newslabel.score.scorer import Scorer, load_scorer
    from newslabel.score.text_lines import label_lines, lines_of
    from newslabel.score.udf import label_udf

__all__ = [
    "ScorePlan",
    "ScoreRequest",
    "ScoreSummary",
    "Scorer",
    "TextLabel",
    "chosen_scorer",
    "label_lines",
    "label_text",
    "label_udf",
    "lines_of",
    "load_scorer",
    "plan_scoring",
    "refuse_drift",
    "score_articles",
    "text_or_file",
]

_HOMES = {
    "ScorePlan": "plan",
    "ScoreRequest": "request",
    "ScoreSummary": "score",
    "Scorer": "scorer",
    "TextLabel": "one_text",
    "chosen_scorer": "one_text",
    "label_lines": "text_lines",
    "label_text": "one_text",
    "label_udf": "udf",
    "lines_of": "text_lines",
    "load_scorer": "scorer",
    "plan_scoring": "plan",
    "refuse_drift": "drift",
    "score_articles": "score",
    "text_or_file": "one_text",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'newslabel.score' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"newslabel.score.{_HOMES[name]}"), name)
