"""The folder in which a training's ranks and driver meet: what ranks read, how far they are, what they made."""

import io
import json
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psutil

from newslabel.errors import DataError, SettingsError, os_errors_as
from newslabel.logs import log_event, run_id
from newslabel.settings import Settings
from newslabel.storage import delete_folder, exists, join, list_names, newest_change, read_bytes, write_bytes
from newslabel.train.checkpoint import Checkpoint
from newslabel.train.divergence import DivergedError
from newslabel.train.plan import TrainingPlan

WORK_FOLDERS = "_work"
PLAN_FILE = "plan.json"
EPOCHS_FILE = "epochs.json"
OWNER_FILE = "owner.json"
PROGRESS_FILE = "progress.json"
CHECKPOINT_FILE = "checkpoint.npz"
VECTORS_FILE = "vectors.npy"
EVALUATIONS_FILE = "evaluations.json"
NETWORK_FOLDER = "network"
UNWRITABLE = "models.root must be writable"
# what a training that was killed, or could not save its network, leaves is there for so long
DAYS_KEPT = 14


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


def new_work_folder(settings: Settings) -> str:
    """A new folder below `models.root`, which every host reaches.

    Raises:
        SettingsError: the root cannot be written.
    """
    _delete_forgotten(join(settings.models.root, WORK_FOLDERS))
    uri = join(settings.models.root, WORK_FOLDERS, f"{run_id()}-{uuid.uuid4().hex[:8]}")
    with os_errors_as(SettingsError, UNWRITABLE, settings.models.root):
        write_bytes(join(uri, EPOCHS_FILE), b"[]")
    return uri


def work_folder_of(settings: Settings, run: str) -> str:
    """The folder of a training that did not come to its end.

    Args:
        settings: of the corpus.
        run: the folder's name, or how it begins, as the run_id of the log's lines does.

    Raises:
        SettingsError: there is none of that name, or more than one.
    """
    folders = join(settings.models.root, WORK_FOLDERS)
    with os_errors_as(SettingsError, "models.root must be readable", folders):
        there = list_names(folders)
    found = [name for name in there if run and name.startswith(run)]
    if len(found) != 1:
        known = f"there are {', '.join(there)}" if there else "there is none"
        raise SettingsError(f"name one training that did not come to its end: {known}. Received: {run!r}")
    return join(folders, found[0])


@contextmanager
def used_up(work_uri: str) -> Iterator[None]:
    """Deletes a work folder at the end; where the work fails, what can be gone on with, or is a network, stays."""
    if _holds(work_uri, OWNER_FILE):
        check_free(work_uri)
    me = psutil.Process()
    owner = {"host": socket.gethostname(), "pid": me.pid, "began": me.create_time()}
    write_file(work_uri, OWNER_FILE, json.dumps(owner).encode())
    try:
        yield
    except BaseException as error:
        can_go_on = _holds(work_uri, CHECKPOINT_FILE)
        if can_go_on and not isinstance(error, DivergedError):  # which it would do again
            log_event("training_kept", resume=resume_command(work_uri), days=DAYS_KEPT)
        if _holds(work_uri, NETWORK_FOLDER):
            log_event("trained_network_kept", folder=join(work_uri, NETWORK_FOLDER), days=DAYS_KEPT)
        elif not can_go_on:
            _delete(work_uri)
        if can_go_on and isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt(f"run {resume_command(work_uri)}") from error
        raise
    _delete(work_uri)


def check_free(work_uri: str) -> None:
    """Raises SettingsError where another process on this host is still at work in the folder."""
    file = join(work_uri, OWNER_FILE)
    with os_errors_as(DataError, "the work of a training cannot be read", file):
        owner = json.loads(read_bytes(file))
    with suppress(psutil.NoSuchProcess):
        is_owner = owner["pid"] != os.getpid() and psutil.Process(owner["pid"]).create_time() == owner["began"]
        if owner["host"] == socket.gethostname() and is_owner:
            raise SettingsError(
                f"this training is still at work, in process {owner['pid']}. Received: {work_uri.rpartition('/')[2]!r}"
            )


def resume_command(work_uri: str) -> str:
    """What goes on with a training."""
    return f"train_model --resume {work_uri.rpartition('/')[2]}"


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


def write_epochs(work_uri: str, epochs: list[dict[str, float]]) -> None:
    """Replaces the figures of the epochs so far."""
    write_file(work_uri, EPOCHS_FILE, json.dumps(epochs).encode())


def read_epochs(work_uri: str) -> list[dict[str, float]]:
    """The figures of the epochs so far."""
    epochs: list[dict[str, float]] = json.loads(read_bytes(join(work_uri, EPOCHS_FILE)))
    return epochs


def write_evaluations(work_uri: str, evaluations: dict[str, Any]) -> None:
    """Puts there what the ranks found of each part: `metrics` and `reference`, or None for a part without examples."""
    write_file(work_uri, EVALUATIONS_FILE, json.dumps(evaluations).encode())


def read_evaluations(work_uri: str) -> dict[str, Any]:
    """What the ranks found of each part."""
    evaluations: dict[str, Any] = json.loads(read_bytes(join(work_uri, EVALUATIONS_FILE)))
    return evaluations


def write_file(work_uri: str, name: str, data: bytes) -> str:
    """Puts a file into the folder, and returns its place.

    Raises:
        SettingsError: it cannot be written.
    """
    uri = join(work_uri, name)
    with os_errors_as(SettingsError, UNWRITABLE, uri):
        write_bytes(uri, data)
    return uri


def _holds(work_uri: str, name: str) -> bool:
    try:
        return exists(join(work_uri, name))
    except OSError:  # then nothing can be deleted either
        return True


def _delete_forgotten(folders_uri: str) -> None:
    oldest = datetime.now(UTC) - timedelta(days=DAYS_KEPT)
    try:
        for uri in (join(folders_uri, name) for name in list_names(folders_uri)):
            changed_at = newest_change(uri)
            if changed_at is not None and changed_at < oldest:
                _delete(uri)
                log_event("forgotten_work_folder_deleted", folder=uri)
    except OSError as error:
        log_event("forgotten_work_folders_left", folder=folders_uri, reason=error)


def _delete(work_uri: str) -> None:
    try:
        delete_folder(work_uri)
    except OSError as error:
        # no training is lost because somebody could not tidy up
        log_event("work_folder_left", folder=work_uri, reason=error)
