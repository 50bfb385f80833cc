"""The demo's own folder, which it may empty because it made it."""

import shutil
from pathlib import Path

from newslabel.errors import SettingsError
from newslabel.settings import Settings

CORPUS = "demo"
MARK = ".made-by-run_demo"
SQLITE = "sqlite:///"


def fresh_folder(settings: Settings) -> Path:
    """The folder that holds the demo's tables, models, registry and cache, emptied of an earlier demo.

    Args:
        settings: of the corpus named "demo"; all its places lie in the folder of `tables.root`, on this machine.

    Raises:
        SettingsError: they are other settings, the folder cannot be written, or it holds what no demo made.
    """
    if settings.corpus.name != CORPUS:
        raise SettingsError(
            f"the demo works on the corpus {CORPUS!r} alone. Received: corpus.name = {settings.corpus.name!r}"
        )
    folder = Path(settings.tables.root).parent
    for key, place in _places(settings).items():
        if "://" in place or folder not in Path(place).parents:
            raise SettingsError(f"the demo keeps all it makes in one folder, {folder}. Received: {key} = {place!r}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _empty(folder)
        (folder / MARK).touch()
    except OSError as error:
        raise SettingsError(f"the demo's folder cannot be made: {error.strerror}. Received: {str(folder)!r}") from error
    return folder


def _places(settings: Settings) -> dict[str, str]:
    return {
        "tables.root": settings.tables.root,
        "models.root": settings.models.root,
        "models.tracking_uri": settings.models.tracking_uri.removeprefix(SQLITE),
        "score.cache": settings.score.cache,
    }


def _empty(folder: Path) -> None:
    """Removes all but the mark, so that a run that was killed here is still known for the demo's."""
    found = list(folder.iterdir())
    if found and folder / MARK not in found:
        raise SettingsError(f"the demo empties no folder that it did not make. Received: {str(folder)!r}")
    for place in found:
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        elif place.name != MARK:
            place.unlink()
