import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from newslabel.tokens.components import components

KEYS = st.integers(-9, 30)


def slow_components(pairs: list[tuple[int, int]]) -> dict[int, int]:
    sets: list[set[int]] = []
    for pair in pairs:
        touched = [each for each in sets if each & set(pair)]
        sets = [each for each in sets if not each & set(pair)] + [set(pair).union(*touched)]
    return {key: min(each) for each in sets for key in each}


@given(st.lists(st.tuples(KEYS, KEYS)))
def test_components_equal_those_of_a_slow_twin(pairs: list[tuple[int, int]]) -> None:
    left, right = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    keys, groups = components(left, right)
    assert dict(zip(keys.tolist(), groups.tolist(), strict=True)) == slow_components(pairs)
    assert keys.tolist() == sorted(set(keys.tolist()))


def test_a_long_chain_is_one_component() -> None:
    links = np.random.default_rng(0).permutation(20_000)
    assert set(components(links, links + 1)[1].tolist()) == {0}
