import dataclasses
import errno
import json
import re
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest

from newslabel.errors import BundleError, SettingsError
from newslabel.models import load_bundle
from newslabel.models.copies import local_copy
from newslabel.models.manifest import hash_files, read_manifest
from newslabel.models.recurrent_layers import kernel_weights

FILES = [
    "epochs.csv",
    "manifest.json",
    "metrics.json",
    "model.keras",
    "recipe.toml",
    "reference.json",
    "stopwords.txt",
    "vocabulary.arrow",
    "weights/dense_bias.npy",
    "weights/dense_kernel.npy",
    "weights/output_bias.npy",
    "weights/output_kernel.npy",
    "weights/recurrent.npy",
    "weights/table.npy",
]


@pytest.fixture
def folder(save, tmp_path) -> Path:
    return Path(save(str(tmp_path / "models")))


def rewrite_manifest(folder: Path, **changes: object) -> None:
    file = folder / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_a_bundle_is_read_back_as_it_was_saved(folder, recipe, vocabulary, model):
    bundle = load_bundle(str(folder))
    assert bundle.recipe == recipe
    assert bundle.vocabulary.words.to_pylist() == ["crawl", "press", "naïve"]
    assert bundle.stop_words == ("the", "of")
    assert bundle.metrics["test"] == {"accuracy": 0.5}
    assert bundle.reference() == {"probability": {"edges": [0.0, 0.5, 1.0], "counts": [3, 1]}}
    assert bundle.manifest.data_version == "tiny-0123456789ab"
    assert bundle.manifest.code_version == "0.1.0+gabc"
    for name, weights in kernel_weights(model).items():
        assert (bundle.weights(name) == weights).all()
    token_ids = np.array([[2, 3, 4, 0]], np.int32)
    assert (bundle.keras_model()(token_ids).numpy() == model(token_ids).numpy()).all()


def test_a_bundle_holds_these_files_and_no_other(folder):
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == FILES
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert re.fullmatch("tiny-[0-9a-f]{12}", folder.name)
    assert load_bundle(str(folder)).bundle_id == folder.name.removeprefix("tiny-")


def test_epochs_stand_a_line_each(folder):
    assert (folder / "epochs.csv").read_text() == (
        "epoch,loss,accuracy,val_loss,val_accuracy,seconds\n1,0.7,0.5,0.6,0.75,2.5\n2,0.5,0.75,0.5,0.75,2.0\n"
    )


def test_no_file_of_a_bundle_is_a_pickle(folder):
    for path in folder.rglob("*.npy"):
        np.load(path, allow_pickle=False)
    assert not [name for name in FILES if name.endswith((".pkl", ".pickle", ".joblib", ".h5"))]


def test_weights_are_mapped_from_disk(folder):
    assert isinstance(load_bundle(str(folder)).weights("table"), np.memmap)


def test_weights_that_a_bundle_lacks_are_named(folder):
    with pytest.raises(BundleError, match=r"no weights of that name. Received: '../recipe'"):
        load_bundle(str(folder)).weights("../recipe")


@pytest.mark.parametrize("name", [name for name in FILES if name != "manifest.json"])
def test_a_changed_byte_is_found_in_any_file(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(
        BundleError, match=rf"{re.escape(name)} is not as it was made: wanted SHA-256 .{{64}}. Received: "
    ):
        load_bundle(str(folder))


def test_a_missing_file_is_named(folder):
    (folder / "weights/table.npy").unlink()
    with pytest.raises(BundleError, match=r"weights/table.npy is not as it was made: .*Received: no such file"):
        load_bundle(str(folder))


def test_a_file_too_many_is_named(folder):
    (folder / "weights/extra.npy").write_bytes(b"x")
    with pytest.raises(BundleError, match=r"Received: 'weights/extra.npy'"):
        load_bundle(str(folder))


def test_another_format_version_is_refused(folder):
    rewrite_manifest(folder, format_version=2)
    with pytest.raises(BundleError, match=r"must have the format newslabel-bundle 3.*Received: newslabel-bundle 2"):
        load_bundle(str(folder))


def test_a_changed_list_of_files_is_found(folder):
    (folder / "stopwords.txt").write_text("a\n")
    rewrite_manifest(
        folder, files={name: digest for name, digest in hash_files(folder).items() if "manifest" not in name}
    )
    with pytest.raises(BundleError, match=r"manifest.json is not as it was made: wanted bundle_id"):
        load_bundle(str(folder))


def test_a_bundle_without_recipe_is_none(folder):
    (folder / "recipe.toml").unlink()
    files = {name: digest for name, digest in hash_files(folder).items() if "manifest" not in name}
    manifest = json.loads((folder / "manifest.json").read_text()) | {"files": files}
    with pytest.raises(BundleError, match="wanted bundle_id") as raised:
        read_manifest(json.dumps(manifest).encode(), "here")
    bundle_id = re.search(r"wanted bundle_id (\w+)", str(raised.value))[1]
    rewrite_manifest(folder, files=files, bundle_id=bundle_id)
    with pytest.raises(BundleError, match=r"not a bundle: it lacks recipe.toml"):
        load_bundle(str(folder))


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b"{}",
        b'{"format": "x", "format_version": 1}',
        b'{"format": "newslabel-bundle", "format_version": 3}',
    ],
)
def test_what_is_no_manifest_is_refused(folder, manifest):
    (folder / "manifest.json").write_bytes(manifest)
    with pytest.raises(BundleError, match="Received: "):
        load_bundle(str(folder))


def test_a_file_outside_the_bundle_is_not_followed(folder):
    listed = json.loads((folder / "manifest.json").read_text())["files"] | {"../stolen": "0" * 64}
    rewrite_manifest(folder, files=listed)
    with pytest.raises(BundleError, match=r"manifest.json is not as it was made"):
        load_bundle(str(folder))


@pytest.mark.parametrize("place", ["nowhere", "empty"])
def test_a_folder_that_is_no_bundle_is_named(tmp_path, place):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BundleError, match=rf"not a bundle: there is no manifest.json. Received: '.*{place}'"):
        load_bundle(str(tmp_path / place))


def test_a_host_keeps_one_verified_copy_of_a_bundle_that_lies_elsewhere(folder, tmp_path):
    cache = tmp_path / "cache"
    copy = local_copy(str(folder), cache)
    assert copy == cache / f"bundle-{folder.name.removeprefix('tiny-')}"
    assert load_bundle(str(copy)).stop_words == ("the", "of")
    kept = (copy / "recipe.toml").stat().st_mtime_ns
    assert local_copy(str(folder), cache) == copy
    assert (copy / "recipe.toml").stat().st_mtime_ns == kept


def test_a_copy_that_somebody_else_put_there_is_not_used(folder, tmp_path, monkeypatch):
    copy = local_copy(str(folder), tmp_path / "cache")
    (copy / "stopwords.txt").write_text("a\n")
    files = {name: digest for name, digest in hash_files(copy).items() if "manifest" not in name}
    manifest = read_manifest((copy / "manifest.json").read_bytes(), "here")
    (copy / "manifest.json").write_bytes(dataclasses.replace(manifest, files=files).to_bytes())
    with pytest.raises(BundleError, match=f"{copy} must be a copy of {folder}, .*; delete it. Received: "):
        local_copy(str(folder), tmp_path / "cache")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "shared"))
    monkeypatch.setattr("newslabel.models.copies.os.getuid", lambda: 12345)
    with pytest.raises(SettingsError, match=r"to another user: set score.cache. Received: .*shared/newslabel-12345'"):
        local_copy(str(folder), None)


def test_a_damaged_bundle_leaves_no_copy(folder, tmp_path):
    (folder / "stopwords.txt").write_text("a\n")
    with pytest.raises(BundleError, match=r"stopwords.txt is not as it was made"):
        local_copy(str(folder), tmp_path / "cache")
    assert not [path for path in (tmp_path / "cache").glob("bundle-*") if path.suffix == ""]


def test_a_place_without_a_bundle_leaves_no_copy(tmp_path):
    with pytest.raises(BundleError, match=r"not a bundle: manifest.json cannot be read"):
        local_copy(str(tmp_path / "nowhere"), tmp_path / "cache")


def test_a_bundle_moved_to_another_folder_is_the_same(folder, tmp_path):
    shutil.move(folder, tmp_path / "elsewhere")
    assert load_bundle(str(tmp_path / "elsewhere")).bundle_id == folder.name.removeprefix("tiny-")


def test_what_cannot_be_read_is_no_traceback(folder, tmp_path):
    with pytest.raises(BundleError, match=r"the bundle cannot be read: .*File name too long.*Received: 'x{5000}'"):
        load_bundle("x" * 5000)
    bundle = load_bundle(str(folder))
    for name in ("weights/table.npy", "reference.json"):
        (folder / name).unlink()
        (folder / name).symlink_to(tmp_path / "nowhere")
    for reads in (lambda: bundle.weights("table"), bundle.reference, lambda: load_bundle(str(folder))):
        with pytest.raises(BundleError, match=f"the bundle cannot be read: .*No such file.*Received: '{folder}'"):
            reads()


@pytest.mark.parametrize("cache", ["file", "file/cache"])
def test_a_cache_that_cannot_be_written_is_a_wrong_setting(folder, tmp_path, cache):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=f"score.cache, .*must be writable: .*Received: '{tmp_path / cache}'"):
        local_copy(str(folder), tmp_path / cache)


def test_a_copy_for_which_there_is_no_room_is_said_and_leaves_nothing(folder, tmp_path, monkeypatch):
    def fail(uri: str, aside: Path) -> None:
        (aside / "half").touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("newslabel.models.copies.download_folder", fail)
    cache = tmp_path / "cache"
    with pytest.raises(BundleError, match=f"cannot be copied to {cache}: .*No space left.*Received: '{folder}'"):
        local_copy(str(folder), cache)
    assert [path.suffix for path in cache.iterdir()] == [".lock"]


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> Path:
    """The temporary folder, of this test alone."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "temporary"


def test_a_bundle_that_cannot_be_put_into_its_root_is_kept(save, tmp_path, temporary):
    (tmp_path / "file").touch()
    root = str(tmp_path / "file")
    with pytest.raises(SettingsError, match=rf"models.root must be writable .*Received: '{root}'") as raised:
        save(root)
    (kept,) = temporary.glob("newslabel-bundle-*/tiny-*")
    assert f"is kept in {kept}; " in str(raised.value)
    assert "train_model --bundle PLACE registers it" in str(raised.value)
    assert load_bundle(str(kept)).stop_words == ("the", "of")


def test_a_saved_bundle_leaves_nothing_behind(save, tmp_path, temporary):
    save(str(tmp_path / "models"))
    assert list(temporary.iterdir()) == []


def test_no_room_to_make_a_bundle_is_said_and_leaves_nothing_behind(save, tmp_path, temporary, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("newslabel.models.bundle.hash_files", fail)
    with pytest.raises(
        SettingsError, match=rf"temporary folder must have room .*No space left.*Received: '{temporary}'"
    ):
        save(str(tmp_path / "models"))
    assert list(temporary.iterdir()) == []


def test_epochs_are_read_back_as_numbers(folder):
    assert load_bundle(str(folder)).epochs()[1] == {
        "epoch": 2, "loss": 0.5, "accuracy": 0.75, "val_loss": 0.5, "val_accuracy": 0.75, "seconds": 2.0,
    }  # fmt: skip
