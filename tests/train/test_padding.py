import numpy as np

from newslabel.models.lstm import LstmNetwork, build_lstm


def test_the_lstm_says_the_same_whichever_end_is_filled_up() -> None:
    model = build_lstm(LstmNetwork(embedding="trained", embedding_width=8, units=5), 20, None)
    row = [3, 7, 7, 19, 2]
    at_end, in_front, bare = (np.array([each], np.int32) for each in ([*row, 0, 0, 0], [0, 0, 0, *row], row))
    expected = model(bare).numpy()
    assert np.abs(model(at_end).numpy() - expected).max() < 1e-6
    assert np.abs(model(in_front).numpy() - expected).max() < 1e-6
