"""A host's own copies of bundles that lie elsewhere: one a bundle, made once, whoever asks first."""

import fcntl
import getpass
import tempfile
import uuid
from pathlib import Path

from newslabel.errors import BundleError
from newslabel.models.manifest import MANIFEST_FILE, read_manifest, verified_manifest
from newslabel.storage import download_folder, join, read_bytes


def local_copy(uri: str, cache_dir: Path | None) -> Path:
    """The local folder that holds a copy of a bundle, named by its hash.

    Args:
        uri: the bundle's place.
        cache_dir: where copies are kept; default: a folder of this user's in the temporary one.

    Raises:
        BundleError: there is no bundle, or it is damaged.
    """
    folder = cache_dir or Path(tempfile.gettempdir()) / f"newslabel-{getpass.getuser()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy = folder / f"bundle-{_remote_id(uri)}"
    # processes of a host ask at the same time; the first one copies, the others wait for it
    with copy.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not copy.exists():
            _download(uri, copy)
    return copy


def _remote_id(uri: str) -> str:
    try:
        data = read_bytes(join(uri, MANIFEST_FILE))
    except OSError as error:
        raise BundleError(f"not a bundle: {MANIFEST_FILE} cannot be read: {error}. Received: {uri!r}") from error
    return read_manifest(data, uri).bundle_id


def _download(uri: str, copy: Path) -> None:
    """Copies aside, verifies, then renames, so that a copy is whole or not there."""
    aside = copy.with_name(f"{copy.name}.{uuid.uuid4().hex[:8]}.part")
    aside.mkdir()
    download_folder(uri, aside)
    verified_manifest(aside)
    aside.rename(copy)
