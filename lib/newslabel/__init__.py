"""newslabel labels news articles real or fake, from one text to a crawl.

from newslabel import label_udf, load_scorer
"""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newslabel.score import Scorer, label_udf, load_scorer

__all__ = ["Scorer", "label_udf", "load_scorer"]
__version__ = version("newslabel")


def __getattr__(name: str) -> Any:
    """Hands on to newslabel.score, which imports what is asked for: load_scorer brings no Spark, nothing TensorFlow."""
    if name not in __all__:
        raise AttributeError(f"module 'newslabel' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("newslabel.score"), name)
