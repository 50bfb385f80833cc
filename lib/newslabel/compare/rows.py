"""The results of a row's trials, and the articles that they tell of, each once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from newslabel.compare.results import TrialResult
from newslabel.compare.variations import Variation
from newslabel.errors import DataError
from newslabel.evaluate.figures import Figure, accuracy

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
PAIRED = ["article_id", "is_positive"]


@dataclass(frozen=True)
class Answers:
    """What a model, or several, say of articles: probabilities and the truth, both (N,)."""

    is_positive: Truths
    probabilities: Floats

    def figure(self, figure: Figure) -> float:
        """A figure of them."""
        return float(figure(self.is_positive, self.probabilities))


@dataclass(frozen=True)
class RowResults:
    """What came of a row's trials.

    Attributes:
        variation: the row.
        resplits: of each resplit, a result a seed.
        files: of each split by files, by its pattern, a result a seed.
    """

    variation: Variation
    resplits: Sequence[Sequence[TrialResult]]
    files: Mapping[str, Sequence[TrialResult]]

    @property
    def threshold(self) -> float:
        """From it on, an article is called positive."""
        return self.variation.recipe.decision.threshold

    def accuracy(self, is_positive: np.ndarray, probabilities: np.ndarray) -> Floats:
        """Accuracy by the recipe's own threshold: a Figure."""
        return accuracy(is_positive, probabilities, self.threshold)

    def all_results(self) -> Iterator[TrialResult]:
        """The results of all trials."""
        for results in (*self.resplits, *self.files.values()):
            yield from results

    def over_resplits(self, figure: Callable[[TrialResult], float]) -> Floats:
        """A figure of each trial on resplits: (resplits, seeds)."""
        return np.array([[figure(result) for result in results] for results in self.resplits])

    @cached_property
    def pool(self) -> Answers:
        """Each article that any resplit tested, once: as the first seed of the first of these resplits says.

        So no model saw its articles before, and articles are independent of each other, as the bootstrap and McNemar's
        test would have them; of a corpus with a tenth to test, ten resplits give two thirds.
        """
        first = [results[0] for results in self.resplits]
        _, places = np.unique(np.concatenate([result.article_ids for result in first]), return_index=True)
        truth, said = ([getattr(result, name) for result in first] for name in ("is_positive", "probabilities"))
        return Answers(np.concatenate(truth)[places], np.concatenate(said)[places])


def answers_of(result: TrialResult) -> Answers:
    """What a trial's bundle says of the test part."""
    return Answers(result.is_positive, result.probabilities)


def check_paired(row: RowResults, baseline: RowResults) -> None:
    """Raises DataError where two rows were not tested on the very same articles."""
    for ours, theirs in zip(row.all_results(), baseline.all_results(), strict=True):
        if not ours.table.select(PAIRED).equals(theirs.table.select(PAIRED)):
            raise DataError(
                f"{row.variation.name} was not tested on the articles of {baseline.variation.name}. "
                f"Received: {len(ours.table)} and {len(theirs.table)} articles"
            )
