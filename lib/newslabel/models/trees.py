"""The family of boosted trees: how long an article is, and how often the words stand in it that tell most, by LightGBM.

LightGBM grows the trees. They are kept as arrays, each filled up to a tree of all the depth that there may be, and
scored by NumPy alone: to the probabilities of LightGBM's own, without it, its threads or its file's parser.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from newslabel.errors import BundleError, DataError
from newslabel.models.bags_of_words import check_both_classes, word_counts, word_gains
from newslabel.models.contracts import Examples, Features, Floats, Ids, Learner, Offsets, Weights
from newslabel.models.tree_arrays import expected_answers, moved_by_columns, tree_arrays
from newslabel.models.weights import check_ids, checked, sigmoid
from newslabel.tokens.encode import WORDS_AND_LENGTHS
from newslabel.tokens.encoded import row_of_each

NO_COLUMN = -1
ROWS_AT_ONCE = 512  # so that their counts of words take a few MiB, however many rows there are


class TreesNetwork(BaseModel):
    """The keys of [network], each told in conf/recipes/lightgbm.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: NonNegativeInt = 1000
    trees: PositiveInt = 100
    depth: Annotated[int, Field(ge=1, le=10)] = 3
    rate: PositiveFloat = 0.01
    row_share: Annotated[float, Field(gt=0, le=1)] = 0.8
    l1: NonNegativeFloat = 0.1
    l2: NonNegativeFloat = 0.1
    min_leaf_rows: PositiveInt = 20


def fit(network: TreesNetwork, examples: Examples, *, seed: int) -> dict[str, np.ndarray]:
    """The arrays of a fitted model.

    What a tree looks at are columns: the K features of the encoder, then the counts of the chosen words.

    Args:
        network: the keys of [network].
        examples: N rows.
        seed: draws the rows that each tree learns from.

    Returns:
        `columns` int32 (vocabulary size,), the column of each id, or -1; `features` int64 (1,), K; and of every tree,
        whose node n has the children 2n + 1 (where the column is no greater than the threshold) and 2n + 2:
        `split_columns` int32, `thresholds` and `gains` float64 (trees, 2 ** depth - 1), `leaves` float64 (trees,
        2 ** depth), what the tree adds to the log-odds. Of a node that parts nothing the threshold is infinite and the
        gain 0. There are fewer trees than asked for where no more could be grown.

    Raises:
        DataError: the rows are of one class, or there is nothing to tell them by.
    """
    import lightgbm
    from scipy.sparse import csr_matrix, hstack

    check_both_classes(examples)
    counts = word_counts(examples.token_ids, examples.offsets, examples.vocabulary_size)
    gains = word_gains(counts, examples.is_positive, examples.weights)
    chosen = np.argsort(-gains, kind="stable")[: min(network.words, np.count_nonzero(gains > 0))]
    table = hstack([csr_matrix(examples.features.astype(np.float64)), counts[:, chosen]], format="csr")
    if not table.shape[1]:
        raise DataError(
            "no word of the training part tells anything of its examples' classes, and the recipe's encoder gives "
            f"nothing beside words. Received: {len(examples.is_positive)} examples"
        )
    options = _options(network, seed)
    data = lightgbm.Dataset(table, examples.is_positive.astype(np.float64), weight=examples.weights, params=options)
    booster = lightgbm.train(options, data, num_boost_round=network.trees)
    columns = np.full(examples.vocabulary_size, NO_COLUMN, np.int32)
    columns[chosen] = examples.features.shape[1] + np.arange(len(chosen))
    return {
        "columns": columns,
        "features": np.array([examples.features.shape[1]]),
        **tree_arrays([tree["tree_structure"] for tree in booster.dump_model()["tree_info"]], network.depth),
    }


def _options(network: TreesNetwork, seed: int) -> dict[str, Any]:
    return {
        "objective": "binary",
        "learning_rate": network.rate,
        "max_depth": network.depth,
        "num_leaves": 2**network.depth,
        "bagging_fraction": network.row_share,
        "bagging_freq": 1,  # by default LightGBM never draws, whatever the share
        "lambda_l1": network.l1,
        "lambda_l2": network.l2,
        "min_data_in_leaf": network.min_leaf_rows,
        "use_missing": False,  # a split is nothing but "no greater than"
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }


class TreesPredictor:
    """A fitted model at work.

    A hot path: all trees of some hundred rows go down a level in one NumPy call.

    Args:
        network: the keys of [network].
        weights: reads one of the arrays that `fit` returned by its name.

    Raises:
        BundleError: an array is missing, of another shape, or names a column that there is not.
    """

    def __init__(self, network: TreesNetwork, weights: Weights) -> None:
        self._depth = network.depth
        columns = np.asarray(weights("columns"), np.int32)
        self._columns = checked("columns", columns, (columns.size,))
        self._features = int(checked("features", weights("features"), (1,))[0])
        self._width = self._features + int(np.count_nonzero(self._columns != NO_COLUMN))
        leaves, splits = np.asarray(weights("leaves")), 2**network.depth - 1
        trees = max(leaves.size // (splits + 1), 1)
        self._leaves = checked("leaves", leaves, (trees, splits + 1))
        self._splits = np.asarray(checked("split_columns", weights("split_columns"), (trees, splits)), np.int32)
        self._thresholds, self._gains = (
            np.asarray(checked(name, weights(name), (trees, splits))) for name in ("thresholds", "gains")
        )
        for name, array, least in (("columns", self._columns, NO_COLUMN), ("split_columns", self._splits, 0)):
            if array.size and not least <= array.min() <= array.max() < self._width:
                raise BundleError(
                    f"weights/{name}.npy must name columns, {least} to {self._width - 1}. "
                    f"Received: {array.min()} to {array.max()}"
                )

    @property
    def vocabulary_size(self) -> int:
        """Of so many ids it is known whether the trees look at them."""
        return len(self._columns)

    def probabilities(self, token_ids: Ids, offsets: Offsets, features: Features) -> Floats:
        """The probability of the positive class of each row, NaN for a row with no tokens.

        Args:
            token_ids: int32, all rows' ids one after another.
            offsets: int64 (N + 1,), where each row begins, and the end of the last.
            features: float32 (N, K), what the encoder gives beside the ids.

        Returns:
            float64 (N,); a row's value does not depend on the other rows or their order.

        Raises:
            BundleError: an id beyond the vocabulary, or another number of features.
        """
        self._check(token_ids, features)
        said = [self._log_odds(*some)[:, -1] for some in _some_at_once(token_ids, offsets, features)]
        return np.where(np.diff(offsets) > 0, sigmoid(np.concatenate([np.empty(0), *said])), np.nan)

    def contributions(self, token_ids: Ids, offsets: Offsets, features: Features) -> Floats:
        """What each token moved the log-odds by: its word's share, divided among the row's tokens of that word.

        What lengths moved, and words that are not there, is of no token. Arguments and errors: see `probabilities`.

        Returns:
            float64 (tokens,).
        """
        self._check(token_ids, features)
        moved = [self._moved_by_tokens(*some) for some in _some_at_once(token_ids, offsets, features)]
        return np.concatenate([np.empty(0), *moved])

    def staged(self, token_ids: Ids, offsets: Offsets, features: Features) -> Floats:
        """What the first tree, the first two, the first three … say: float64 (N, trees); see `probabilities`."""
        return sigmoid(self._log_odds(token_ids, offsets, features))

    def importances(self) -> tuple[Floats, Floats]:
        """The gain of all splits by a feature, and by the count of a word: float64 (K,) and (vocabulary size,)."""
        gains: Any = np.bincount(self._splits.ravel(), self._gains.ravel(), self._width)
        of_words: Floats = np.where(self._columns == NO_COLUMN, 0.0, gains[self._columns])
        return gains[: self._features], of_words

    def _check(self, token_ids: Ids, features: Features) -> None:
        check_ids(token_ids, len(self._columns))
        if features.shape[1] != self._features:
            raise BundleError(
                f"the model reads {self._features} features of an article beside its words; its recipe's encoder "
                f"gives others. Received: {features.shape[1]}"
            )

    def _moved_by_tokens(self, token_ids: Ids, offsets: Offsets, features: Features) -> Floats:
        table = self._table(token_ids, offsets, features)
        moved = moved_by_columns(table, self._splits, self._thresholds, expected_answers(self._leaves))
        rows, columns = row_of_each(offsets), self._columns[token_ids]
        is_looked_at = columns != NO_COLUMN
        places = rows[is_looked_at], columns[is_looked_at]
        by_token = np.zeros(len(token_ids))
        by_token[is_looked_at] = moved[places] / table[places]
        return by_token

    def _log_odds(self, token_ids: Ids, offsets: Offsets, features: Features) -> Floats:
        """After each tree: float64 (N, trees)."""
        table = self._table(token_ids, offsets, features)
        rows, trees = np.arange(len(table))[:, np.newaxis], np.arange(len(self._leaves))
        nodes = np.zeros((len(table), len(trees)), np.intp)
        for _ in range(self._depth):
            goes_right = table[rows, self._splits[trees, nodes]] > self._thresholds[trees, nodes]
            nodes = 2 * nodes + 1 + goes_right
        said = self._leaves[trees, nodes - self._splits.shape[1]]
        # one tree after the other, as LightGBM adds them
        log_odds: Floats = np.cumsum(said, axis=1)
        return log_odds

    def _table(self, token_ids: Ids, offsets: Offsets, features: Features) -> Floats:
        """What trees look at: float64 (N, columns)."""
        rows = row_of_each(offsets)
        columns = self._columns[token_ids]
        is_looked_at = columns != NO_COLUMN
        places = rows[is_looked_at] * self._width + columns[is_looked_at]
        table = np.bincount(places, minlength=len(features) * self._width).astype(np.float64)
        table = table.reshape(len(features), self._width)
        table[:, : self._features] = features
        return table


def _some_at_once(token_ids: Ids, offsets: Offsets, features: Features) -> Iterator[tuple[Ids, Offsets, Features]]:
    """The rows, so many at once: a bound to the memory that their tables take."""
    for first in range(0, len(features), ROWS_AT_ONCE):
        bounds = offsets[first : first + ROWS_AT_ONCE + 1]
        yield token_ids[bounds[0] : bounds[-1]], bounds - bounds[0], features[first : first + ROWS_AT_ONCE]


FAMILY = Learner(
    TreesNetwork,
    fit=fit,
    predictor=TreesPredictor,
    staged=TreesPredictor.staged,
    importances=TreesPredictor.importances,
    encoders=(WORDS_AND_LENGTHS,),
)
