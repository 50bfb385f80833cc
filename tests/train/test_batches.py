from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newslabel.train.batches import make_batch, ordered_batches, plan_epoch, steps_per_epoch
from newslabel.train.part import Part

lengths = st.lists(st.integers(0, 40), min_size=1, max_size=60).map(sorted)


def part_of(rows: list[list[int]], labels: list[bool], rank: int = 0, ranks: int = 1) -> Part:
    """The part that a rank holds of rows ordered by length."""
    mine, mine_labels = rows[rank::ranks], labels[rank::ranks]
    positions = -(-len(rows) // ranks)
    mine = mine + [[]] * (positions - len(mine))
    return Part(
        token_ids=np.array([token for row in mine for token in row], np.int32),
        offsets=np.cumsum([0, *map(len, mine)]),
        is_positive=np.array(mine_labels + [False] * (positions - len(mine_labels))),
        is_known=np.arange(positions) < len(mine_labels),
        position_lengths=np.array([len(row) for row in rows[::ranks]], np.int32),
        rank=rank,
        ranks=ranks,
        total_rows=len(rows),
    )


def rows_of_lengths(all_lengths: list[int]) -> list[list[int]]:
    return [[100 * row + step + 1 for step in range(length)] for row, length in enumerate(all_lengths)]


@given(lengths, st.integers(1, 16), st.integers(1, 4), st.integers(0, 9))
def test_an_epoch_takes_every_position_once_in_batches_of_nearly_one_size(position_lengths, batch_size, ranks, epoch):
    plan = plan_epoch(np.array(position_lengths), batch_size=batch_size, ranks=ranks, seed=3, epoch=epoch)
    sizes = [len(batch) for batch in plan]
    assert sorted(np.concatenate(plan).tolist()) == list(range(len(position_lengths)))
    assert len(plan) == steps_per_epoch(len(position_lengths), batch_size, ranks)
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) * ranks < batch_size + ranks


@given(lengths, st.integers(1, 5), st.integers(1, 16))
def test_all_ranks_take_the_same_number_of_steps(all_lengths, ranks, batch_size):
    rows = rows_of_lengths(all_lengths)
    parts = [part_of(rows, [True] * len(rows), rank, ranks) for rank in range(ranks)]
    steps = {len(list(ordered_batches(part, batch_size=batch_size))) for part in parts}
    plans = {
        tuple(map(tuple, plan_epoch(part.position_lengths, batch_size=batch_size, ranks=ranks, seed=0, epoch=1)))
        for part in parts
    }
    assert len(steps) == len(plans) == 1


def test_epochs_differ_and_the_same_seed_gives_the_same_plan():
    position_lengths = np.arange(100)
    plans = [
        [batch.tolist() for batch in plan_epoch(position_lengths, batch_size=10, ranks=1, seed=seed, epoch=epoch)]
        for seed, epoch in ((0, 0), (0, 1), (1, 0), (0, 0))
    ]
    assert plans[0] == plans[3]
    assert plans[0] != plans[1]
    assert plans[0] != plans[2]


def test_rows_of_a_batch_are_of_similar_length():
    position_lengths = np.sort(np.random.default_rng(0).integers(1, 1000, 5000))
    plan = plan_epoch(position_lengths, batch_size=100, ranks=1, seed=0, epoch=0)
    widths = np.array([position_lengths[batch].max() for batch in plan])
    padded = sum(width * len(batch) for width, batch in zip(widths, plan, strict=True))
    assert padded / position_lengths.sum() < 1.5
    assert 1000 * 5000 / position_lengths.sum() > 1.9  # what padding all to the longest would take


@given(lengths, st.integers(1, 4), st.integers(1, 8), st.randoms())
def test_a_batch_is_what_a_loop_over_its_rows_makes(all_lengths, ranks, size, random):
    rows = rows_of_lengths(all_lengths)
    labels = [random.random() < 0.5 for _ in rows]
    positions = -(-len(rows) // ranks)
    chosen = sorted(random.sample(range(positions), min(size, positions)))
    real = [position * ranks + rank for position in chosen for rank in range(ranks)]
    count = sum(row < len(rows) for row in real)
    for rank in range(ranks):
        batch = make_batch(part_of(rows, labels, rank, ranks), np.array(chosen))
        width = batch.token_ids.shape[1]
        for index, position in enumerate(chosen):
            row = position * ranks + rank
            tokens, is_positive = (rows[row], labels[row]) if row < len(rows) else ([], False)
            assert batch.token_ids[index].tolist() == tokens + [0] * (width - len(tokens))
            assert batch.classes[index].tolist() == ([0, 1] if is_positive else [1, 0])
            weight = ranks * len(chosen) / count if row < len(rows) else 0
            assert batch.weights[index] == pytest.approx(weight)


def test_widths_are_multiples_of_eight_and_never_nothing():
    part = part_of([[], [1], list(range(1, 10))], [True, False, True])
    assert [make_batch(part, np.array(rows)).token_ids.shape for rows in ([0], [0, 1], [1, 2])] == [
        (1, 8),
        (2, 8),
        (2, 16),
    ]


def test_an_epoch_of_three_rows_on_two_ranks_weighs_each_row_alike():
    rows = [[1], [2, 3], [4, 5, 6]]
    first, second = (make_batch(part_of(rows, [True, False, True], rank, 2), np.array([0, 1])) for rank in (0, 1))
    assert first.weights.tolist() == pytest.approx([4 / 3, 4 / 3])
    assert second.weights.tolist() == pytest.approx([4 / 3, 0])


def test_shorter_rows_are_filled_up_in_front_where_the_recipe_says_so():
    part = replace(part_of([[], [1], [2, 3, 4]], [True, False, True]), pads_front=True)
    assert make_batch(part, np.array([0, 1, 2])).token_ids.tolist() == [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 2, 3, 4],
    ]


def test_a_row_weighs_what_its_class_does():
    rows = [[1], [2, 3], [4, 5, 6]]
    part = replace(part_of(rows, [True, False, False]), class_weights=(0.75, 1.5))
    assert make_batch(part, np.array([0, 1, 2])).weights.tolist() == pytest.approx([1.5, 0.75, 0.75])
    second = replace(part_of(rows, [True, False, False], 1, 2), class_weights=(0.75, 1.5))
    assert make_batch(second, np.array([0, 1])).weights.tolist() == pytest.approx([1, 0])
