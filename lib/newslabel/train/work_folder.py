"""The folder in which a training's ranks and driver meet: what ranks read, how far they are, what they made."""

import json
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import psutil

from newslabel.errors import DataError, SettingsError, os_errors_as
from newslabel.logs import log_event, run_id
from newslabel.settings import Settings
from newslabel.storage import delete_folder, exists, join, list_names, newest_change, read_bytes, write_bytes
from newslabel.train.divergence import DivergedError
from newslabel.train.work_files import CHECKPOINT_FILE, EPOCHS_FILE, NETWORK_FOLDER, UNWRITABLE, write_file

WORK_FOLDERS = "_work"
OWNER_FILE = "owner.json"
# what a training that was killed, or could not save its network, leaves is there for so long
DAYS_KEPT = 14


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
def used_up(work_uri: str, *, keeps: bool = True) -> Iterator[None]:
    """Deletes a work folder at the end.

    Args:
        work_uri: the folder.
        keeps: whether, where the work fails, what can be gone on with, or is a network, stays.
    """
    if _holds(work_uri, OWNER_FILE):
        check_free(work_uri)
    me = psutil.Process()
    owner = {"host": socket.gethostname(), "pid": me.pid, "began": me.create_time()}
    write_file(work_uri, OWNER_FILE, json.dumps(owner).encode())
    try:
        yield
    except BaseException as error:
        can_go_on = keeps and _holds(work_uri, CHECKPOINT_FILE)
        if can_go_on and not isinstance(error, DivergedError):  # which it would do again
            log_event("training_kept", resume=resume_command(work_uri), days=DAYS_KEPT)
        if keeps and _holds(work_uri, NETWORK_FOLDER):
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
