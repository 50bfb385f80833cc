import numpy as np

from newslabel.models.recurrent import RecurrentNetwork
from newslabel.models.recurrent_layers import build_recurrent


def test_the_lstm_says_the_same_whichever_end_is_filled_up() -> None:
    network = RecurrentNetwork(embedding="trained", embedding_width=8, units=5)
    model, front = (build_recurrent(network, 20, None, pads_front=pads_front) for pads_front in (False, True))
    front.set_weights(model.get_weights())
    row = [3, 7, 7, 19, 2]
    at_end, in_front, bare = (np.array([each], np.int32) for each in ([*row, 0, 0, 0], [0, 0, 0, *row], row))
    expected = model(bare).numpy()
    assert np.abs(model(at_end).numpy() - expected).max() < 1e-6
    assert np.abs(front(in_front).numpy() - expected).max() < 1e-6
