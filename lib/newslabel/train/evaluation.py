"""What a trained model says of the validation and test parts: each rank asks it of its rows, rank 0 sums up.

Importing it does not import TensorFlow, which the figures of a learner do without.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

import numpy as np
import pyarrow.parquet as pq

from newslabel.evaluate.calibration import calibrated, fitted_calibration
from newslabel.evaluate.metrics import Metrics, classification_metrics, histogram
from newslabel.models.contracts import POSITIVE
from newslabel.recipes import CalibrationRecipe, Recipe
from newslabel.storage import filesystem
from newslabel.tokens.splits import VALIDATION
from newslabel.train.batches import ordered_batches
from newslabel.train.divergence import diverged
from newslabel.train.part import Part, readable
from newslabel.train.work_files import CALIBRATION

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

ROWS_AT_ONCE = 64  # a training's batches have about as many, and this shall take no more memory
SHARE_EDGES = np.linspace(0, 1, 21)
TOKEN_EDGES = np.concatenate([[0], 2.0 ** np.arange(18)])
Infer = Callable[[np.ndarray], "tf.Tensor"]


class Answers(NamedTuple):
    """What a model says of a part's rows, and the truth: float and bool (rows,).

    A probability is NaN where scoring, too, finds nothing to judge by, and says UNSURE.
    """

    probabilities: np.ndarray
    is_positive: np.ndarray

    @property
    def judged(self) -> "Answers":
        """Those of the rows of which the model says anything."""
        is_judged = ~np.isnan(self.probabilities)
        return Answers(self.probabilities[is_judged], self.is_positive[is_judged])


class PartMetrics(Metrics):
    """The figures of a part's articles that are judged, and how many are not, which no other figure counts."""

    unjudged: int


class Evaluation(TypedDict):
    """A part's figures, and the distributions that later articles are held against.

    `metrics` are accuracy and its like; `reference` are histograms of probability, and of all articles' n_tokens and
    unknown_share. Probabilities are calibrated, and of those articles alone that scoring gives one: an article without
    a word that the model knows is UNSURE there, and neither right nor wrong here.
    """

    metrics: PartMetrics
    reference: dict[str, Any]


def inference(model: "keras.Model") -> Infer:
    """The network as one compiled function of token ids (Keras' own predict costs much a call, and holds on to memory).

    Compiled once, it takes batches of every shape.
    """
    import tensorflow as tf

    infer: Infer = tf.function(model, input_signature=[tf.TensorSpec((None, None), tf.int32)])
    return infer


def gathered_answers(infer: Infer, part: Part, recipe: Recipe) -> Answers:
    """What the network says of the rows of all ranks, all of which must call it; NaN of those without a known word.

    Args:
        infer: from token ids to the two classes.
        part: the rank's rows.
        recipe: its learning rate, for the message.

    Raises:
        DataError: the training diverged.
    """
    from newslabel.train.horovod_keras import gathered_rows

    probabilities = gathered_rows(positive_probabilities(infer, part), part.total_rows)
    is_positive = gathered_rows(part.is_positive.astype(np.uint8), part.total_rows).astype(bool)
    if not np.isfinite(probabilities).all():
        raise diverged("in the end: the network's answers are no numbers", recipe.training.learning_rate)
    is_known = gathered_rows(part.is_known.astype(np.uint8), part.total_rows).astype(bool)
    return Answers(np.where(is_known, probabilities, np.nan), is_positive)


def evaluations_of(
    answers: Mapping[str, Answers], files: Mapping[str, Sequence[str]], recipe: Recipe
) -> dict[str, Any]:
    """Each part's Evaluation by calibrated probabilities, and beside them what calibrates them.

    Args:
        answers: of all rows of each part.
        files: the Parquet files of each part.
        recipe: its threshold, and whether it wants to be calibrated.

    Raises:
        DataError: a file cannot be read.
    """
    recipe = recipe.model_copy(update={"calibration": calibration_of(answers, recipe)})
    evaluations = {part: evaluation_of(said, files[part], recipe) for part, said in answers.items()}
    return {**evaluations, CALIBRATION: recipe.calibration.model_dump()}


def calibration_of(answers: Mapping[str, Answers], recipe: Recipe) -> CalibrationRecipe:
    """What the validation part calibrates the model by; nothing, where there is no such part or none is asked for."""
    if not recipe.training.calibrate or VALIDATION not in answers:
        return CalibrationRecipe()
    judged = answers[VALIDATION].judged
    return fitted_calibration(judged.is_positive, judged.probabilities)


def evaluation_of(answers: Answers, files: Sequence[str], recipe: Recipe) -> Evaluation:
    """A part's figures.

    Args:
        answers: of all its rows.
        files: the Parquet files that hold these.
        recipe: its threshold and calibration.

    Raises:
        DataError: a file cannot be read.
    """
    judged = answers.judged
    probabilities = calibrated(judged.probabilities, recipe.calibration)
    metrics = classification_metrics(judged.is_positive, probabilities, threshold=recipe.decision.threshold)
    return Evaluation(
        metrics=PartMetrics(**metrics, unjudged=len(answers.probabilities) - len(probabilities)),
        reference={
            "probability": histogram(probabilities, SHARE_EDGES),
            "n_tokens": histogram(_column(files, "n_tokens"), TOKEN_EDGES),
            "unknown_share": histogram(_column(files, "unknown_share"), SHARE_EDGES),
        },
    )


def positive_probabilities(infer: Infer, part: Part) -> np.ndarray:
    """The probability of the positive class at each position of a part: float32 (positions,)."""
    batches = ordered_batches(part, batch_size=ROWS_AT_ONCE)
    return np.concatenate([infer(batch.token_ids).numpy()[:, POSITIVE] for batch in batches])


def _column(files: Sequence[str], name: str) -> np.ndarray:
    columns = []
    for uri in files:
        with readable(uri):
            where, path = filesystem(uri)
            table = pq.read_table(path, columns=[name], filesystem=where, partitioning=None)
            columns.append(table[name].to_numpy())
    return np.concatenate(columns)
