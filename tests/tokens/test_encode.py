from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslabel.errors import SettingsError
from newslabel.recipes import Recipe
from newslabel.tokens import (
    Encoded,
    TokenIds,
    Vocabulary,
    WordsAndLengths,
    check_recipe,
    encoder_for,
    feature_names,
)
from newslabel.tokens.encoded import cut

VOCABULARY = Vocabulary(pa.array(["a", "b", "c"]), pa.array([3, 2, 1]))


def with_tokens(recipe: Recipe, **tokens: Any) -> Recipe:
    clean = recipe.clean.model_copy(update={"rules": ("lowercase", "stop_words")})
    return recipe.model_copy(update={"tokens": recipe.tokens.model_copy(update=tokens), "clean": clean})


def rows(encoded: Encoded) -> list[list[int]]:
    return (
        [part.tolist() for part in np.split(encoded.token_ids, encoded.offsets[1:-1])] if len(encoded.n_tokens) else []
    )


def encode(recipe: Recipe, titles: list[str | None], texts: list[str | None]) -> Encoded:
    fields = {
        "title": pa.array(titles, pa.string()),
        "text": pa.array(texts, pa.string()),
        "author": pa.nulls(len(texts)),
    }
    return TokenIds(recipe, VOCABULARY, ["the"]).encode(fields)


def test_words_become_ids_and_unknown_ones_are_dropped_and_counted(recipe: Recipe) -> None:
    encoded = encode(with_tokens(recipe), ["A the x", None, "x y", None], ["c b z", "b", None, ""])
    assert rows(encoded) == [[2, 4, 3], [3], [], []]
    assert encoded.n_tokens.tolist() == [5, 1, 2, 0]
    assert encoded.unknown_share.tolist() == pytest.approx([0.4, 0, 1, 0])


def test_unknown_words_are_kept_where_the_recipe_says_so(recipe: Recipe) -> None:
    encoded = encode(with_tokens(recipe, unknown="keep"), ["A the x", None], ["c b z", None])
    assert rows(encoded) == [[2, 1, 4, 3, 1], []]
    assert encoded.unknown_share.tolist() == pytest.approx([0.4, 0])


def test_hashed_ids_drop_no_word_and_call_none_unknown(recipe: Recipe) -> None:
    changed = with_tokens(recipe, ids="hashed", buckets=1000)
    encoded = TokenIds(changed, Vocabulary.hashed(1000), ["the"]).encode(
        {"title": pa.array(["A the x"]), "text": pa.array(["x"])}
    )
    (row,) = rows(encoded)
    assert (len(row), row[1] == row[2], row[0] != row[1]) == (3, True, True)
    assert encoded.unknown_share.tolist() == [0]


@pytest.mark.parametrize(("keep", "expected"), [("last", [[4, 3], [3]]), ("first", [[2, 4], [3]])])
def test_a_long_text_keeps_the_end_that_the_recipe_names(recipe: Recipe, keep: str, expected: list[list[int]]) -> None:
    encoded = encode(with_tokens(recipe, max_tokens=2, keep=keep), ["a x", "b"], ["c b", None])
    assert rows(encoded) == expected
    assert encoded.n_tokens.tolist() == [4, 1]


def test_ids_have_the_types_that_training_and_scoring_take(recipe: Recipe) -> None:
    for max_tokens in (1, 9):
        encoded = encode(with_tokens(recipe, max_tokens=max_tokens), ["a b", "c"], ["a", None])
        types = (encoded.token_ids.dtype, encoded.offsets.dtype, encoded.n_tokens.dtype, encoded.unknown_share.dtype)
        assert types == (np.int32, np.int64, np.int32, np.float32)


def test_no_articles_are_encoded_as_none(recipe: Recipe) -> None:
    encoded = encode(recipe, [], [])
    assert (encoded.token_ids.tolist(), encoded.offsets.tolist(), encoded.n_tokens.tolist()) == ([], [0], [])


WORDS = st.lists(st.sampled_from(["a", "B", "c", "x", "the", "\n"]), max_size=8).map(" ".join)


@settings(deadline=None)
@given(
    articles=st.lists(st.tuples(st.none() | WORDS, st.none() | WORDS), max_size=6),
    max_tokens=st.integers(1, 9),
    keep=st.sampled_from(["first", "last"]),
    unknown=st.sampled_from(["drop", "keep"]),
)
def test_encoding_equals_that_of_a_slow_twin(
    recipe: Recipe,
    articles: list[tuple[str | None, str | None]],
    max_tokens: int,
    keep: Literal["first", "last"],
    unknown: Literal["drop", "keep"],
) -> None:
    ids = {"a": 2, "b": 3, "c": 4}
    expected_rows, expected_tokens = [], []
    for article in articles:
        words = [word for field in article for word in (field or "").lower().split() if word != "the"]
        row = [ids.get(word, 1) for word in words if unknown == "keep" or word in ids]
        expected_rows.append(row[-max_tokens:] if keep == "last" else row[:max_tokens])
        expected_tokens.append((len(words), sum(word not in ids for word in words)))
    encoded = encode(
        with_tokens(recipe, max_tokens=max_tokens, keep=keep, unknown=unknown),
        [title for title, _ in articles],
        [text for _, text in articles],
    )
    assert rows(encoded) == expected_rows
    assert encoded.n_tokens.tolist() == [n for n, _ in expected_tokens]
    shares = [unknown_words / n if n else 0 for n, unknown_words in expected_tokens]
    assert encoded.unknown_share.tolist() == pytest.approx(shares)


def lengths_of(recipe: Recipe, titles: list[str | None], texts: list[str | None]) -> Encoded:
    fields = {"title": pa.array(titles, pa.string()), "text": pa.array(texts, pa.string())}
    return WordsAndLengths(recipe, VOCABULARY, ["the"]).encode(fields)


def test_beside_the_ids_stand_the_words_of_each_field_and_their_mean_length(recipe: Recipe) -> None:
    encoded = lengths_of(with_tokens(recipe, max_tokens=1), ["A the été", None, None], ["c word", "", "the naïveté"])
    assert encoded.features.dtype == np.float32
    assert encoded.features.tolist() == [[2, 2, 2.25], [0, 0, 0], [0, 1, 7]]
    assert rows(encoded) == [[4], [], []]
    names = feature_names(recipe.model_copy(update={"encoder": "words_and_lengths"}))
    assert names == ("title_words", "text_words", "word_length")
    assert feature_names(recipe) == ()


LONGER_WORDS = st.lists(st.sampled_from(["a", "B", "été", "The", "wörd", "x\ty", "\n"]), max_size=8).map(" ".join)


@given(articles=st.lists(st.tuples(*[st.none() | LONGER_WORDS] * 3), max_size=6), fields=st.permutations(range(3)))
def test_lengths_equal_those_of_a_slow_twin_and_ids_those_of_the_plain_encoder(
    recipe: Recipe, articles: list[tuple[str | None, ...]], fields: list[int]
) -> None:
    names = ("title", "text", "author")
    recipe = with_tokens(recipe)
    clean = recipe.clean.model_copy(update={"fields": tuple(names[number] for number in fields)})
    recipe = recipe.model_copy(update={"clean": clean})
    given_fields = {name: pa.array([each[n] for each in articles], pa.string()) for n, name in enumerate(names)}
    expected = []
    for article in articles:
        words = [[word for word in (article[n] or "").lower().split() if word != "the"] for n in fields]
        letters = [len(word) for field in words for word in field]
        expected.append([*map(len, words), sum(letters) / len(letters) if letters else 0])
    encoded = WordsAndLengths(recipe, VOCABULARY, ["the"]).encode(given_fields)
    plain = TokenIds(recipe, VOCABULARY, ["the"]).encode(given_fields)
    assert encoded.features.shape == (len(articles), 4)
    np.testing.assert_allclose(encoded.features, np.reshape(expected, (-1, 4)), rtol=1e-6)
    assert plain.features.shape == (len(articles), 0)
    for name in ("token_ids", "offsets", "n_tokens", "unknown_share"):
        np.testing.assert_array_equal(getattr(encoded, name), getattr(plain, name))


@settings(deadline=None)
@given(lengths=st.lists(st.integers(0, 6), max_size=8), length=st.integers(1, 5), keep_last=st.booleans())
def test_cutting_equals_slicing(lengths: list[int], length: int, *, keep_last: bool) -> None:
    offsets = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    flat = np.arange(offsets[-1])
    expected = [part[-length:] if keep_last else part[:length] for part in np.split(flat, offsets[1:-1])]
    cut_flat, cut_offsets = cut(flat, offsets, length, keep_last=keep_last)
    assert cut_flat.tolist() == [value for part in expected for value in part]
    assert np.diff(cut_offsets).tolist() == [min(n, length) for n in lengths]


def test_an_unknown_encoder_names_the_nearest(recipe: Recipe) -> None:
    changed = recipe.model_copy(update={"encoder": "token_id"})
    with pytest.raises(SettingsError, match="Did you mean 'token_ids'"):
        encoder_for(changed, VOCABULARY, [])
    with pytest.raises(SettingsError, match="Received: 'token_id'"):
        check_recipe(changed)


def test_an_unknown_rule_is_found_before_anything_is_cleaned(recipe: Recipe) -> None:
    clean = recipe.clean.model_copy(update={"rules": ("url",)})
    with pytest.raises(SettingsError, match="Did you mean 'urls'"):
        check_recipe(recipe.model_copy(update={"clean": clean}))


def test_the_published_recipe_is_sound(recipe: Recipe) -> None:
    check_recipe(recipe)
    assert recipe.clean.fields == ("title", "text")
    assert (recipe.tokens.max_words, recipe.tokens.max_tokens) == (100_000, 1000)
    assert (recipe.tokens.keep, recipe.tokens.unknown) == ("last", "drop")
    published = {"embedding": "frozen", "cell": "lstm", "units": 60, "pooling": "max", "dense": [50], "outputs": 2}
    assert published.items() <= recipe.network.items()
    assert (recipe.network["pooled_dropout"], recipe.network["dense_dropout"]) == (0.1, 0.1)
    assert (recipe.training.batch_size, recipe.training.epochs) == (128, 10)
