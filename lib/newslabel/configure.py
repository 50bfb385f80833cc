"""Settings from a file, the environment and the command line, checked before anything starts."""

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from newslabel.errors import SettingsError, nearest
from newslabel.settings import SQLITE, LocationMark, Settings

ENVIRONMENT_PREFIX = "NEWSLABEL_"
Values = dict[str, dict[str, Any]]


def load_settings(
    file: Path | None, *, overrides: Sequence[str] = (), environ: Mapping[str, str] | None = None
) -> Settings:
    """The settings of a corpus.

    Args:
        file: a settings file, or None for the defaults; its relative places are taken from its folder.
        overrides: `section.key=value`, which win over all; relative places are taken from the working directory.
        environ: variables like NEWSLABEL_SCORE__BATCH_SIZE, which win over the file; default: the process'.

    Raises:
        SettingsError: a file that cannot be read, an unknown key (names the nearest) or a wrong value.
    """
    variables = os.environ if environ is None else environ
    folder = file.resolve().parent if file else Path.cwd() / "conf"
    sources = (
        (_default_places(), folder),
        (_from_file(file) if file else {}, folder),
        (_from_pairs(_environment_pairs(variables)), Path.cwd()),
        (_from_pairs(_override_pairs(overrides)), Path.cwd()),
    )
    merged: Values = {}
    for values, origin in sources:
        _merge(merged, _anchored(values, origin))
    return _validated(merged, str(file or "the defaults"))


def _default_places() -> Values:
    """The places that a file may leave out: they are anchored like its own."""
    return {
        section: {key: field.get_default() for key, field in _fields(section).items() if _is_location(field)}
        for section in Settings.model_fields
    }


def _is_location(field: FieldInfo) -> bool:
    return any(isinstance(mark, LocationMark) for mark in field.metadata)


def _from_file(file: Path) -> Values:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"the settings file cannot be read: {error.strerror}. Received: {str(file)!r}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file is not TOML: {error}. Received: {str(file)!r}") from error


def _environment_pairs(environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for variable, value in sorted(environ.items()):
        if variable.startswith(ENVIRONMENT_PREFIX) and "__" in variable:
            yield variable, variable.removeprefix(ENVIRONMENT_PREFIX).lower().replace("__", "."), value


def _override_pairs(overrides: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or "." not in key:
            raise SettingsError(f"--set takes section.key=value, like score.batch_size=256. Received: {override!r}")
        yield f"--set {override}", key.strip(), value.strip()


def _from_pairs(pairs: Iterator[tuple[str, str, str]]) -> Values:
    values: dict[str, Any] = {}
    for origin, dotted, text in pairs:
        *sections, key = dotted.split(".")
        target = values
        for section in sections:
            target = target.setdefault(section, {})
            if not isinstance(target, dict):
                raise SettingsError(
                    f"{origin}: {section} was given a value before, and has no keys. Received: {dotted!r}"
                )
        target[key] = _parsed(origin, text)
    return values


def _parsed(origin: str, text: str) -> Any:
    """Lists and tables are TOML; anything else is text, of which pydantic makes the number or truth value it needs."""
    if not text.startswith(("[", "{")):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{origin}: the value is not a TOML list or table: {error}. Received: {text!r}") from error


def _merge(into: dict[str, Any], values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = dict(value) if isinstance(value, Mapping) else value


def _anchored(values: Mapping[str, Any], folder: Path) -> Values:
    return {
        section: (
            {key: _anchored_value(section, key, value, folder) for key, value in keys.items()}
            if isinstance(keys, Mapping)
            else keys
        )
        for section, keys in values.items()
    }


def _anchored_value(section: str, key: str, value: Any, folder: Path) -> Any:
    field = _fields(section).get(key)
    if field is None or not isinstance(value, str) or not _is_location(field):
        return value
    if value.startswith(SQLITE):
        return SQLITE + str(_absolute(value.removeprefix(SQLITE), folder))
    return value if "://" in value else str(_absolute(value, folder))


def _absolute(path: str, folder: Path) -> Path:
    return Path(os.path.normpath(folder / Path(path).expanduser()))


def _fields(section: str) -> dict[str, FieldInfo]:
    model = Settings.model_fields[section].annotation if section in Settings.model_fields else None
    return model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else {}


def _validated(values: Values, origin: str) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        problems = "\n".join(_problem(details) for details in error.errors())
        raise SettingsError(f"{problems}\n(settings from {origin}, the environment and --set)") from error


def _problem(details: Any) -> str:
    location = [str(part) for part in details["loc"]]
    dotted = ".".join(location)
    if details["type"] == "extra_forbidden":
        known = Settings.model_fields if len(location) == 1 else _fields(location[0])
        return f"there is no setting {dotted!r}.{nearest(location[-1], known)} Received: {details['input']!r}"
    message = details["msg"].removeprefix("Value error, ")
    received = "" if "Received" in message else f". Received: {details['input']!r}"
    return f"{dotted}: {message}{received}"
