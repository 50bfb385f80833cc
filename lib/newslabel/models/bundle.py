"""A trained model on disk: one folder, no pickle, nothing used before its SHA-256 is checked."""

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from newslabel.errors import BundleError, SettingsError, os_errors_as
from newslabel.models.copies import local_copy
from newslabel.models.families import check_encoder, load_keras_family, load_network
from newslabel.models.manifest import MANIFEST_FILE, Manifest, hash_files, verified_manifest
from newslabel.recipes import Recipe
from newslabel.storage import download_folder, exists, filesystem, is_remote, join, upload_folder
from newslabel.tokens.vocabulary import Vocabulary

if TYPE_CHECKING:
    import keras

MODEL_FILE = "model.keras"
RECIPE_FILE = "recipe.toml"
VOCABULARY_FILE = "vocabulary.arrow"
STOP_WORDS_FILE = "stopwords.txt"
METRICS_FILE = "metrics.json"
REFERENCE_FILE = "reference.json"
EPOCHS_FILE = "epochs.csv"
WEIGHTS_FOLDER = "weights"
UNREADABLE = "the bundle cannot be read"
NEEDED = {RECIPE_FILE, VOCABULARY_FILE, STOP_WORDS_FILE, METRICS_FILE, REFERENCE_FILE}


@dataclass(frozen=True)
class Bundle:
    """A model that was read back, every file as it was written.

    Attributes:
        path: its local folder.
        manifest: format, hashes, data and code version.
        recipe: the recipe as trained.
        vocabulary: its words.
        stop_words: the words that its cleaning drops.
        metrics: of its validation and test parts.
    """

    path: Path
    manifest: Manifest
    recipe: Recipe
    vocabulary: Vocabulary
    stop_words: tuple[str, ...]
    metrics: Mapping[str, Any]

    @property
    def bundle_id(self) -> str:
        """12 hexadecimal digits that stand for all its files."""
        return self.manifest.bundle_id

    def weights(self, name: str) -> np.ndarray:
        """An array of the scoring kernel, mapped from disk, so that all processes of a host share it.

        Raises:
            BundleError: the family has no such array, or it cannot be read.
        """
        file = f"{WEIGHTS_FOLDER}/{name}.npy"
        if file not in self.manifest.files:
            raise BundleError(f"the bundle {self.path} has no weights of that name. Received: {name!r}")
        with os_errors_as(BundleError, UNREADABLE, str(self.path)):
            weights: np.ndarray = np.load(self.path / file, mmap_mode="r", allow_pickle=False)
        return weights

    def reference(self) -> dict[str, Any]:
        """The distributions of the validation part: of probability, n_tokens and unknown_share."""
        with os_errors_as(BundleError, UNREADABLE, str(self.path)):
            values: dict[str, Any] = json.loads((self.path / REFERENCE_FILE).read_bytes())
        return values

    def epochs(self) -> list[dict[str, float]]:
        """The figures of each epoch; none where the bundle does not tell them."""
        if EPOCHS_FILE not in self.manifest.files:
            return []
        with os_errors_as(BundleError, UNREADABLE, str(self.path)):
            lines = (self.path / EPOCHS_FILE).read_text(encoding="utf-8").splitlines()
        return [{name: float(value) for name, value in epoch.items()} for epoch in csv.DictReader(lines)]

    def keras_model(self) -> "keras.Model":
        """The Keras network, loaded in safe mode.

        Raises:
            SettingsError: its family has none.
        """
        return load_network(self.path / MODEL_FILE, self.recipe.family)


def load_bundle(uri: str, cache_dir: Path | None = None) -> Bundle:
    """The bundle at a place; a remote one is copied to this host once.

    Args:
        uri: its folder.
        cache_dir: where copies of remote bundles are kept; default: a folder of this user's in the temporary one.

    Raises:
        BundleError: no bundle, another format version, one that cannot be read, or a file that is missing, changed or
            too many (names the file, what was wanted and what was found); or a recipe whose family there is not, or
            cannot read what its encoder gives.
        SettingsError: the folder of copies cannot be written.
    """
    with os_errors_as(BundleError, UNREADABLE, uri):
        path = local_copy(uri, cache_dir) if is_remote(uri) else Path(filesystem(uri)[1])
        manifest = verified_manifest(path)
        if lacking := NEEDED - set(manifest.files):
            raise BundleError(f"not a bundle: it lacks {', '.join(sorted(lacking))}. Received: {uri!r}")
        bundle = _read(path, manifest)
    _check_encoder(bundle)
    return bundle


def is_gone(uri: str) -> bool:
    """Whether there is no bundle at a place any more, not even its manifest.

    Raises:
        BundleError: the place does not answer, so that nobody can tell.
    """
    with os_errors_as(BundleError, UNREADABLE, uri):
        return not exists(join(uri, MANIFEST_FILE))


def _read(path: Path, manifest: Manifest) -> Bundle:
    return Bundle(
        path=path,
        manifest=manifest,
        recipe=Recipe.from_toml((path / RECIPE_FILE).read_text(encoding="utf-8"), origin=str(path / RECIPE_FILE)),
        vocabulary=Vocabulary.from_bytes((path / VOCABULARY_FILE).read_bytes()),
        stop_words=tuple((path / STOP_WORDS_FILE).read_text(encoding="utf-8").split("\n")[:-1]),
        metrics=json.loads((path / METRICS_FILE).read_bytes()),
    )


def _check_encoder(bundle: Bundle) -> None:
    """Raises BundleError where the model cannot read what its recipe's encoder gives."""
    try:
        check_encoder(bundle.recipe)
    except SettingsError as error:
        raise BundleError(f"the bundle {bundle.path}: {error}") from error


def write_network(folder: Path, model: "keras.Model", family: str) -> None:
    """Writes what a bundle keeps of a network: Keras' own file, and the arrays of the scoring kernel.

    Args:
        folder: a new local folder.
        model: the trained network.
        family: its family.

    Raises:
        OSError: the folder cannot be written.
    """
    write_weights(folder, load_keras_family(family).kernel_weights(model))
    model.save(folder / MODEL_FILE)


def write_weights(folder: Path, weights: Mapping[str, np.ndarray]) -> None:
    """Writes arrays that `Bundle.weights` reads: all that a bundle keeps of a learner.

    Args:
        folder: a new local folder.
        weights: by name.

    Raises:
        OSError: the folder cannot be written.
    """
    (folder / WEIGHTS_FOLDER).mkdir(parents=True)
    for name, array in weights.items():
        np.save(folder / WEIGHTS_FOLDER / f"{name}.npy", array, allow_pickle=False)


def save_bundle(  # noqa: PLR0913 - everything that a model is
    uri_root: str,
    *,
    recipe: Recipe,
    vocabulary: Vocabulary,
    stop_words: Sequence[str],
    network: str,
    metrics: Mapping[str, Any],
    epochs: Sequence[Mapping[str, float]],
    reference: Mapping[str, Any],
    versions: Mapping[str, str],
) -> str:
    """The place of a new bundle: RECIPE-BUNDLE_ID under the root, there whole or not at all.

    Args:
        uri_root: where bundles are kept.
        recipe: the recipe as trained.
        vocabulary: the words of its ids.
        stop_words: the words that its cleaning drops.
        network: the folder, wherever it is, in which `write_network` or `write_weights` put what was trained.
        metrics: of the validation and the test part.
        epochs: the figures of each epoch, the same keys in each; none of most learners.
        reference: the distributions of the validation part.
        versions: `data_version` and `code_version`.

    Raises:
        SettingsError: the network cannot be read; or the root cannot be written: the bundle is then kept in a temporary
            folder, which the message names.
    """
    texts = _texts(recipe, stop_words, metrics, epochs, reference)
    with _new_folder() as folder:
        with os_errors_as(SettingsError, "the trained network cannot be read", network):
            download_folder(network, folder)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        vocabulary.save(folder / VOCABULARY_FILE)
        manifest = _write_manifest(folder, versions)
        bundle = folder.rename(folder.with_name(f"{recipe.name}-{manifest.bundle_id}"))
    return _uploaded(bundle, uri_root)


def _texts(
    recipe: Recipe,
    stop_words: Sequence[str],
    metrics: Mapping[str, Any],
    epochs: Sequence[Mapping[str, float]],
    reference: Mapping[str, Any],
) -> dict[str, str]:
    """The bundle's text files by name."""
    return {
        RECIPE_FILE: recipe.to_toml(),
        STOP_WORDS_FILE: "".join(f"{word}\n" for word in stop_words),
        METRICS_FILE: json.dumps(metrics, indent=1),
        REFERENCE_FILE: json.dumps(reference),
        **({EPOCHS_FILE: _csv(epochs)} if epochs else {}),
    }


@contextmanager
def _new_folder() -> Iterator[Path]:
    """A local folder to make a bundle in, which stays unless that fails."""
    with os_errors_as(SettingsError, "the temporary folder must have room for a bundle", tempfile.gettempdir()):
        temporary = Path(tempfile.mkdtemp(prefix="newslabel-bundle-"))
        try:
            folder = temporary / "bundle"
            folder.mkdir()
            yield folder
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


def _write_manifest(folder: Path, versions: Mapping[str, str]) -> Manifest:
    manifest = Manifest(
        files=hash_files(folder),
        data_version=versions["data_version"],
        code_version=versions["code_version"],
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    (folder / MANIFEST_FILE).write_bytes(manifest.to_bytes())
    return manifest


def _uploaded(bundle: Path, uri_root: str) -> str:
    """The bundle's place below the root; a training is not lost for want of room there."""
    uri = join(uri_root, bundle.name)
    kept = (
        f"the finished bundle is kept in {bundle}; copied to a lasting place, train_model --bundle PLACE registers it"
    )
    with os_errors_as(SettingsError, f"models.root must be writable ({kept})", uri_root):
        upload_folder(bundle, uri)
    shutil.rmtree(bundle.parent, ignore_errors=True)
    return uri


def _csv(epochs: Sequence[Mapping[str, float]]) -> str:
    table = io.StringIO()
    writer = csv.DictWriter(table, fieldnames=list(epochs[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(epochs)
    return table.getvalue()
