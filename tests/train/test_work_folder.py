import io
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import ANY

import numpy as np
import pytest
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import TextColumn

from newslabel.errors import DataError, SettingsError
from newslabel.logs import run_id
from newslabel.train import progress as shows
from newslabel.train import work_folder as rooms
from newslabel.train.checkpoint import Checkpoint
from newslabel.train.progress import ShownProgress
from newslabel.train.work_files import (
    Progress,
    read_checkpoint,
    read_epochs,
    read_progress,
    read_vectors,
    write_checkpoint,
    write_epochs,
    write_progress,
    write_vectors,
)
from newslabel.train.work_folder import check_free, new_work_folder, used_up, work_folder_of

CHECKPOINT = Checkpoint(
    epoch=2,
    step=3,
    seconds=1.5,
    epochs=[{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}],
    shared=[np.array([[1.5, 2.5]], np.float32), np.array(7)],
    own=np.array([[1.0, 2.0], [3.0, 4.0]]),
)


@pytest.fixture
def folder(settings) -> str:
    return new_work_folder(settings)


def test_it_is_below_the_models_root_and_goes_at_the_end(settings, folder):
    with used_up(folder):
        assert Path(folder).parent == Path(settings.models.root) / "_work"
        assert read_epochs(folder) == []
    assert not Path(folder).exists()


def test_it_goes_when_training_fails_before_there_is_anything_to_keep(folder):
    with pytest.raises(ZeroDivisionError), used_up(folder):
        raise ZeroDivisionError
    assert not Path(folder).exists()


def test_it_stays_where_a_network_was_trained_and_could_not_be_kept(folder, capsys):
    (Path(folder) / "network").mkdir()
    with pytest.raises(ZeroDivisionError), used_up(folder):
        raise ZeroDivisionError
    assert Path(folder).exists()
    assert f"event=trained_network_kept run_id={run_id()} folder={folder}/network" in capsys.readouterr().err


def test_it_stays_where_a_training_can_be_gone_on_with_and_says_how(settings, folder, capsys):
    write_checkpoint(folder, CHECKPOINT)
    with pytest.raises(ZeroDivisionError), used_up(folder):
        raise ZeroDivisionError
    name = Path(folder).name
    assert f'event=training_kept run_id={run_id()} resume="train_model --resume {name}"' in capsys.readouterr().err
    assert work_folder_of(settings, name) == work_folder_of(settings, run_id()) == folder
    check_free(folder)


def test_of_a_trial_nothing_stays_that_could_be_gone_on_with(folder, capsys):
    write_checkpoint(folder, CHECKPOINT)
    (Path(folder) / "network").mkdir()
    with pytest.raises(ZeroDivisionError), used_up(folder, keeps=False):
        raise ZeroDivisionError
    assert not Path(folder).exists()
    assert "kept" not in capsys.readouterr().err


@pytest.mark.parametrize("run", ["0123456789ab", "", ".."])
def test_a_training_that_is_not_there_is_named_beside_those_that_are(settings, folder, run):
    with pytest.raises(SettingsError, match=rf"there are {Path(folder).name}. Received: '{run}'"):
        work_folder_of(settings, run)


def test_a_training_that_is_still_at_work_is_left_alone(folder):
    begun = "import sys, time; from newslabel.train.work_folder import used_up"
    at_work = f"{begun}\nwith used_up({folder!r}): print('at work', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", at_work], stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"at work\n"
        with pytest.raises(SettingsError, match=f"is still at work, in process {other.pid}"):
            check_free(folder)
        other.kill()
    check_free(folder)


def test_a_checkpoint_lies_there_as_it_was(folder):
    assert read_checkpoint(folder) is None
    write_checkpoint(folder, CHECKPOINT)
    read = read_checkpoint(folder)
    assert (read.epoch, read.step, read.seconds, read.epochs, read.best) == (2, 3, 1.5, CHECKPOINT.epochs, [])
    assert [(array.dtype, array.tolist()) for array in read.shared] == [(np.float32, [[1.5, 2.5]]), (np.int64, 7)]
    assert read.own.tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize("content", [b"", b"no archive", CHECKPOINT.to_bytes()[:-30]])
def test_a_broken_checkpoint_is_named(folder, content):
    (Path(folder) / "checkpoint.npz").write_bytes(content)
    with pytest.raises(DataError, match=rf"the checkpoint cannot be read: .*Received: '{folder}/checkpoint.npz'"):
        read_checkpoint(folder)


def test_what_a_killed_training_left_goes_after_some_days(settings):
    root = Path(settings.models.root) / "_work"
    for name, days in (("forgotten", 15), ("of_last_week", 7)):
        (root / name).mkdir(parents=True)
        (root / name / "epochs.json").touch()
        for place in (root / name / "epochs.json", root / name):
            os.utime(place, (time.time() - days * 86400,) * 2)
    uri = new_work_folder(settings)
    assert {place.name for place in root.iterdir()} == {"of_last_week", Path(uri).name}


def test_vectors_lie_there_as_they_were(folder):
    write_vectors(folder, np.array([[1.5, 2.5]], np.float32))
    read = read_vectors(folder)
    assert read.dtype == np.float32
    assert read.tolist() == [[1.5, 2.5]]


def test_a_folder_that_cannot_be_written_any_more_is_said(folder):
    (Path(folder) / "vectors.npy").mkdir()
    with pytest.raises(SettingsError, match=rf"models.root must be writable: .*Received: '{folder}/vectors.npy'"):
        write_vectors(folder, np.zeros((1, 2), np.float32))


def test_a_folder_that_cannot_be_deleted_loses_no_training(folder, monkeypatch, capsys):
    def fail(uri):
        raise PermissionError("not yours")

    monkeypatch.setattr(rooms, "delete_folder", fail)
    with used_up(folder):
        pass
    assert "event=work_folder_left" in capsys.readouterr().err
    assert Path(folder).exists()


@pytest.fixture
def logged(monkeypatch):
    lines = []
    monkeypatch.setattr(shows, "log_event", lambda event, **fields: lines.append((event, fields)))
    return lines


def test_every_epoch_is_logged_once_and_a_look_that_fails_ends_nothing(folder, logged):
    epochs = [{"epoch": 1, "loss": 0.123456, "seconds": 2.0}, {"epoch": 2, "loss": 0.1, "seconds": 2.0}]
    show = ShownProgress(folder, epochs=2)
    show()
    for known in (epochs[:1], epochs[:1], [], epochs):
        write_epochs(folder, known)
        show()
    assert logged == [
        ("epoch", {"epoch": "1/2", "loss": 0.1235, "seconds": 2.0}),
        ("epoch", {"epoch": "2/2", "loss": 0.1, "seconds": 2.0}),
    ]
    shutil.rmtree(folder)
    show()
    assert logged[2:] == [("progress_not_read", {"reason": ANY})]


def test_a_log_is_told_how_far_an_epoch_is_now_and_then(folder, logged, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(shows.time, "monotonic", lambda: clock[0])
    show = ShownProgress(folder, epochs=9)
    show()
    for step in (10, 20, 30):
        write_progress(folder, Progress(2, step, 40, loss=0.51239, samples_per_s=1234.5, seconds_left=61.4))
        clock[0] += 16
        show()
    show()
    assert logged == [
        ("progress", {"epoch": "2/9", "step": "20/40", "loss": 0.5124, "samples_per_s": 1234, "seconds_left": 61}),
    ]


def test_a_terminal_shows_a_bar(folder):
    bar = Bar(TextColumn("{task.description}"), console=Console(file=io.StringIO()))
    show = ShownProgress(folder, epochs=9, bar=bar)
    assert bar.tasks[0].description == "the ranks start"
    write_progress(folder, Progress(2, 10, 40, loss=0.51239, samples_per_s=1234.5, seconds_left=3725))
    show()
    [task] = bar.tasks
    assert task.description == "epoch 2/9  loss 0.5124  1,234 texts/s, 1:02:05 left"
    assert (task.completed, task.total) == (10, 40)
    assert read_progress(folder).step == 10
