"""How far a distribution has moved from another: the population stability index, and how much of it chance explains.

Source:
    N. Siddiqi, Credit Risk Scorecards, 2006, for the index and its customary bounds: below 0.1 nothing has moved that
    matters, from 0.25 on much has. It is the divergence of H. Jeffreys, An invariant form for the prior probability in
    estimation problems, 1946. B. Yurdakul, Statistical properties of population stability index, 2018, for chance.
"""

import math

import numpy as np

# An empty bin's share would have no logarithm, so it counts as half an article, which no sample of that size can tell
# from none. A share fixed beforehand, such as the usual 0.0001, would weigh the more the smaller the sample is.
EMPTY_BIN = 0.5
SPREADS = 3  # standard deviations beyond which chance is no explanation any more


def stability_index(counts: np.ndarray, reference: np.ndarray) -> float:
    """The sum over all bins of (p - q) ln(p / q), p and q being the bin's shares now and in the reference.

    Args:
        counts: int64 (bins,), articles now.
        reference: int64 (bins,), articles of the reference.

    Returns:
        0 where all shares are the same, else more; NaN where either has no articles.
    """
    if not counts.sum() or not reference.sum():
        return math.nan
    used = _used(counts, reference)
    now, then = (np.maximum(each[used], EMPTY_BIN) / each.sum() for each in (counts, reference))
    return float(((now - then) * np.log(now / then)).sum())


def chance_index(counts: np.ndarray, reference: np.ndarray) -> float:
    """The index up to which chance explains it, where both are samples of one distribution.

    Of n and m articles it is then about (1/n + 1/m) times what is distributed as chi-square with a degree of freedom
    fewer than there are bins: a hundred articles in twenty bins differ by 0.2 from any reference, though nothing has
    moved. This is the mean of that and three standard deviations. It holds for articles that are independent; a crawl's
    are less so (one text in many papers), which is one reason more for a threshold above it.

    Args:
        counts: int64 (bins,), articles now.
        reference: int64 (bins,), articles of the reference.

    Returns:
        0 where all articles are in one bin; NaN where either has no articles.
    """
    if not counts.sum() or not reference.sum():
        return math.nan
    freedom = int(_used(counts, reference).sum()) - 1
    return float((1 / counts.sum() + 1 / reference.sum()) * (freedom + SPREADS * math.sqrt(2 * freedom)))


def _used(counts: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Which bins hold an article of either; the others say nothing of how the two differ: bool (bins,)."""
    return np.asarray((counts > 0) | (reference > 0))
