"""Probabilities that keep their word: of the articles told with 0.8, four in five are of the positive class.

A network's own are too sure of themselves, or have another share of the classes in mind. A straight line over their
log-odds, fitted on articles that the network did not learn from, mends both, and leaves their order as it is.
"""

import numpy as np

from newslabel.recipes import CalibrationRecipe

# ten articles of the rarer class for each of the two numbers that are fitted, as one asks of a logistic regression
# (Peduzzi et al., J. Clin. Epidemiol. 49, 1996); fewer would rather spoil a probability than mend it
LEAST_OF_A_CLASS = 20
# Nearer to 0 or 1 than this, log-odds go on along their tangent: they stay finite, keep all order, and make no more of
# a probability than it knows. Near 1 Keras' float32 has steps of 6e-8; drawn to the middle by a small slope, it would
# else part in the third digit from what a kernel says in float64.
NEAREST = 1e-4


def calibrated(probabilities: np.ndarray, calibration: CalibrationRecipe) -> np.ndarray:
    """The probabilities after calibration, in the order that they had: sigmoid(slope * log-odds + intercept).

    Args:
        probabilities: float (N,) of the positive class; NaN stays NaN.
        calibration: as trained; the one that changes nothing hands them back to the bit.

    Returns:
        float (N,), float64 where anything changes.
    """
    if calibration == CalibrationRecipe():
        return probabilities
    # of log-odds beyond 700 exp overflows to infinity, which gives the right 0
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-(calibration.slope * _log_odds(probabilities) + calibration.intercept))))


def fitted_calibration(is_positive: np.ndarray, probabilities: np.ndarray) -> CalibrationRecipe:
    """The calibration under which these articles are likeliest.

    Args:
        is_positive: bool (N,), the truth of articles that the model did not learn from.
        probabilities: float (N,), what the model says of them.

    Returns:
        The one that changes nothing where there is too little to learn it from, where all answers are equal, or where
        the articles that are told to be likelier are the rarer ones: no line that rises fits such a model.

    Source:
        J. Platt, Probabilistic outputs for support vector machines, 1999: two numbers, and targets a little short of 0
        and 1, without which the slope would have no end where a line parts the classes.
    """
    positives = int(is_positive.sum())
    negatives = len(is_positive) - positives
    log_odds = _log_odds(probabilities)
    if min(positives, negatives) < LEAST_OF_A_CLASS or log_odds.min() == log_odds.max():
        return CalibrationRecipe()
    targets = np.where(is_positive, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    slope, intercept = _line(log_odds, targets)
    return CalibrationRecipe(slope=slope, intercept=intercept) if slope > 0 else CalibrationRecipe()


def _line(log_odds: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of a logistic regression whose truths are shares: float (N,)."""
    from sklearn.linear_model import LogisticRegression  # slow to import, and a scorer needs none of it

    centre, spread = log_odds.mean(), log_odds.std()
    scaled = ((log_odds - centre) / spread)[:, np.newaxis]  # so that the solver sees nothing steep, whatever they are
    # scikit-learn takes classes, not shares: each article stands there under both, and weighs as much as its share
    regression = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8).fit(
        np.concatenate([scaled, scaled]),
        np.repeat([True, False], len(scaled)),
        sample_weight=np.concatenate([targets, 1 - targets]),
    )
    slope = float(regression.coef_[0, 0] / spread)
    return slope, float(regression.intercept_[0] - slope * centre)


def _log_odds(probabilities: np.ndarray) -> np.ndarray:
    precise = probabilities.astype(np.float64)
    inner = np.clip(precise, NEAREST, 1 - NEAREST)
    return np.asarray(np.log(inner / (1 - inner)) + (precise - inner) / (NEAREST * (1 - NEAREST)))
