"""The folder in which a training's ranks and driver meet: what ranks read, how far they are, what they made."""

import io
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from newslabel.errors import SettingsError, os_errors_as
from newslabel.logs import log_event, run_id
from newslabel.settings import Settings
from newslabel.storage import delete_folder, exists, join, list_names, newest_change, read_bytes, write_bytes

WORK_FOLDERS = "_work"
EPOCHS_FILE = "epochs.json"
VECTORS_FILE = "vectors.npy"
EVALUATIONS_FILE = "evaluations.json"
NETWORK_FOLDER = "network"
UNWRITABLE = "models.root must be writable"
# what a training that was killed, or could not save its network, leaves is there for so long
DAYS_KEPT = 14


@contextmanager
def work_folder(settings: Settings) -> Iterator[str]:
    """A new folder below `models.root`, which every host reaches; deleted at the end.

    Where the work fails with a trained network in it, it stays, and is named in the log.

    Raises:
        SettingsError: the root cannot be written.
    """
    _delete_forgotten(join(settings.models.root, WORK_FOLDERS))
    uri = join(settings.models.root, WORK_FOLDERS, f"{run_id()}-{uuid.uuid4().hex[:8]}")
    with os_errors_as(SettingsError, UNWRITABLE, settings.models.root):
        write_bytes(join(uri, EPOCHS_FILE), b"[]")
    try:
        yield uri
    except BaseException:
        if _holds_network(uri):
            log_event("trained_network_kept", folder=join(uri, NETWORK_FOLDER), days=DAYS_KEPT)
        else:
            _delete(uri)
        raise
    _delete(uri)


def write_vectors(work_uri: str, vectors: np.ndarray) -> str:
    """Puts the vectors where ranks read them, and returns that place."""
    data = io.BytesIO()
    np.save(data, vectors, allow_pickle=False)
    return write_file(work_uri, VECTORS_FILE, data.getvalue())


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


def _holds_network(work_uri: str) -> bool:
    try:
        return exists(join(work_uri, NETWORK_FOLDER))
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


class EpochLines:
    """Logs every epoch once, when it is called after the epoch's end."""

    def __init__(self, work_uri: str, *, epochs: int) -> None:
        self._work_uri = work_uri
        self._epochs = epochs
        self._shown = 0

    def __call__(self) -> None:
        """Logs the epochs that have ended since the last call."""
        try:
            epochs = read_epochs(self._work_uri)
        except OSError as error:
            # no training is lost because somebody could not look on
            log_event("epochs_not_read", reason=error)
            return
        for figures in epochs[self._shown :]:
            self._shown += 1
            rounded = {name: round(value, 4) for name, value in figures.items() if name != "epoch"}
            log_event("epoch", epoch=f"{self._shown}/{self._epochs}", **rounded)
