"""One text labelled on the spot, without Spark."""

import json
from dataclasses import dataclass
from pathlib import Path

from newslabel.errors import DataError, SettingsError
from newslabel.models import Registry
from newslabel.score.scorer import Scorer, load_scorer
from newslabel.score.versions import champion_of
from newslabel.settings import Settings


@dataclass(frozen=True)
class TextLabel:
    """What a model says of a text.

    Attributes:
        label: a class, or UNSURE.
        probability: of the positive class, 4 decimals, or None where nothing is left to score.
        reason: why UNSURE, else None.
        version: which model says so.
        why: the words that moved the probability most, the class that each moved it towards, and by how much it moved
            the log-odds, above 0 towards the positive class.
    """

    label: str
    probability: float | None
    reason: str | None
    version: str
    why: tuple[tuple[str, str, float], ...] = ()

    def facts(self) -> list[tuple[str, str | float]]:
        """What is to be shown, name and value."""
        shown = [
            ("label", self.label),
            ("probability", self.probability),
            ("reason", self.reason),
            ("model", self.version),
        ]
        return [(name, value) for name, value in shown if value is not None]


def label_text(
    settings: Settings, text: str, *, bundle: str | None = None, model: str | None = None, explain: int = 0
) -> TextLabel:
    """The label of one text, read as an article's body.

    Args:
        settings: of the corpus.
        text: the text.
        bundle: a bundle's place; no registry is asked then.
        model: a version's number, or "latest"; default: the champion.
        explain: how many words to tell of that moved it most, 50 at most.

    Raises:
        SettingsError: both a bundle and a model are named, there is no such version, or so many words are not told.
        BundleError: the bundle cannot be used, or there is no champion.
        TransientError: the registry does not answer.
    """
    scorer, version = chosen_scorer(settings, bundle=bundle, model=model)
    (label,) = scorer.label({"text": [text]}, explain).to_pylist()
    classes = scorer.recipe.classes
    return TextLabel(
        label=label["label"],
        probability=label["probability"],
        reason=label["reason"],
        version=f"{scorer.recipe.name}, {f'version {version}' if version else f'bundle {scorer.bundle_id}'}",
        why=tuple(
            (told["word"], classes.positive if told["weight"] > 0 else classes.negative, told["weight"])
            for told in json.loads(label["why"] or "[]")
        ),
    )


def chosen_scorer(settings: Settings, *, bundle: str | None, model: str | None) -> tuple[Scorer, str | None]:
    """The scorer of a bundle, or of a version, and that version's number.

    Args:
        settings: of the corpus.
        bundle: a bundle's place; no registry is asked then.
        model: a version's number, or "latest"; default: the champion.

    Raises:
        SettingsError: both a bundle and a model are named, or there is no such version.
        BundleError: the bundle cannot be used, or there is no champion.
        TransientError: the registry does not answer.
    """
    if bundle and model:
        raise SettingsError(f"--bundle and --model exclude each other. Received: {bundle!r} and {model!r}")
    uri, version = (bundle, None) if bundle else _registered(settings, model)
    return load_scorer(uri, settings.score.cache), version


def text_or_file(text: str | None, file: Path | None) -> str:
    """The text that was given, the one way or the other.

    Args:
        text: the text itself.
        file: a file that holds it; what is not UTF-8 in it is replaced.

    Raises:
        SettingsError: both are given, or neither.
        DataError: the file cannot be read.
    """
    if (text is None) == (file is None):
        raise SettingsError(f"give either a TEXT or --file. Received: {'neither' if text is None else 'both'}")
    if file is None:
        return str(text)
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror}. Received: {str(file)!r}") from error


def _registered(settings: Settings, model: str | None) -> tuple[str, str]:
    registry = Registry(settings)
    version = registry.version(model) if model else champion_of(registry, settings)
    return version.bundle_uri, version.number
