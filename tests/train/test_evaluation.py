"""What a part's figures count, and what they leave out."""

import numpy as np
import pytest
from small_training import small_recipe

from newslabel.train.evaluation import Answers, calibration_of, gathered_answers
from newslabel.train.part import Part


def test_a_network_has_no_answer_where_scoring_finds_no_known_word(on_ranks):
    recipe = small_recipe()

    def answers():
        import horovod.tensorflow as hvd
        import tensorflow as tf

        hvd.init()
        # three rows of two ranks, of which the second has no word with an id
        first = hvd.rank() == 0
        part = Part(
            token_ids=np.array([2, 3, 4], np.int32) if first else np.array([1], np.int32),
            offsets=np.array([0, 1, 3]) if first else np.array([0, 1, 1]),
            is_positive=np.array([True, False]),
            is_known=np.array([True, True]) if first else np.array([False, False]),
            position_lengths=np.array([1, 2]),
            rank=hvd.rank(),
            ranks=2,
            total_rows=3,
        )
        found = gathered_answers(lambda ids: tf.fill((len(ids), 2), 0.25), part, recipe)
        return found.probabilities.tolist(), found.is_positive.tolist()

    for probabilities, is_positive in on_ranks(answers):
        np.testing.assert_array_equal(probabilities, [0.25, np.nan, 0.25])
        assert is_positive == [True, True, False]


def test_what_is_not_judged_calibrates_nothing():
    told = np.where(np.arange(80) % 4 == 0, 0.2, 0.7)
    truth = np.arange(80) % 2 == 1
    without = calibration_of({"validation": Answers(told, truth)}, small_recipe())
    answers = Answers(np.append(told, [np.nan] * 9), np.append(truth, [True] * 9))
    assert calibration_of({"validation": answers}, small_recipe()) == without
    assert without.slope != 1


@pytest.mark.parametrize("judged", [[True, False, True], [False] * 3])
def test_those_that_are_judged_keep_their_order(judged):
    answers = Answers(np.where(judged, [0.1, 0.2, 0.3], np.nan), np.array([True, False, False]))
    wanted = [(0.1, True), (0.3, False)] if any(judged) else []
    assert list(zip(answers.judged.probabilities.tolist(), answers.judged.is_positive.tolist(), strict=True)) == wanted
