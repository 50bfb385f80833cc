"""A host's own copies of bundles that lie elsewhere: one a bundle, made once, whoever asks first."""

import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newslabel.errors import BundleError, SettingsError, os_errors_as
from newslabel.models.manifest import MANIFEST_FILE, read_manifest, verified_manifest
from newslabel.storage import download_folder, join, read_bytes


def local_copy(uri: str, cache_dir: Path | None) -> Path:
    """The local folder that holds a copy of a bundle, named by its hash.

    Args:
        uri: the bundle's place.
        cache_dir: where copies are kept; default: a folder of this user's in the temporary one.

    Raises:
        BundleError: there is no bundle, it is damaged, it cannot be copied, or its copy is of another one.
        SettingsError: the folder of copies cannot be written, or the one in the temporary folder is somebody else's.
    """
    folder = cache_dir or Path(tempfile.gettempdir()) / f"newslabel-{os.getuid()}"
    bundle_id = _remote_id(uri)
    copy = folder / f"bundle-{bundle_id}"
    with _locked(copy):
        if cache_dir is None:
            _check_owner(folder)
        with os_errors_as(BundleError, f"the bundle cannot be copied to {folder}", uri):
            if not copy.exists():
                _download(uri, copy)
            # what lies there was not made in this moment, perhaps not even by us
            found = read_manifest((copy / MANIFEST_FILE).read_bytes(), str(copy)).bundle_id
    if found != bundle_id:
        raise BundleError(f"{copy} must be a copy of {uri}, bundle {bundle_id}; delete it. Received: {found}")
    return copy


def _check_owner(folder: Path) -> None:
    """Anybody may make a folder in the temporary one, under whatever name."""
    if folder.stat().st_uid != os.getuid():
        raise SettingsError(f"the folder of copies belongs to another user: set score.cache. Received: {str(folder)!r}")


def _remote_id(uri: str) -> str:
    with os_errors_as(BundleError, f"not a bundle: {MANIFEST_FILE} cannot be read", uri):
        return read_manifest(read_bytes(join(uri, MANIFEST_FILE)), uri).bundle_id


@contextmanager
def _locked(copy: Path) -> Iterator[None]:
    """Processes of a host ask at the same time; the first one copies, the others wait for it."""
    with os_errors_as(
        SettingsError, "score.cache, where copies of bundles are kept, must be writable", str(copy.parent)
    ):
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = copy.with_suffix(".lock").open("w")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _download(uri: str, copy: Path) -> None:
    """Copies aside, verifies, then renames, so that a copy is whole or not there."""
    aside = copy.with_name(f"{copy.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        aside.mkdir()
        download_folder(uri, aside)
        verified_manifest(aside)
        aside.rename(copy)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
