"""The family of the linear baseline: words weighted by TF-IDF, and a logistic regression over them, by scikit-learn."""

import warnings
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

from newslabel.errors import DataError
from newslabel.logs import log_event
from newslabel.models.bags_of_words import check_both_classes, word_counts
from newslabel.models.contracts import Examples, Features, Floats, Ids, Learner, Offsets, Weights
from newslabel.models.weights import check_ids, checked, sigmoid
from newslabel.tokens.encoded import row_of_each

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


class LinearNetwork(BaseModel):
    """The keys of [network], each told in conf/recipes/linear.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sublinear_tf: bool = True
    max_document_share: Annotated[float, Field(gt=0, le=1)] = 0.7
    min_documents: PositiveInt = 1
    inverse_regularization: PositiveFloat = 10
    max_iterations: PositiveInt = 1000


def fit(network: LinearNetwork, examples: Examples, *, seed: int) -> dict[str, np.ndarray]:
    """The arrays of a fitted model, all float64.

    Args:
        network: the keys of [network].
        examples: N rows; of a row the counts of its words matter, not their order.
        seed: the solver draws nothing.

    Returns:
        `idf` (vocabulary size,), 0 for words that are too rare or too frequent to weigh anything; `coefficients`, of
        the same shape; `intercept` (1,).

    Raises:
        DataError: the rows are of one class, or no word is left to tell them by.
    """
    del seed
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.linear_model import LogisticRegression

    counts = word_counts(examples.token_ids, examples.offsets, examples.vocabulary_size)
    weighing = _weighing_words(network, counts)
    _check(examples, weighing)
    weighting = TfidfTransformer(sublinear_tf=network.sublinear_tf)
    regression = LogisticRegression(C=network.inverse_regularization, max_iter=network.max_iterations)
    with warnings.catch_warnings(action="ignore"):  # told below, as a line of the log
        regression.fit(weighting.fit_transform(counts[:, weighing]), examples.is_positive, examples.weights)
    if regression.n_iter_[0] >= network.max_iterations:
        log_event("fit_not_at_its_end", iterations=network.max_iterations, mend="a larger network.max_iterations")
    idf, coefficients = np.zeros((2, examples.vocabulary_size))
    idf[weighing], coefficients[weighing] = weighting.idf_, regression.coef_[0]
    return {"idf": idf, "coefficients": coefficients, "intercept": regression.intercept_.astype(np.float64)}


class LinearPredictor:
    """A fitted model at work.

    A hot path: a handful of NumPy and SciPy calls a batch, without a loop over rows, take 115,000 articles of 300 words
    a second on one core, in batches of a thousand. Nine tenths of that is the sorting of ids, by which a row's equal
    words meet. Weights come folded: a word's share of the logit before the row is brought to length 1, and its share of
    the row's length.

    Args:
        network: the keys of [network].
        weights: reads one of the arrays that `fit` returned by its name.

    Raises:
        BundleError: an array is missing, or of another shape.
    """

    def __init__(self, network: LinearNetwork, weights: Weights) -> None:
        idf = np.asarray(weights("idf"))
        idf = checked("idf", idf, (idf.size,))
        self._sublinear_tf = network.sublinear_tf
        self._shares = idf * checked("coefficients", weights("coefficients"), idf.shape)
        self._squares = idf**2
        self._intercept = float(checked("intercept", weights("intercept"), (1,))[0])

    @property
    def vocabulary_size(self) -> int:
        """Of so many ids there are weights."""
        return len(self._shares)

    def probabilities(self, token_ids: Ids, offsets: Offsets, _features: Features | None = None) -> Floats:
        """The probability of the positive class of each row, NaN for a row in which no word weighs anything.

        Args:
            token_ids: int32, all rows' ids one after another.
            offsets: int64 (N + 1,), where each row begins, and the end of the last.
            _features: not read.

        Returns:
            float64 (N,); a row's value does not depend on the other rows or their order.

        Raises:
            BundleError: an id that the model has no word of.
        """
        frequencies = self._frequencies(token_ids, offsets)
        sums = frequencies @ self._shares
        lengths = self._lengths_by_squares(frequencies)
        with np.errstate(invalid="ignore"):  # 0 / 0, of a row in which no word weighs anything, is NaN
            return sigmoid(sums / lengths + self._intercept)

    def contributions(self, token_ids: Ids, offsets: Offsets, _features: Features | None = None) -> Floats:
        """Each token's share of the log-odds: its word's, divided among the row's tokens of that word.

        A row's add up to its log-odds less the intercept. Arguments and errors: see `probabilities`.

        Returns:
            float64 (tokens,); 0 for a row in which no word weighs anything.
        """
        frequencies = self._frequencies(token_ids, offsets)
        counts = word_counts(token_ids, offsets, len(self._shares))
        words = row_of_each(counts.indptr)  # by row and id, in that order
        moved = frequencies.data * self._shares[counts.indices] / counts.data
        lengths = self._lengths_by_squares(frequencies)[words]
        moved = np.divide(moved, lengths, out=np.zeros_like(moved), where=lengths > 0)
        keys = words * len(self._shares) + counts.indices
        by_token: Floats = moved[np.searchsorted(keys, row_of_each(offsets) * len(self._shares) + token_ids)]
        return by_token

    def _frequencies(self, token_ids: Ids, offsets: Offsets) -> "csr_matrix":
        """How much each word counts in each row, before it is weighed: float64 (N, vocabulary size)."""
        check_ids(token_ids, len(self._shares))
        frequencies = word_counts(token_ids, offsets, len(self._shares))
        if self._sublinear_tf:
            frequencies.data = 1 + np.log(frequencies.data)
        return frequencies

    def _lengths_by_squares(self, frequencies: "csr_matrix") -> Floats:
        """Of rows as vectors of weighed words: float64 (N,); what was given are squares then."""
        frequencies.data **= 2
        lengths: Floats = np.sqrt(frequencies @ self._squares)
        return lengths


def _weighing_words(network: LinearNetwork, counts: "csr_matrix") -> np.ndarray:
    """The ids of the words that are neither too rare nor too frequent."""
    rows, vocabulary_size = counts.shape
    documents = np.bincount(counts.indices, minlength=vocabulary_size)
    is_frequent = documents > network.max_document_share * rows
    return np.flatnonzero((documents >= network.min_documents) & ~is_frequent)


def _check(examples: Examples, weighing: np.ndarray) -> None:
    check_both_classes(examples)
    if not len(weighing):
        raise DataError(
            "no word of the training part stands in at least network.min_documents of its examples, and in no greater "
            f"share of them than network.max_document_share. Received: {len(examples.is_positive)} examples"
        )


FAMILY = Learner(LinearNetwork, fit=fit, predictor=LinearPredictor)
