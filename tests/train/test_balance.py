import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from newslabel.train.balance import class_weights, undersampled

flags = st.lists(st.booleans(), max_size=60)


def ids_of(count: int) -> np.ndarray:
    return np.array([hashlib.sha256(b"%d" % number).hexdigest() for number in range(count)], "S16")


@given(flags, st.integers(0, 9))
def test_all_of_the_rarer_class_stay_and_as_many_of_the_other(is_positive: list[bool], seed: int) -> None:
    stay = undersampled(np.array(is_positive, bool), ids_of(len(is_positive)), seed)
    kept = [flag for flag, stays in zip(is_positive, stay.tolist(), strict=True) if stays]
    rarer = min(is_positive.count(True), is_positive.count(False))
    assert (kept.count(True), kept.count(False)) == (rarer, rarer)


def test_who_stays_depends_on_the_ids_and_the_seed_and_not_on_the_order() -> None:
    is_positive, ids = np.arange(1000) % 4 == 0, ids_of(1000)
    stay = undersampled(is_positive, ids, 0)
    assert stay.sum() == 500
    assert stay[::-1].tolist() == undersampled(is_positive[::-1], ids[::-1], 0).tolist()
    others = undersampled(is_positive, ids, 1)
    assert 0.25 < (stay & others)[~is_positive].sum() / 250 < 0.42


@given(flags)
def test_each_class_weighs_half_of_all(is_positive: list[bool]) -> None:
    negative, positive = class_weights(np.array(is_positive, bool))
    counts = is_positive.count(False), is_positive.count(True)
    if min(counts):
        assert abs(counts[0] * negative - len(is_positive) / 2) < 1e-9
        assert abs(counts[1] * positive - len(is_positive) / 2) < 1e-9
    else:
        assert (negative, positive) == (1, 1)
