"""What a trial leaves: a Parquet file of the test articles' probabilities, with its figures, there whole or not at all.

Files of trials outlive the comparison that asked for them: whoever compares the same recipe on the same articles finds
them.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from newslabel.compare.options import Trial
from newslabel.errors import DataError, SettingsError, os_errors_as
from newslabel.settings import Settings
from newslabel.storage import filesystem, is_file, join, read_bytes, write_bytes
from newslabel.tokens.preset import NETWORK_FILES

COMPARISONS = "comparisons"  # below models.root
TRIALS = "trials"
FIGURES = b"newslabel.figures"  # a key of the file's metadata
BYTES_AT_ONCE = 1 << 20
FORMAT = 2  # of trials: a change of the code that changes what they show makes it grow, and all are made anew
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TrialResult:
    """What came of a trial.

    Attributes:
        table: article_id (string), is_positive (bool), probability (double, null where the scorer says none), of every
            article of the test part, by its id.
        figures: train_seconds, samples_per_s, articles_per_s, bundle_bytes, train_rows, positive_share (of the
            training part) and evaluated (the figures of the test part that the training itself told).
    """

    table: pa.Table
    figures: Mapping[str, Any]

    @property
    def article_ids(self) -> npt.NDArray[np.str_]:
        """Which articles tested: (N,)."""
        ids: npt.NDArray[np.str_] = self.table["article_id"].to_numpy().astype(str)
        return ids

    @property
    def is_positive(self) -> npt.NDArray[np.bool_]:
        """The truth: (N,)."""
        truth: npt.NDArray[np.bool_] = self.table["is_positive"].to_numpy()
        return truth

    @property
    def probabilities(self) -> Floats:
        """What the bundle says: (N,); of an article with no word that it knows, how frequent the class was in training.

        So every article counts for every recipe, and an article that a model knows nothing of is one of its guesses.
        """
        said: Floats = self.table["probability"].to_numpy()
        return np.where(np.isnan(said), self.figures["positive_share"], said)

    @property
    def is_scored(self) -> npt.NDArray[np.bool_]:
        """Of which articles the scorer gives a probability: (N,)."""
        is_scored: npt.NDArray[np.bool_] = self.table["probability"].is_valid().to_numpy()
        return is_scored

    @property
    def unscored(self) -> int:
        """Of how many articles the scorer says nothing."""
        return int(self.table["probability"].null_count)


def trial_id(trial: Trial, tokenization_id: str) -> str:
    """The name of what these inputs give: RECIPE-HASH.

    Args:
        trial: the training.
        tokenization_id: stands for the articles, their parts and what the recipe reads of them.
    """
    inputs = {
        "recipe": trial.recipe.model_dump(mode="json", exclude={"name"}),
        "tokenization": tokenization_id,
        "glove": None if trial.glove is None else content_hash(trial.glove),
        "preset": None if trial.preset is None else [content_hash(join(trial.preset, name)) for name in NETWORK_FILES],
        "workers": trial.workers,
        "format": FORMAT,
    }
    return f"{trial.recipe.name}-{hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]}"


@cache
def content_hash(uri: str) -> str:
    """The SHA-256 of a file, read once a process.

    Raises:
        DataError: it cannot be read.
    """
    place = uri.partition("#")[0]  # what of an archive is meant
    found = hashlib.sha256(uri.partition("#")[2].encode())
    with os_errors_as(DataError, "what a training begins with cannot be read", uri):
        where, path = filesystem(place)
        with where.open_input_stream(path, compression=None) as stream:
            while data := stream.read(BYTES_AT_ONCE):
                found.update(data)
    return found.hexdigest()


def read_result(settings: Settings, name: str) -> TrialResult | None:
    """The result of a trial, or None where there is none yet.

    Raises:
        DataError: it cannot be read.
    """
    file = _file(settings, name)
    with os_errors_as(DataError, "the result of a trial cannot be read", file):
        if not is_file(file):
            return None
        data = read_bytes(file)
    try:
        table = pq.read_table(pa.BufferReader(data))
        return TrialResult(table, json.loads(table.schema.metadata[FIGURES]))
    except (pa.ArrowException, LookupError, TypeError, ValueError) as error:
        raise DataError(f"the result of a trial is spoilt, delete it: {error}. Received: {file!r}") from error


def write_result(settings: Settings, name: str, result: TrialResult) -> None:
    """Keeps a result.

    Raises:
        SettingsError: it cannot be written.
    """
    data = io.BytesIO()
    pq.write_table(result.table.replace_schema_metadata({FIGURES: json.dumps(result.figures)}), data)
    write_beside(settings, data.getvalue(), TRIALS, f"{name}.parquet")


def write_beside(settings: Settings, data: bytes, *names: str) -> str:
    """Puts a file below the folder of comparisons, and returns its place.

    Raises:
        SettingsError: it cannot be written.
    """
    uri = join(settings.models.root, COMPARISONS, *names)
    with os_errors_as(SettingsError, "models.root must be writable", uri):
        write_bytes(uri, data)
    return uri


def _file(settings: Settings, name: str) -> str:
    return join(settings.models.root, COMPARISONS, TRIALS, f"{name}.parquet")
