import numpy as np
import pytest

from newslabel.evaluate.metrics import classification_metrics, histogram


def test_figures_of_five_articles():
    metrics = classification_metrics(
        np.array([True, True, True, False, False]), np.array([0.9, 0.6, 0.2, 0.5, 0.1]), threshold=0.5
    )
    assert metrics["articles"] == 5
    assert metrics["accuracy"] == pytest.approx(0.6)
    assert metrics["auc"] == pytest.approx(5 / 6)
    assert metrics["log_loss"] == pytest.approx(0.6048, abs=1e-4)
    assert metrics["brier"] == pytest.approx(0.214)
    assert metrics["calibration_error"] is None
    assert metrics["confusion"] == {
        "true_positive": 2,
        "false_positive": 1,
        "false_negative": 1,
        "true_negative": 1,
    }


def test_ten_articles_are_enough_to_speak_of_calibration():
    metrics = classification_metrics(np.arange(10) < 5, np.where(np.arange(10) < 5, 0.8, 0.1), threshold=0.5)
    assert metrics["calibration_error"] == pytest.approx(0.15)
    assert metrics["brier"] == pytest.approx(0.025)


def test_the_threshold_itself_is_positive():
    metrics = classification_metrics(np.array([True, False]), np.array([0.7, 0.69]), threshold=0.7)
    assert metrics["accuracy"] == 1


def test_one_class_alone_has_no_auc():
    metrics = classification_metrics(np.array([True, True]), np.array([0.9, 0.4]), threshold=0.5)
    assert metrics["auc"] is None
    assert metrics["accuracy"] == 0.5
    assert metrics["log_loss"] == pytest.approx(0.5108, abs=1e-4)


def test_no_articles_have_no_figures():
    metrics = classification_metrics(np.empty(0, bool), np.empty(0), threshold=0.5)
    assert (metrics["articles"], metrics["accuracy"], metrics["auc"], metrics["log_loss"]) == (0, None, None, None)
    assert (metrics["brier"], metrics["calibration_error"]) == (None, None)


def test_a_certain_error_costs_much_and_not_everything():
    metrics = classification_metrics(np.array([True, False]), np.array([0.0, 0.0], np.float32), threshold=0.5)
    assert 10 < metrics["log_loss"] < 30


def test_values_beyond_the_edges_count_in_the_outer_bins():
    assert histogram(np.array([-1.0, 0.0, 0.4, 1.0, 7.0]), np.array([0.0, 0.5, 1.0])) == {
        "edges": [0.0, 0.5, 1.0],
        "counts": [3, 2],
    }
