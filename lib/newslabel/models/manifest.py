"""What a bundle says of itself: its format, each file's SHA-256, the versions of data and code it was made from."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from newslabel.errors import BundleError

MANIFEST_FILE = "manifest.json"
FORMAT = "newslabel-bundle"
# 1: its recipe names the family lstm, of which recurrent is the successor. 2: it has the scoring kernel's arrays of one
# recurrent network only, an LSTM with the maximum, and its readers take those of another network for such a one's
FORMAT_VERSION = 3
BUNDLE_ID_DIGITS = 12
BYTES_READ_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """A bundle's own description.

    Attributes:
        files: SHA-256 by name, relative to the bundle's folder, of every file but the manifest.
        data_version: the tokenization that it was trained on.
        code_version: of the package, with the commit where there was one.
        made_at: when, UTC, as ISO 8601 has it.
    """

    files: Mapping[str, str]
    data_version: str
    code_version: str
    made_at: str
    format: str = FORMAT
    format_version: int = FORMAT_VERSION

    @property
    def bundle_id(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of the list of files."""
        listed = "".join(f"{digest}  {name}\n" for name, digest in sorted(self.files.items()))
        return hashlib.sha256(listed.encode()).hexdigest()[:BUNDLE_ID_DIGITS]

    def to_bytes(self) -> bytes:
        """The manifest as JSON."""
        return json.dumps({"bundle_id": self.bundle_id, **asdict(self)}, indent=1, sort_keys=True).encode()


def read_manifest(data: bytes, origin: str) -> Manifest:
    """The manifest in a file's bytes.

    Args:
        data: JSON.
        origin: the bundle's place, for messages.

    Raises:
        BundleError: not a manifest, of another format version, or changed.
    """
    try:
        values: dict[str, Any] = json.loads(data)
        version = values["format_version"] if values["format"] == FORMAT else None
    except (ValueError, TypeError, KeyError) as error:
        raise BundleError(f"{MANIFEST_FILE} is not that of a bundle. Received: {origin!r}") from error
    if version != FORMAT_VERSION:
        raise BundleError(
            f"a bundle must have the format {FORMAT} {FORMAT_VERSION}, which this version of newslabel reads. "
            f"Received: {values['format']} {values['format_version']} ({origin})"
        )
    return _checked(values, origin)


def hash_files(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file below a folder, by its name there."""
    return {name: hash_file(folder / name) for name in _names(folder)}


def hash_file(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(BYTES_READ_AT_ONCE):
            digest.update(block)
    return digest.hexdigest()


def verified_manifest(folder: Path) -> Manifest:
    """The manifest of a local bundle, once every file has been found to be as it says.

    Raises:
        BundleError: names the file, what was wanted and what was found.
    """
    file = folder / MANIFEST_FILE
    if not file.is_file():
        raise BundleError(f"not a bundle: there is no {MANIFEST_FILE}. Received: {str(folder)!r}")
    manifest = read_manifest(file.read_bytes(), str(folder))
    there = set(_names(folder)) - {MANIFEST_FILE}
    for name in sorted(there - set(manifest.files)):
        raise BundleError(f"{folder}: wanted no file that {MANIFEST_FILE} does not list. Received: {name!r}")
    for name, wanted in sorted(manifest.files.items()):
        found = hash_file(folder / name) if name in there else "no such file"
        if found != wanted:
            raise BundleError(f"{folder}: {name} is not as it was made: wanted SHA-256 {wanted}. Received: {found}")
    return manifest


def _checked(values: dict[str, Any], origin: str) -> Manifest:
    bundle_id = values.pop("bundle_id", None)
    try:
        manifest = Manifest(**values)
        computed = manifest.bundle_id
        inside = all(not PurePosixPath(name).is_absolute() and ".." not in name.split("/") for name in manifest.files)
    except (TypeError, AttributeError) as error:
        raise BundleError(f"{MANIFEST_FILE} is not that of a bundle: {error}. Received: {origin!r}") from error
    if bundle_id != computed or not inside:
        raise BundleError(
            f"{origin}: {MANIFEST_FILE} is not as it was made: wanted bundle_id {computed}. Received: {bundle_id!r}"
        )
    return manifest


def _names(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if not path.is_dir())
