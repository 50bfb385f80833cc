"""What lies beside a tokenization's table, where the disk does not do as it should."""

import errno
from pathlib import Path

import pyarrow as pa
import pytest

from newslabel.errors import DataError, TableError
from newslabel.recipes import Recipe
from newslabel.settings import Settings
from newslabel.tokens import Vocabulary
from newslabel.tokens.examples import (
    Tokenization,
    is_complete,
    load_tokenization,
    newest_tokenization,
    save_tokenization,
    tokenization_uri,
)
from newslabel.tokens.leaks import Leak

ID = "glove_lstm-0123456789ab"


@pytest.fixture
def tokenization(settings: Settings, recipe: Recipe) -> Tokenization:
    """A tokenization that is saved, without its table."""
    tokenization = Tokenization(
        id=ID,
        uri=tokenization_uri(settings, ID),
        recipe=recipe,
        vocabulary=Vocabulary(pa.array(["crawl", "press"]), pa.array([9, 5])),
        stop_words=("the", "of"),
        rows={"train": 2},
        unknown_share={"train": 0.0},
        fingerprint="1-1",
        kept_out={"no_date": 3},
        near_duplicate_pairs=7,
        leaks=(Leak("reuters", 0.95, "REAL", 0.99, 987, "datelines"), Leak("image", 0.7, "FAKE", 0.99, 12)),
    )
    save_tokenization(tokenization)
    return tokenization


def test_a_tokenization_is_read_back_as_it_was_saved(settings: Settings, tokenization: Tokenization) -> None:
    assert load_tokenization(settings, ID) == tokenization
    assert newest_tokenization(settings, "glove_lstm") == tokenization


@pytest.mark.parametrize("name", ["recipe.toml", "vocabulary.arrow", "stopwords.txt"])
def test_a_side_file_that_cannot_be_read_is_a_table_error(
    settings: Settings, tokenization: Tokenization, name: str
) -> None:
    file = Path(tokenization.uri) / "_tokenization" / name
    file.unlink()
    file.mkdir()
    with pytest.raises(TableError, match=rf"the tokenization cannot be read: .*{name}.*Received: '{tokenization.uri}'"):
        load_tokenization(settings, ID)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tokenization.json", b"{"),
        ("tokenization.json", b'{"rows": {}}'),
        ("tokenization.json", b"[1]"),
        ("vocabulary.arrow", b"ARROW1"),
        ("recipe.toml", b"\xff"),
        ("recipe.toml", b"name = 'other'"),
        ("stopwords.txt", b"\xff"),
    ],
)
def test_a_spoilt_side_file_is_a_table_error_of_its_own_recipe_alone(
    settings: Settings, tokenization: Tokenization, name: str, content: bytes
) -> None:
    Path(tokenization.uri, "_tokenization", name).write_bytes(content)
    with pytest.raises(TableError, match=rf"(?s)the tokenization cannot be read: .*{name}\)\. Received: '.*{ID}'"):
        newest_tokenization(settings, "glove_lstm")
    with pytest.raises(DataError, match="there is no tokenization of the recipe yet"):
        newest_tokenization(settings, "glove")


def test_one_that_cannot_be_written_again_is_a_table_error(tokenization: Tokenization) -> None:
    file = Path(tokenization.uri) / "_tokenization" / "tokenization.json"
    file.unlink()
    file.mkdir()
    with pytest.raises(TableError, match=rf"the tokenization cannot be written: .*Received: '{tokenization.uri}'"):
        save_tokenization(tokenization)


def test_a_root_that_is_no_folder_is_a_table_error(settings: Settings) -> None:
    root = Path(settings.tables.root)
    root.mkdir()
    (root / "examples").touch()
    with pytest.raises(TableError, match=rf"cannot be listed: .*Received: '{root}/examples'"):
        newest_tokenization(settings, "glove_lstm")


def test_a_root_that_may_not_be_read_is_a_table_error(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(uri: str) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", uri)

    monkeypatch.setattr("newslabel.tokens.examples.is_file", fail)
    with pytest.raises(TableError, match=rf"the tokenization cannot be read: .*Permission denied.*Received: '.*{ID}'"):
        is_complete(settings, ID)
