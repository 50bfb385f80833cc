"""A scorer of every kind of network, held against Keras on each text alone."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from networks import KINDS, LEARNT
from pyspark.sql import functions as f
from rows_of_ids import flat

from newslabel import label_udf, load_scorer
from newslabel.errors import BundleError
from newslabel.models import load_bundle, save_bundle
from newslabel.models.bundle import write_network
from newslabel.models.families import load_family
from newslabel.recipes import Recipe
from newslabel.score.keras_network import KerasNetwork
from newslabel.score.recurrent import RecurrentKernel
from newslabel.tokens import Vocabulary

WORDS = [f"word{letter}" for letter in "abcdefgh"]


def bundle_of(kind: str, folder: Path, *, padding: str = "end", words: int = len(WORDS)) -> str:
    """A bundle of that kind of network with random weights, of a vocabulary of so many words."""
    import keras

    name, keys = KINDS[kind]
    recipe = Recipe.model_validate(
        {
            "name": "tiny",
            "family": name,
            "encoder": "token_ids",
            "classes": {"positive": "FAKE", "negative": "REAL"},
            "clean": {"fields": ["text"], "rules": ["lowercase"]},
            "tokens": {"max_words": 10, "max_tokens": 300, "keep": "last", "unknown": "drop", "padding": padding},
            "network": LEARNT | keys,
            "training": {"batch_size": 2, "epochs": 1, "learning_rate": 0.1},
        }
    )
    keras.utils.set_random_seed(5)
    family = load_family(name)
    model = family.build(family.network(**recipe.network), words + 2, None, pads_front=padding == "front")
    model.set_weights([np.random.default_rng(0).normal(0, 0.5, each.shape) for each in model.get_weights()])
    write_network(folder / "network", model, name)
    return save_bundle(
        str(folder / "models"),
        recipe=recipe,
        vocabulary=Vocabulary(pa.array(WORDS), pa.array(range(len(WORDS), 0, -1), pa.int64())),
        stop_words=(),
        network=str(folder / "network"),
        metrics={},
        epochs=[],
        reference={},
        versions={"data_version": "d", "code_version": "c"},
    )


def ids_of_lengths(lengths: list[int]) -> list[np.ndarray]:
    return [np.random.default_rng(length).integers(2, len(WORDS) + 2, length).astype(np.int32) for length in lengths]


def texts_of(rows: list[np.ndarray]) -> list[str]:
    return [" ".join(WORDS[number - 2] for number in row) for row in rows]


@pytest.mark.parametrize("padding", ["end", "front"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_scorer_says_what_keras_says_of_each_text_alone(tmp_path, kernels, kind, padding):
    bundle = bundle_of(kind, tmp_path, padding=padding)
    rows = ids_of_lengths([1, 9, 2, 40, 3])
    model = load_bundle(bundle).keras_model()
    expected = [float(model(row[None]).numpy()[0, 1]) for row in rows]
    scorer = load_scorer(bundle, kernels)
    found = scorer.score([None] * 6, [*texts_of(rows), "zebra"])
    assert found == pytest.approx([*expected, np.nan], abs=1e-5, nan_ok=True)
    assert isinstance(scorer._kernel, KerasNetwork if kind.startswith("dense") else RecurrentKernel)


@pytest.mark.parametrize("kind", ["bilstm, maximum and mean", "gru, last", "dense", "dense of two sigmoids"])
def test_a_score_depends_on_no_other_text_not_by_a_bit(tmp_path, kernels, kind):
    scorer = load_scorer(bundle_of(kind, tmp_path), kernels)
    texts = np.array(texts_of(ids_of_lengths(list(range(1, 150)))))
    together = scorer.score([None] * len(texts), texts)
    for seed, count in enumerate((1, 2, 63, 64, 65, 100)):
        some = np.random.default_rng(seed).permutation(len(texts))[:count]
        assert (scorer.score([None] * count, texts[some]) == together[some]).all()


def gradient_times_vector(model, row):
    """Of a text in which no word stands twice: the gradient of the log-odds by each word's vector, times that."""
    import tensorflow as tf

    vectors = model.get_layer("embedding").embeddings.value
    with tf.GradientTape() as tape:
        tape.watch(vectors)
        probability = model(row[None])[0, 1]
        log_odds = tf.math.log(probability / (1 - probability))
    gradient = tf.convert_to_tensor(tape.gradient(log_odds, vectors)).numpy()
    return (gradient * vectors.numpy()).sum(axis=1)[row]


@pytest.mark.parametrize("kind", ["dense", "dense of two sigmoids"])
def test_each_token_moved_its_vector_times_the_gradient(tmp_path, kernels, kind):
    bundle = bundle_of(kind, tmp_path)
    rows = [np.random.default_rng(length).permutation(8)[:length].astype(np.int32) + 2 for length in (3, 8, 1)]
    model = load_bundle(bundle).keras_model()
    ids, offsets = flat([*rows, np.empty(0)])
    found = load_scorer(bundle, kernels)._kernel.contributions(ids, offsets)
    wanted = np.concatenate([gradient_times_vector(model, row) for row in rows])
    np.testing.assert_allclose(found, wanted, atol=1e-4, rtol=0)


def test_what_a_token_moved_depends_on_no_other_text(tmp_path, kernels):
    kernel = load_scorer(bundle_of("dense", tmp_path), kernels)._kernel
    rows = ids_of_lengths([*range(70), 5, 5])
    alone = np.concatenate([kernel.contributions(*flat([row])) for row in rows])
    np.testing.assert_array_equal(kernel.contributions(*flat(rows)), alone)


def test_threads_that_ask_why_at_once_are_told_the_same(tmp_path, kernels):
    scorer = load_scorer(bundle_of("dense", tmp_path), kernels)
    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(lambda _: scorer.label({"text": ["worda wordb"]}, explain=2)["why"], range(8)))
    assert told == [told[0]] * 8
    assert '"word": "worda"' in told[0][0].as_py()


def test_workers_of_spark_label_as_the_scorer_does(spark, tmp_path, kernels):
    bundle = bundle_of("bilstm", tmp_path)
    texts = texts_of(ids_of_lengths([3, 9, 30, 2]))
    frame = spark.createDataFrame(list(enumerate(texts)), "id int, text string").withColumn("title", f.lit("unread"))
    labelled = frame.select("id", label_udf(bundle, str(kernels))("title", "text").probability)
    expected = np.round(load_scorer(bundle, kernels).score([None] * 4, texts), 4)
    assert [row[1] for row in sorted(labelled.collect())] == expected.tolist()


def test_no_texts_and_texts_of_no_words_need_no_answer(tmp_path, kernels):
    scorer = load_scorer(bundle_of("dense", tmp_path), kernels)
    assert len(scorer.score([], [])) == 0
    assert np.isnan(scorer.score([None, None], ["", "zebra"])).all()


def test_threads_that_ask_at_once_read_one_network(tmp_path, kernels, monkeypatch):
    scorer = load_scorer(bundle_of("dense", tmp_path), kernels)
    reads = []
    compiled = sys.modules[KerasNetwork.__module__]._compiled
    monkeypatch.setattr(f"{KerasNetwork.__module__}._compiled", lambda bundle: reads.append(1) or compiled(bundle))
    texts = texts_of(ids_of_lengths([3, 4]))
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: scorer.score([None, None], texts).tolist(), range(8)))
    assert found == [found[0]] * 8
    assert reads == [1]


def test_a_network_of_another_vocabulary_is_refused(tmp_path, kernels):
    scorer = load_scorer(bundle_of("dense", tmp_path, words=5), kernels)
    with pytest.raises(BundleError, match=r"the network has vectors of 7 ids, its vocabulary has 10\. Received: "):
        scorer.score([None], ["worda"])


def test_a_bundle_without_a_network_is_refused(make_bundle, kernels):
    with pytest.raises(BundleError, match=r"the bundle has no network that could score\. Received: "):
        load_scorer(make_bundle(family="dense"), kernels)


def test_until_it_is_asked_tensorflow_is_not_imported_and_then_takes_one_core(tmp_path, kernels):
    code = (
        "import sys; from newslabel import load_scorer; scorer = load_scorer(*sys.argv[1:]);"
        "print('tensorflow' in sys.modules); scorer.score([None], ['worda']);"
        "import tensorflow as tf;"
        "print(tf.config.threading.get_intra_op_parallelism_threads(), tf.config.get_visible_devices('GPU'))"
    )
    command = [sys.executable, "-c", code, bundle_of("dense", tmp_path), str(kernels)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("False\n1 []\n", "")


def test_a_recurrent_network_is_scored_without_tensorflow(tmp_path, kernels):
    code = (
        "import sys; from newslabel import load_scorer;"
        "print(load_scorer(*sys.argv[1:]).score([None], ['worda'])[0] > 0, 'tensorflow' in sys.modules)"
    )
    command = [sys.executable, "-c", code, bundle_of("bigru, mean", tmp_path), str(kernels)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("True False\n", "")
