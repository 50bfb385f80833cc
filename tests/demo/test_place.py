"""The demo empties its own folder and no other."""

from pathlib import Path

import pytest

from newslabel.configure import load_settings
from newslabel.demo.place import fresh_folder
from newslabel.errors import SettingsError, TransientError


def _settings(folder: Path, *overrides: str):
    own = [
        "corpus.name=demo",
        f"tables.root={folder / 'tables'}",
        f"models.root={folder / 'models'}",
        f"models.tracking_uri=sqlite:///{folder / 'mlflow.db'}",
        f"score.cache={folder / 'cache'}",
    ]
    return load_settings(None, overrides=[*own, *overrides], environ={})


def test_a_folder_that_is_not_there_is_made(tmp_path):
    with fresh_folder(_settings(tmp_path / "new" / "demo")) as folder:
        assert folder == tmp_path / "new" / "demo"
    assert (tmp_path / "new" / "demo").is_dir()


def test_what_an_earlier_demo_left_is_removed(tmp_path):
    settings = _settings(tmp_path / "demo")
    with fresh_folder(settings) as folder:
        (folder / "tables" / "articles").mkdir(parents=True)
        (folder / "mlflow.db").write_bytes(b"old")
    with fresh_folder(settings):
        assert [place.name for place in folder.iterdir()] == [".made-by-run_demo"]


def test_a_demo_at_work_is_left_alone_by_another(tmp_path):
    settings = _settings(tmp_path / "demo")
    with fresh_folder(settings) as folder:
        (folder / "mlflow.db").touch()
        with pytest.raises(TransientError, match="another demo is at work"), fresh_folder(settings):
            pass
        assert (folder / "mlflow.db").exists()


def test_what_a_link_points_to_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").touch()
    settings = _settings(tmp_path / "demo")
    with fresh_folder(settings) as folder:
        (folder / "link").symlink_to(tmp_path / "mine")
    with fresh_folder(settings):
        pass
    assert (tmp_path / "mine" / "file").exists()
    assert not (tmp_path / "demo" / "link").is_symlink()


def test_a_folder_that_no_demo_made_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.txt").touch()
    with (
        pytest.raises(SettingsError, match="empties no folder that it did not make"),
        fresh_folder(_settings(tmp_path)),
    ):
        pass
    assert (tmp_path / "thesis.txt").exists()


def test_another_corpus_is_refused(tmp_path):
    with (
        pytest.raises(SettingsError, match=r"on the corpus 'demo' alone.*Received: corpus.name = 'news'"),
        fresh_folder(_settings(tmp_path / "demo", "corpus.name=news")),
    ):
        pass


@pytest.mark.parametrize("place", ["models.root=/elsewhere/models", "tables.root=s3a://bucket/demo/tables"])
def test_places_outside_of_one_folder_are_refused(tmp_path, place):
    with (
        pytest.raises(SettingsError, match="keeps all it makes in one folder"),
        fresh_folder(_settings(tmp_path / "demo", place)),
    ):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(SettingsError, match=r"cannot be made: .*Received: '.*file/demo'"),
        fresh_folder(_settings(tmp_path / "file" / "demo")),
    ):
        pass
