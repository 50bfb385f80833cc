"""Texts as a BERT's pieces of words, and the folder that says which there are."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_bert import PIECES, needs_bert, tokenizer, write_preset

from newslabel.errors import SettingsError
from newslabel.recipes import Recipe, load_recipe
from newslabel.tokens import Encoded, Vocabulary, check_recipe, encoder_for
from newslabel.tokens.preset import check_preset, preset_vocabulary

RECIPES = Path(__file__).resolve().parents[2] / "conf" / "recipes"
BERT = load_recipe("bert", RECIPES)
CLS, SEP = 2, 3


def with_tokens(**tokens: Any) -> Recipe:
    return BERT.model_copy(update={"tokens": BERT.tokens.model_copy(update={"max_tokens": 8, **tokens})})


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_preset(tmp_path_factory.mktemp("preset") / "tiny")


@pytest.fixture(scope="module")
def vocabulary(preset: Path) -> Vocabulary:
    return preset_vocabulary(str(preset))


def encode(recipe: Recipe, vocabulary: Vocabulary, *texts: str | None) -> Encoded:
    fields = {"title": pa.nulls(len(texts), pa.string()), "text": pa.array(texts, pa.string())}
    return encoder_for(recipe, vocabulary, ()).encode(fields)


def rows(encoded: Encoded) -> list[list[int]]:
    return [part.tolist() for part in np.split(encoded.token_ids, encoded.offsets[1:-1])]


def test_the_recipe_names_an_encoder_and_rules_that_there_are():
    check_recipe(BERT)
    assert (BERT.network["hidden_dropout"], BERT.tokens.max_tokens) == (0.35, 128)


def test_without_the_extra_it_is_said_how_it_is_installed(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tokenizers", None)
    wanted = r"needs the extra bert, on every host: run make setup EXTRAS=bert\. Received: .*no tokenizers"
    with pytest.raises(SettingsError, match=wanted):
        check_preset("anywhere", BERT)
    with pytest.raises(SettingsError, match=wanted):
        encoder_for(BERT, Vocabulary.hashed(3), ())


def test_a_recipe_that_reads_no_preset_asks_for_none():
    check_preset("nowhere", load_recipe("linear", RECIPES))


@needs_bert
def test_a_text_is_its_pieces_between_the_marks(vocabulary):
    encoded = encode(with_tokens(), vocabulary, "Hoax reports.", "official zebra", None, "", "zebra")
    assert rows(encoded) == [[CLS, 4, 7, 8, 9, 10, SEP], [CLS, 5, 1, SEP], [], [], [CLS, 1, SEP]]
    assert encoded.n_tokens.tolist() == [5, 2, 0, 0, 1]
    assert encoded.unknown_share.tolist() == [0, 0.5, 0, 0, 1]
    assert (encoded.token_ids.dtype, encoded.offsets.dtype) == (np.int32, np.int64)


@needs_bert
def test_title_and_text_are_one_after_the_other_and_cleaned_before(vocabulary):
    fields = {"title": pa.array(["Hoax"]), "text": pa.array(["OHIO (Reuters) - weather http://a.example/b"])}
    assert rows(encoder_for(with_tokens(), vocabulary, ()).encode(fields)) == [[CLS, 4, 6, SEP]]


@needs_bert
@pytest.mark.parametrize(("keep", "kept"), [("first", [4, 5]), ("last", [6, 10])])
def test_a_long_text_is_cut_inside_the_marks(vocabulary, keep, kept):
    encoded = encode(with_tokens(max_tokens=4, keep=keep), vocabulary, "hoax official weather .")
    assert rows(encoded) == [[CLS, *kept, SEP]]
    assert encoded.n_tokens.tolist() == [4]


@needs_bert
def test_unknown_words_are_dropped_where_the_recipe_says_so(vocabulary):
    encoded = encode(with_tokens(unknown="drop"), vocabulary, "hoax zebra", "zebra")
    assert rows(encoded) == [[CLS, 4, SEP], []]


@needs_bert
def test_marks_that_people_write_into_a_text_are_words_like_others(vocabulary):
    assert rows(encode(with_tokens(), vocabulary, "hoax [PAD] weather")) == [[CLS, 4, 11, 13, 12, 6, SEP]]


@needs_bert
@given(texts=st.lists(st.lists(st.sampled_from(["hoax", "report", "zebra", ".", ""]), max_size=6), max_size=5))
def test_encoding_equals_that_of_a_slow_twin(vocabulary, texts):
    ids = {"hoax": [4], "report": [7, 8], "zebra": [1], ".": [10], "": []}
    pieces = [[piece for word in text for piece in ids[word]] for text in texts]
    encoded = encode(with_tokens(), vocabulary, *(" ".join(text) for text in texts))
    assert np.diff(encoded.offsets).tolist() == [min(len(row), 6) + 2 if row else 0 for row in pieces]
    assert encoded.token_ids.tolist() == [number for row in pieces if row for number in [CLS, *row[:6], SEP]]
    assert encoded.n_tokens.tolist() == [len(row) for row in pieces]


@needs_bert
def test_the_vocabulary_carries_the_tokenizer_to_wherever_it_is_read(vocabulary, tmp_path):
    vocabulary.save(tmp_path / "vocabulary.arrow")
    read = Vocabulary.load(tmp_path / "vocabulary.arrow")
    assert (read.size, read.words.to_pylist()) == (len(PIECES), PIECES[2:])
    assert read == vocabulary
    assert rows(encode(with_tokens(), read, "hoax")) == [[CLS, 4, SEP]]


@needs_bert
def test_a_preset_that_fits_is_taken(preset):
    check_preset(str(preset), with_tokens(max_tokens=64))


@needs_bert
@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_that_lacks_a_file_is_refused_and_it_is_said_what_must_be_there(tmp_path, missing):
    folder = write_preset(tmp_path / "tiny")
    (folder / missing).unlink()
    with pytest.raises(
        SettingsError, match=rf"bert.preset must name a folder with a BERT.*{missing}.*Received: .*tiny"
    ):
        check_preset(str(folder), with_tokens())
    with pytest.raises(SettingsError, match=r"in Hugging Face's format .*Received: '.*nowhere'"):
        check_preset(str(tmp_path / "nowhere"), with_tokens())


@needs_bert
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "roberta"}, r"of the model_type bert, with absolute positions\. Received: 'roberta'"),
        ({"position_embedding_type": "relative_key"}, r"Received: 'bert', 'relative_key'"),
        ({"vocab_size": 99}, r"must be of one vocabulary\. Received: 14, 14 and 99 pieces"),
        ({"max_position_embeddings": 7}, r"tokens.max_tokens must be 3 to 0, .*Received: 8"),
        ({"left_out": "pooler.dense.weight"}, r"with all weights of a BERT: .*Received: '.*model.safetensors'"),
    ],
)
def test_a_network_of_another_kind_is_refused(tmp_path, change, message):
    with pytest.raises(SettingsError, match=message):
        check_preset(str(write_preset(tmp_path / "tiny", **change)), with_tokens())


@needs_bert
@pytest.mark.parametrize("max_tokens", [1, 2, 65])
def test_texts_for_which_the_preset_has_no_places_are_refused(preset, max_tokens):
    with pytest.raises(SettingsError, match=rf"must be 3 to 64, .*Received: {max_tokens}"):
        check_preset(str(preset), with_tokens(max_tokens=max_tokens))


@needs_bert
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda: "{", r"no tokenizer.json that can be read: .*Received: '.*tokenizer.json'"),
        (lambda: tokenizer([*PIECES[1:], "[PAD]"]), r"the pieces \[PAD\] \(of the id 0\), \[UNK\]"),
        (lambda: tokenizer([*PIECES[:3], "[END]"]), r"and \[SEP\], and no id twice or left out"),
    ],
)
def test_a_tokenizer_of_another_kind_is_refused(tmp_path, content, message):
    folder = write_preset(tmp_path / "tiny")
    (folder / "tokenizer.json").write_text(content())
    with pytest.raises(SettingsError, match=message):
        check_preset(str(folder), with_tokens())


@needs_bert
def test_weights_that_cannot_be_read_are_refused(tmp_path):
    folder = write_preset(tmp_path / "tiny")
    (folder / "model.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1")
    with pytest.raises(SettingsError, match=r"with all weights of a BERT: .*Received: '.*model.safetensors'"):
        check_preset(str(folder), with_tokens())
