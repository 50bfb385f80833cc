"""newslabel labels news articles real or fake, from one text to a crawl.

from newslabel import label_udf, load_scorer
"""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newslabel.score.scorer import Scorer, load_scorer
    from newslabel.score.udf import label_udf

__all__ = ["Scorer", "label_udf", "load_scorer"]
__version__ = version("newslabel")

_HOMES = {
    "Scorer": "newslabel.score.scorer",
    "load_scorer": "newslabel.score.scorer",
    "label_udf": "newslabel.score.udf",
}


def __getattr__(name: str) -> Any:
    """Imports what is asked for, when it is asked for: load_scorer brings no Spark, nothing here brings TensorFlow."""
    if name not in _HOMES:
        raise AttributeError(f"module 'newslabel' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
