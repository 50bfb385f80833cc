"""How well probabilities tell the classes apart."""

from typing import TypedDict

import numpy as np

from newslabel.evaluate.figures import BINS, brier, calibration_error


class Confusion(TypedDict):
    """How many articles of each class were called what."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int


class Metrics(TypedDict):
    """The figures of one part; those that cannot be said of it are None."""

    articles: int
    accuracy: float | None
    auc: float | None
    log_loss: float | None
    brier: float | None
    calibration_error: float | None
    confusion: Confusion


def classification_metrics(is_positive: np.ndarray, probabilities: np.ndarray, *, threshold: float) -> Metrics:
    """The figures of a part.

    Args:
        is_positive: bool (N,), the truth.
        probabilities: float (N,) of the positive class.
        threshold: from it on, an article is called positive.

    Returns:
        Accuracy, area under the ROC curve (None where one class only is there), mean log loss in nats, Brier score,
        expected calibration error (None of fewer articles than it has bins), confusion.
    """
    from sklearn.metrics import log_loss, roc_auc_score  # slow to import, and needed last of all

    confusion = _confusion(is_positive, probabilities >= threshold)
    count = len(is_positive)
    has_both = 0 < int(is_positive.sum()) < count
    right = confusion["true_positive"] + confusion["true_negative"]
    precise = probabilities.astype(np.float64)
    return Metrics(
        articles=count,
        accuracy=right / count if count else None,
        auc=float(roc_auc_score(is_positive, probabilities)) if has_both else None,
        log_loss=float(log_loss(is_positive, precise, labels=[False, True])) if count else None,
        brier=float(brier(is_positive, precise)) if count else None,
        calibration_error=float(calibration_error(is_positive, precise)) if count >= BINS else None,
        confusion=confusion,
    )


def histogram(values: np.ndarray, edges: np.ndarray) -> dict[str, list[float]]:
    """How many values lie in each bin; what lies beyond the outer edges counts in the outer bins.

    Args:
        values: float (N,).
        edges: float (bins + 1,), rising.

    Returns:
        `edges` and `counts`, as lists for JSON.
    """
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return {"edges": [float(edge) for edge in edges], "counts": [int(count) for count in counts]}


def _confusion(is_positive: np.ndarray, is_called_positive: np.ndarray) -> Confusion:
    return Confusion(
        true_positive=int(np.sum(is_positive & is_called_positive)),
        false_positive=int(np.sum(~is_positive & is_called_positive)),
        false_negative=int(np.sum(is_positive & ~is_called_positive)),
        true_negative=int(np.sum(~is_positive & ~is_called_positive)),
    )
