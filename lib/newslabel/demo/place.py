"""The demo's own folder, which it may empty because it made it."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from newslabel.errors import SettingsError, TransientError, os_errors_as
from newslabel.settings import SQLITE, Settings

CORPUS = "demo"
MARK = ".made-by-run_demo"
CANNOT_BE_MADE = "the demo's folder cannot be made"


@contextmanager
def fresh_folder(settings: Settings) -> Iterator[Path]:
    """The folder that holds the demo's tables, models, registry and cache, emptied of an earlier demo; ours to the end.

    Args:
        settings: of the corpus named "demo"; all its places lie in the folder of `tables.root`, on this machine.

    Raises:
        SettingsError: they are other settings, the folder cannot be written, or it holds what no demo made.
        TransientError: another demo is at work in it.
    """
    if settings.corpus.name != CORPUS:
        raise SettingsError(
            f"the demo works on the corpus {CORPUS!r} alone. Received: corpus.name = {settings.corpus.name!r}"
        )
    folder = Path(settings.tables.root).parent
    for key, place in _places(settings).items():
        if "://" in place or folder not in Path(place).parents:
            raise SettingsError(f"the demo keeps all it makes in one folder, {folder}. Received: {key} = {place!r}")
    with _marked(folder) as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TransientError(f"another demo is at work in this folder. Received: {str(folder)!r}") from error
        with os_errors_as(SettingsError, CANNOT_BE_MADE, str(folder)):
            _empty(folder)
        yield folder


def _marked(folder: Path) -> IO[str]:
    """The mark, open, in a folder that a demo made, or makes now."""
    with os_errors_as(SettingsError, CANNOT_BE_MADE, str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()) and not (folder / MARK).exists():
            raise SettingsError(f"the demo empties no folder that it did not make. Received: {str(folder)!r}")
        return (folder / MARK).open("w")


def _places(settings: Settings) -> dict[str, str]:
    return {
        "tables.root": settings.tables.root,
        "models.root": settings.models.root,
        "models.tracking_uri": settings.models.tracking_uri.removeprefix(SQLITE),
        "score.cache": settings.score.cache,
    }


def _empty(folder: Path) -> None:
    """Removes all but the mark, so that a run that was killed here is still known for the demo's."""
    for place in list(folder.iterdir()):
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        elif place.name != MARK:
            place.unlink()
