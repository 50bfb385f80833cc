"""What the training bench trains on, a tokenization of real or made news; what the job and plain Keras make of it."""

import csv
import json
import os
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from clean_case import CHECKOUT, DATA, vocabulary_of
from deltalake import DeltaTable, write_deltalake
from lstm_case import LONGEST
from measure import Case, Figures
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from texts import made_texts

from newslabel.configure import load_settings
from newslabel.recipes import load_recipe
from newslabel.settings import Settings
from newslabel.tokens.encode import encoder_for
from newslabel.tokens.examples import Tokenization, newest_tokenization, save_tokenization, tokenization_uri
from newslabel.tokens.glove import read_glove

RECIPE = "glove_lstm"
GOOD_ENOUGH = 0.92
EPOCH = re.compile(r"event=epoch .*\bval_accuracy=([\d.]+) .*\bseconds=([\d.]+)")


def prepare(case: Case) -> None:
    """Leaves a tokenization of labelled news in the folder, the recipes, and a file of vectors."""
    shutil.copytree(CHECKOUT / "conf" / "recipes", case.folder / "recipes")
    news = _news(case)
    part_of = np.random.default_rng(0).choice(["train", "validation", "test"], len(news), p=[0.72, 0.08, 0.2])
    recipe = load_recipe(RECIPE, case.folder / "recipes")
    stop_words = tuple(sorted(ENGLISH_STOP_WORDS))
    of_training = news.filter(pa.array(part_of == "train"))
    vocabulary = vocabulary_of(recipe, of_training, stop_words)
    encoded = encoder_for(recipe, vocabulary, stop_words).encode(
        {name: news[name].combine_chunks() for name in recipe.clean.fields}
    )
    columns = {
        "article_id": pa.array(f"{number:064x}" for number in range(len(news))),
        "token_ids": pa.ListArray.from_arrays(pa.array(encoded.offsets, pa.int32()), pa.array(encoded.token_ids)),
        "n_tokens": encoded.n_tokens,
        "unknown_share": encoded.unknown_share,
        "label": news["label"],
        "source": pa.nulls(len(news), pa.string()),
        "crawl_date": pa.array([date(2026, 11, 20)] * len(news)),
        "split": part_of,
    }
    name = f"{RECIPE}-{0:012x}"
    place = tokenization_uri(_settings(case), name)
    write_deltalake(place, pa.table(columns), partition_by=["split"])
    rows = {part: int((part_of == part).sum()) for part in ("train", "validation", "test")}
    save_tokenization(Tokenization(name, place, recipe, vocabulary, stop_words, rows, dict.fromkeys(rows, 0.0)))


def job_figures(case: Case, *, workers: int) -> Figures:
    """What train_model makes of it, started as people start it."""
    models = case.folder / f"models-{workers}-{case.run}"
    recipes = case.folder / f"recipes-{workers}-{case.run}"
    shutil.copytree(case.folder / "recipes", recipes)
    recipe = recipes / f"{RECIPE}.toml"
    recipe.write_text(_with(recipe.read_text(encoding="utf-8"), seed=case.run, **_epochs(case)), encoding="utf-8")
    places = {
        "tables.root": case.folder / "tables",
        "models.root": models,
        "models.tracking_uri": f"sqlite:///{models}.db",
        "corpus.recipes": recipes,
    }
    command = [
        *(str(CHECKOUT / "spark-submit.sh"), "--master", f"local[{workers}]", "train_model", "--recipe", RECIPE),
        *("--workers", str(workers), "--glove", str(case.folder / "glove.txt")),
        *(word for key, place in places.items() for word in ("--set", f"{key}={place}")),
    ]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as job:
        said = [(time.perf_counter() - began, line) for line in job.stderr or ()]
    if job.returncode:
        raise RuntimeError(
            f"{' '.join(command)} ended with {job.returncode}:\n{''.join(line for _, line in said[-20:])}"
        )
    found = [(ended, EPOCH.search(line)) for ended, line in said]
    epochs = [(ended, float(epoch[1]), float(epoch[2])) for ended, epoch in found if epoch]
    [metrics] = models.glob("*/metrics.json")
    accuracy = json.loads(metrics.read_text(encoding="utf-8"))["test"]["accuracy"]
    return _figures(epochs, len(_examples(case, "train")), accuracy)


def plain_keras_figures(case: Case) -> Figures:
    """What a tutorial's network, without a mask, makes of the same texts, encoded for it before the clock starts."""
    parts = {part: _examples(case, part) for part in ("train", "validation", "test")}
    vectors = _vectors(case)
    began, epochs = time.perf_counter(), []
    os.environ.update({"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"})
    import keras
    from plain_network import plain_network

    class Watch(keras.callbacks.Callback):  # type: ignore[misc] # to mypy Keras is Any
        def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
            del epoch, logs
            self.began = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
            del epoch
            now = time.perf_counter()
            epochs.append((now - began, float((logs or {})["val_accuracy"]), now - self.began))

    keras.utils.set_random_seed(case.run)
    arrays = {part: _padded(rows) for part, rows in parts.items()}
    model = plain_network(vectors, masks_padding=False)
    settings = {"batch_size": 128, "epochs": _epochs(case).get("epochs", 10), "verbose": 0}
    model.fit(*arrays["train"], validation_data=arrays["validation"], callbacks=[Watch()], **settings)
    predicted = model.predict(arrays["test"][0], verbose=0).argmax(axis=1)
    return _figures(epochs, len(parts["train"]), float((predicted == arrays["test"][1].argmax(axis=1)).mean()))


def _figures(epochs: Sequence[tuple[float, float, float]], rows: int, accuracy: float) -> Figures:
    """Of the epochs: when each ended, its validation accuracy, and how long it took, its validation included."""
    seconds = statistics.median(took for _, _, took in epochs[1:] or epochs)
    figures = {"ms_a_sample": seconds / rows * 1000, "samples_per_s": rows / seconds, "test_accuracy": accuracy}
    to_good = [ended for ended, reached, _ in epochs if reached >= GOOD_ENOUGH]
    return figures | ({"s_to_good": to_good[0]} if to_good else {})


def _news(case: Case) -> pa.Table:
    """Labelled news, each text once: title, text, label; their vectors go into the folder."""
    vectors = DATA / "glove" / "glove.6B.50d.9k.txt"
    if case.quick or not vectors.exists():
        return _made_news(case)
    shutil.copy(vectors, case.folder / "glove.txt")
    csv.field_size_limit(1 << 30)
    articles: dict[tuple[str, str], str] = {}
    for name in ("isot.csv", "fakenewsnet.csv"):
        with (DATA / "news" / name).open(encoding="utf-8", newline="") as lines:
            articles |= {(row["title"], row["text"]): row["label"] for row in csv.DictReader(lines)}
    titles, texts = zip(*articles, strict=True)
    return pa.table({"title": titles, "text": texts, "label": list(articles.values())})


def _made_news(case: Case) -> pa.Table:
    """Articles of two languages, one of them FAKE, and vectors of no meaning: good for speed alone."""
    count = 20 if case.quick else 1400
    texts = {"FAKE": made_texts(count, seed=0), "REAL": made_texts(count, seed=1)}
    words = {word for each in texts.values() for text in each.to_pylist() for word in re.findall("[a-z]+", text)}
    numbers = np.random.default_rng(0).normal(0, 0.4, (len(words), 50))
    lines = (
        f"{word} {' '.join(map('{:.4f}'.format, row))}\n" for word, row in zip(sorted(words), numbers, strict=True)
    )
    (case.folder / "glove.txt").write_text("".join(lines), encoding="utf-8")
    both = pa.concat_arrays(list(texts.values()))
    labels = [label for label, each in texts.items() for _ in each]
    return pa.table({"title": pa.array([""] * len(both)), "text": both, "label": labels})


def _settings(case: Case) -> Settings:
    places = [f"tables.root={case.folder / 'tables'}", f"corpus.recipes={case.folder / 'recipes'}"]
    return load_settings(CHECKOUT / "conf" / "newslabel.toml", overrides=places, environ={})


def _epochs(case: Case) -> dict[str, int]:
    return {"epochs": 2} if case.quick else {}


def _with(recipe: str, **values: int) -> str:
    for key, value in values.items():
        recipe = re.sub(rf"^{key} = .*$", f"{key} = {value}", recipe, count=1, flags=re.MULTILINE)
    return recipe


def _tokenization(case: Case) -> Tokenization:
    return newest_tokenization(_settings(case), RECIPE)


def _examples(case: Case, part: str) -> pa.Table:
    table = DeltaTable(_tokenization(case).uri).to_pyarrow_table(
        [("split", "=", part)], ["article_id", "token_ids", "label"]
    )
    return table.sort_by("article_id")


def _vectors(case: Case) -> np.ndarray:
    return read_glove(str(case.folder / "glove.txt"), _tokenization(case).vocabulary, case.run).matrix


def _padded(rows: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    import keras

    ids = keras.utils.pad_sequences(rows["token_ids"].to_pylist(), maxlen=LONGEST, padding="post")
    fake = np.array(rows["label"].to_pylist()) == "FAKE"
    return ids, np.stack([~fake, fake], axis=1).astype(np.float32)
