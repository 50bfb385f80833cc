"""What a trained network says of the validation and test parts."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pyarrow.parquet as pq
import tensorflow as tf

from newslabel.evaluate.metrics import Metrics, classification_metrics, histogram
from newslabel.models.families import load_network
from newslabel.recipes import Recipe
from newslabel.storage import filesystem, join, read_bytes
from newslabel.train.batches import ordered_batches
from newslabel.train.part import Part, read_part
from newslabel.train.work_folder import MODEL_FILE

ROWS_AT_ONCE = 256
POSITIVE = 1
SHARE_EDGES = np.linspace(0, 1, 21)
TOKEN_EDGES = np.concatenate([[0], 2.0 ** np.arange(18)])


@dataclass(frozen=True)
class Evaluation:
    """A part's figures, and the distributions that later articles are held against.

    Attributes:
        metrics: accuracy and its like.
        reference: histograms of probability, n_tokens and unknown_share.
    """

    metrics: Metrics
    reference: dict[str, Any]


def load_trained(work_uri: str, family: str) -> keras.Model:
    """The network that rank 0 left in the work folder."""
    with tempfile.TemporaryDirectory(prefix="newslabel-trained-") as folder:
        file = Path(folder) / MODEL_FILE
        file.write_bytes(read_bytes(join(work_uri, MODEL_FILE)))
        return load_network(file, family)


def evaluate_part(model: keras.Model, files: Sequence[str], recipe: Recipe) -> Evaluation | None:
    """What the network says of a part, or None where the part has no examples.

    Args:
        model: from token ids to the two classes.
        files: the part's Parquet files.
        recipe: its classes and threshold.
    """
    if not files:
        return None
    with tempfile.TemporaryDirectory(prefix="newslabel-part-") as folder:
        part = read_part(files, rank=0, ranks=1, positive=recipe.classes.positive, folder=Path(folder))
        part = replace(part, pads_front=recipe.tokens.padding == "front")
        probabilities = positive_probabilities(model, part)
    return Evaluation(
        metrics=classification_metrics(part.is_positive, probabilities, threshold=recipe.decision.threshold),
        reference={
            "probability": histogram(probabilities, SHARE_EDGES),
            "n_tokens": histogram(_column(files, "n_tokens"), TOKEN_EDGES),
            "unknown_share": histogram(_column(files, "unknown_share"), SHARE_EDGES),
        },
    )


def positive_probabilities(model: keras.Model, part: Part) -> np.ndarray:
    """The probability of the positive class of each row of a part: float32 (rows,)."""
    # Keras' own predict costs much a call, and holds on to memory
    infer = tf.function(model, input_signature=[tf.TensorSpec((None, None), tf.int32)])
    batches = ordered_batches(part, batch_size=ROWS_AT_ONCE)
    return np.concatenate([infer(batch.token_ids).numpy()[:, POSITIVE] for batch in batches])


def _column(files: Sequence[str], name: str) -> np.ndarray:
    columns = []
    for uri in files:
        where, path = filesystem(uri)
        columns.append(pq.read_table(path, columns=[name], filesystem=where, partitioning=None)[name].to_numpy())
    return np.concatenate(columns)
