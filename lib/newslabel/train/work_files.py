"""What lies in a training's work folder: what ranks read, how far they are, what they made."""

import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from newslabel.errors import DataError, SettingsError, os_errors_as
from newslabel.storage import delete_folder, download_folder, exists, join, read_bytes, upload_folder, write_bytes
from newslabel.tokens.preset import CONFIG_FILE, WEIGHTS_FILE
from newslabel.train.checkpoint import Checkpoint
from newslabel.train.plan import TrainingPlan

PLAN_FILE = "plan.json"
EPOCHS_FILE = "epochs.json"
PROGRESS_FILE = "progress.json"
CHECKPOINT_FILE = "checkpoint.npz"
VECTORS_FILE = "vectors.npy"
EVALUATIONS_FILE = "evaluations.json"
CALIBRATION = "calibration"  # beside the parts in the evaluations
IMPORTANCES = "importances"
NETWORK_FOLDER = "network"
PRESET_FOLDER = "preset"
UNWRITABLE = "models.root must be writable"


@dataclass(frozen=True)
class Progress:
    """How far the ranks are in an epoch.

    Attributes:
        epoch: its number, from 1.
        step, steps: how many are done, and there are.
        loss: the mean over the epoch so far, of rank 0.
        samples_per_s: texts of all ranks, in this epoch.
        seconds_left: till the last epoch's end, at that speed.
    """

    epoch: int
    step: int
    steps: int
    loss: float
    samples_per_s: float
    seconds_left: float


def write_plan(work_uri: str, plan: TrainingPlan) -> None:
    """Puts the plan where ranks read it."""
    write_file(work_uri, PLAN_FILE, plan.model_dump_json().encode())


def read_plan(work_uri: str) -> TrainingPlan:
    """The plan of a training.

    Raises:
        DataError: there is none, or it is broken.
    """
    file = join(work_uri, PLAN_FILE)
    with os_errors_as(DataError, "the plan of a training cannot be read", file):
        return TrainingPlan.from_json(read_bytes(file), origin=file)


def write_checkpoint(work_uri: str, checkpoint: Checkpoint) -> None:
    """Replaces the checkpoint, whole or not at all."""
    write_file(work_uri, CHECKPOINT_FILE, checkpoint.to_bytes())


def read_checkpoint(work_uri: str) -> Checkpoint | None:
    """The newest checkpoint, or None where there is none yet.

    Raises:
        DataError: it cannot be read, or is broken.
    """
    file = join(work_uri, CHECKPOINT_FILE)
    with os_errors_as(DataError, "the checkpoint cannot be read", file):
        return Checkpoint.from_bytes(read_bytes(file), origin=file) if exists(file) else None


def write_progress(work_uri: str, progress: Progress) -> None:
    """Replaces what stands there of how far the ranks are."""
    write_file(work_uri, PROGRESS_FILE, json.dumps(asdict(progress)).encode())


def read_progress(work_uri: str) -> Progress | None:
    """How far the ranks were when they last told."""
    file = join(work_uri, PROGRESS_FILE)
    return Progress(**json.loads(read_bytes(file))) if exists(file) else None


def write_vectors(work_uri: str, vectors: np.ndarray) -> None:
    """Puts the vectors, float32 (vocabulary size, width), where ranks read them."""
    data = io.BytesIO()
    np.save(data, vectors, allow_pickle=False)
    write_file(work_uri, VECTORS_FILE, data.getvalue())


def read_vectors(work_uri: str) -> np.ndarray:
    """The vectors of the words, float32 (vocabulary size, width)."""
    file = join(work_uri, VECTORS_FILE)
    with os_errors_as(SettingsError, "models.root must be readable from every host", file):
        vectors: np.ndarray = np.load(io.BytesIO(read_bytes(file)), allow_pickle=False)
    return vectors


def write_preset(work_uri: str, preset: str) -> None:
    """Puts a pretrained network where ranks read it: what lies on the driver's host need not lie on theirs.

    Args:
        work_uri: the work folder.
        preset: a local folder.

    Raises:
        SettingsError: it cannot be read, or the work folder cannot be written.
    """
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        with os_errors_as(SettingsError, "bert.preset must be readable", preset):
            data = (Path(preset) / name).read_bytes()
        write_file(work_uri, f"{PRESET_FOLDER}/{name}", data)


def read_preset(work_uri: str, folder: Path) -> Path:
    """The local folder, now with the pretrained network in it."""
    uri = join(work_uri, PRESET_FOLDER)
    with os_errors_as(SettingsError, "models.root must be readable from every host", uri):
        download_folder(uri, folder)
    return folder


def write_epochs(work_uri: str, epochs: list[dict[str, float]]) -> None:
    """Replaces the figures of the epochs so far."""
    write_file(work_uri, EPOCHS_FILE, json.dumps(epochs).encode())


def read_epochs(work_uri: str) -> list[dict[str, float]]:
    """The figures of the epochs so far."""
    epochs: list[dict[str, float]] = json.loads(read_bytes(join(work_uri, EPOCHS_FILE)))
    return epochs


def write_evaluations(work_uri: str, evaluations: dict[str, Any]) -> None:
    """Puts there what the ranks found.

    That is of each part that has examples `metrics` and `reference`; `calibration`; and of some learners `importances`.
    """
    write_file(work_uri, EVALUATIONS_FILE, json.dumps(evaluations).encode())


def read_evaluations(work_uri: str) -> dict[str, Any]:
    """What the ranks found, as `write_evaluations` has it."""
    evaluations: dict[str, Any] = json.loads(read_bytes(join(work_uri, EVALUATIONS_FILE)))
    return evaluations


def put_network(work_uri: str, folder: Path) -> str:
    """Puts a trained network's folder in the place of one that an earlier try left, and returns its place.

    Raises:
        SettingsError: it cannot be written.
    """
    uri = join(work_uri, NETWORK_FOLDER)
    with os_errors_as(SettingsError, UNWRITABLE, work_uri):
        delete_folder(uri)
        upload_folder(folder, uri)
    return uri


def write_file(work_uri: str, name: str, data: bytes) -> str:
    """Puts a file into the folder, and returns its place.

    Raises:
        SettingsError: it cannot be written.
    """
    uri = join(work_uri, name)
    with os_errors_as(SettingsError, UNWRITABLE, uri):
        write_bytes(uri, data)
    return uri
