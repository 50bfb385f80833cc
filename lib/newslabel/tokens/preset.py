"""A pretrained BERT's folder in Hugging Face's format: what must lie in it. Nothing is ever downloaded."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from newslabel.errors import SettingsError, os_errors_as
from newslabel.extras import check_bert
from newslabel.recipes import Recipe
from newslabel.settings import Settings
from newslabel.tokens.vocabulary import Vocabulary
from newslabel.tokens.word_pieces import MARKS, WORD_PIECES, vocabulary_of_pieces

CONFIG_FILE, WEIGHTS_FILE, TOKENIZER_FILE = "config.json", "model.safetensors", "tokenizer.json"
NETWORK_FILES = (CONFIG_FILE, WEIGHTS_FILE)
PLACES = "max_position_embeddings"
WIDTHS = 16  # a batch's width is rounded up to as many pieces at most
EMBEDDING, POOLER = "embeddings.word_embeddings.weight", "pooler.dense.weight"


def reads_preset(recipe: Recipe) -> bool:
    """Whether the recipe's words are the pieces that a preset knows."""
    return recipe.encoder == WORD_PIECES


def preset_vocabulary(folder: str) -> Vocabulary:
    """The pieces of words that a preset knows, and its tokenizer.

    Args:
        folder: the setting `bert.preset`.

    Raises:
        SettingsError: the folder is none of a BERT's, or the extra is missing.
    """
    file = Path(folder) / TOKENIZER_FILE
    with os_errors_as(SettingsError, _wanted(), folder):
        content = file.read_bytes()
    try:
        return vocabulary_of_pieces(content.decode(), str(file))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{_wanted()}; this is no UTF-8: {error}. Received: {str(file)!r}") from error


def known_vocabulary(settings: Settings, recipe: Recipe) -> Vocabulary | None:
    """The vocabulary of a recipe that stands before any article is read; None where it is counted.

    Raises:
        SettingsError: see `preset_vocabulary`.
    """
    return preset_vocabulary(settings.bert.preset) if reads_preset(recipe) else None


def check_preset(folder: str, recipe: Recipe) -> None:
    """Makes sure, without Keras, that a recipe can begin with a preset; one that reads none is left alone.

    Args:
        folder: the setting `bert.preset`.
        recipe: the recipe, how long its texts are.

    Raises:
        SettingsError: the extra is missing; the folder is none of a BERT's in Hugging Face's format, or lacks a part;
            or it knows no texts as long as the recipe's.
    """
    if not reads_preset(recipe):
        return
    check_bert()
    config = _config(folder)
    shapes = _shapes(folder)
    pieces, rows = preset_vocabulary(folder).size, shapes[EMBEDDING][0]
    if not pieces == rows == config.get("vocab_size"):
        raise SettingsError(
            f"bert.preset: {TOKENIZER_FILE}, {WEIGHTS_FILE} and {CONFIG_FILE} must be of one vocabulary. "
            f"Received: {pieces}, {rows} and {config.get('vocab_size')} pieces ({folder})"
        )
    most = config[PLACES] // WIDTHS * WIDTHS
    if not MARKS < recipe.tokens.max_tokens <= most:
        raise SettingsError(
            f"recipe {recipe.name}: tokens.max_tokens must be {MARKS + 1} to {most}, for which the preset has places. "
            f"Received: {recipe.tokens.max_tokens}"
        )


def _config(folder: str) -> Mapping[str, Any]:
    file = Path(folder) / CONFIG_FILE
    with os_errors_as(SettingsError, _wanted(), folder):
        content = file.read_bytes()
    try:
        config = json.loads(content)
        kind, positions = config["model_type"], config.get("position_embedding_type", "absolute")
        places = int(config["max_position_embeddings"])
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise SettingsError(f"{_wanted()}; this is no config of a model. Received: {str(file)!r}") from error
    if (kind, positions) != ("bert", "absolute"):
        raise SettingsError(
            f"{_wanted()}, of the model_type bert, with absolute positions. Received: {kind!r}, {positions!r} ({file})"
        )
    return {**config, PLACES: places}


def _shapes(folder: str) -> Mapping[str, tuple[int, ...]]:
    """The shapes of the arrays that no BERT lacks, by the end of their names."""
    from safetensors import SafetensorError, safe_open

    file = Path(folder) / WEIGHTS_FILE
    if not file.is_file():
        raise SettingsError(f"{_wanted()}. Received: a folder without {WEIGHTS_FILE}, {folder!r}")
    try:
        with safe_open(file, framework="np") as arrays:
            names = {end: [name for name in arrays.keys() if name.endswith(end)] for end in (EMBEDDING, POOLER)}  # noqa: SIM118 - no mapping
            return {end: tuple(arrays.get_slice(found[0]).get_shape()) for end, found in names.items()}
    except (SafetensorError, OSError, IndexError) as error:
        raise SettingsError(f"{_wanted()}, with all weights of a BERT: {error}. Received: {str(file)!r}") from error


def _wanted() -> str:
    return (
        f"bert.preset must name a folder with a BERT in Hugging Face's format ({CONFIG_FILE}, {WEIGHTS_FILE}, "
        f"{TOKENIZER_FILE}), such as git clone of a model's page, or the folder of a package that carries one, gives"
    )
