import os
import time
from pathlib import Path
from unittest.mock import ANY

import numpy as np
import pytest

from newslabel.errors import SettingsError
from newslabel.logs import run_id
from newslabel.train import work_folder as rooms
from newslabel.train.work_folder import EpochLines, read_epochs, work_folder, write_epochs, write_vectors


def test_it_is_below_the_models_root_and_goes_at_the_end(settings):
    with work_folder(settings) as uri:
        assert Path(uri).parent == Path(settings.models.root) / "_work"
        assert read_epochs(uri) == []
    assert not Path(uri).exists()


def test_it_goes_when_training_fails(settings):
    with pytest.raises(ZeroDivisionError), work_folder(settings) as uri:
        raise ZeroDivisionError
    assert not Path(uri).exists()


def test_it_stays_where_a_network_was_trained_and_could_not_be_kept(settings, capsys):
    work = work_folder(settings)
    uri = work.__enter__()
    (Path(uri) / "network").mkdir()
    assert not work.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert Path(uri).exists()
    assert f"event=trained_network_kept run_id={run_id()} folder={uri}/network" in capsys.readouterr().err


def test_what_a_killed_training_left_goes_after_some_days(settings):
    root = Path(settings.models.root) / "_work"
    for name, days in (("forgotten", 15), ("of_last_week", 7)):
        (root / name).mkdir(parents=True)
        (root / name / "epochs.json").touch()
        for place in (root / name / "epochs.json", root / name):
            os.utime(place, (time.time() - days * 86400,) * 2)
    with work_folder(settings) as uri:
        assert {place.name for place in root.iterdir()} == {"of_last_week", Path(uri).name}


def test_vectors_lie_there_as_they_were(settings):
    with work_folder(settings) as uri:
        place = write_vectors(uri, np.array([[1.5, 2.5]], np.float32))
        read = np.load(place, allow_pickle=False)
    assert read.dtype == np.float32
    assert read.tolist() == [[1.5, 2.5]]


def test_a_folder_that_cannot_be_written_any_more_is_said(settings):
    with work_folder(settings) as uri:
        (Path(uri) / "vectors.npy").mkdir()
        with pytest.raises(SettingsError, match=rf"models.root must be writable: .*Received: '{uri}/vectors.npy'"):
            write_vectors(uri, np.zeros((1, 2), np.float32))


def test_a_folder_that_cannot_be_deleted_loses_no_training(settings, monkeypatch, capsys):
    def fail(uri):
        raise PermissionError("not yours")

    monkeypatch.setattr(rooms, "delete_folder", fail)
    with work_folder(settings) as uri:
        pass
    assert "event=work_folder_left" in capsys.readouterr().err
    assert Path(uri).exists()


def test_every_epoch_is_logged_once_and_a_look_that_fails_ends_nothing(settings, monkeypatch):
    logged = []
    monkeypatch.setattr(rooms, "log_event", lambda event, **fields: logged.append((event, fields)))
    with work_folder(settings) as uri:
        show = EpochLines(uri, epochs=2)
        show()
        write_epochs(uri, [{"epoch": 1, "loss": 0.123456, "seconds": 2.0}])
        show()
        show()
        write_epochs(uri, [{"epoch": 1, "loss": 0.123456, "seconds": 2.0}, {"epoch": 2, "loss": 0.1, "seconds": 2.0}])
        show()
    show()
    assert logged[2:] == [("epochs_not_read", {"reason": ANY})]
    assert logged[:2] == [
        ("epoch", {"epoch": "1/2", "loss": 0.1235, "seconds": 2.0}),
        ("epoch", {"epoch": "2/2", "loss": 0.1, "seconds": 2.0}),
    ]
