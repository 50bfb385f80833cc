from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslabel.tokens.shingles import HASHES, Shingles, band_hashes, rows_a_band, shingles_of, signatures

TEXTS = st.lists(st.lists(st.sampled_from(["a", "b", "c", "ab"]), max_size=9), max_size=6)


def rows_of(shingles: Shingles) -> list[list[int]]:
    hashes, offsets = shingles.hashes.tolist(), shingles.offsets.tolist()
    return [hashes[first:last] for first, last in pairwise(offsets)]


@given(TEXTS, st.integers(0, 3))
def test_shingles_are_equal_where_those_of_a_slow_twin_are(texts: list[list[str]], first: int) -> None:
    rows = rows_of(shingles_of(pa.array(texts, pa.list_(pa.string()))[first:]))
    twins = [[tuple(text[at : at + 5]) for at in range(max(len(text) - 4, 1 if text else 0))] for text in texts[first:]]
    assert [len(row) for row in rows] == [len(twin) for twin in twins]
    hash_of = dict(zip([each for twin in twins for each in twin], [each for row in rows for each in row], strict=True))
    assert [[hash_of[each] for each in twin] for twin in twins] == rows
    assert len(set(hash_of.values())) == len(hash_of)


def test_no_texts_have_no_signatures() -> None:
    assert signatures(shingles_of(pa.array([], pa.list_(pa.string())))).shape == (0, HASHES)


@pytest.mark.parametrize("common", [200, 700, 950])
def test_signatures_are_equal_in_about_as_many_places_as_texts_have_shingles_in_common(common: int) -> None:
    numbers = np.random.default_rng(0).integers(0, 2**63, 2000 - common).astype(np.uint64)
    one, other = numbers[:1000], np.concatenate((numbers[:common], numbers[1000:]))
    rows = signatures(Shingles(np.concatenate((one, other)), np.array([0, 1000, 2000])))
    similarity = common / (2000 - common)
    # four standard deviations
    assert abs((rows[0] == rows[1]).mean() - similarity) < 4 * (similarity * (1 - similarity) / HASHES) ** 0.5


def test_bands_are_equal_where_all_their_numbers_are() -> None:
    one = np.arange(HASHES, dtype=np.uint32)
    other = one.copy()
    other[7] = 99
    rows = band_hashes(np.stack((one, other)), 5)
    assert np.flatnonzero(rows[0] != rows[1]).tolist() == [1]
    assert (rows.shape, len(np.unique(rows))) == ((2, 25), 26)


def test_the_more_similar_texts_must_be_the_longer_are_the_bands() -> None:
    assert [rows_a_band(similarity) for similarity in (0.5, 0.6, 0.7, 0.8, 0.9)] == [2, 3, 4, 5, 8]
