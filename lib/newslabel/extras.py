"""What is installed only where somebody asks for it."""

from importlib.util import find_spec

from newslabel.errors import SettingsError

OF_BERT = ("keras_hub", "tokenizers", "safetensors")  # of requirements-bert.txt, those that are imported here


def check_bert() -> None:
    """Raises SettingsError where the extra `bert` is not installed; imports nothing of it."""
    missing = [name for name in OF_BERT if find_spec(name) is None]
    if missing:
        raise SettingsError(
            "a BERT needs the extra bert, on every host: run make setup EXTRAS=bert. "
            f"Received: no {', no '.join(missing)}"
        )
