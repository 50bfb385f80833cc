"""What the bench of short messages trains on, resplits of the SMS Spam Collection; what we and plain Keras make of it.

As published: as many messages of each class, a fifth tests. An eighth of the rest validates, by which training stops.
"""

import csv
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from clean_case import CHECKOUT, DATA, vocabulary_of
from measure import Case, Figures
from texts import made_texts

from newslabel.ranks.environment import RANK_ENVIRONMENT
from newslabel.recipes import Recipe, load_recipe
from newslabel.tokens.encode import encoder_for
from newslabel.train.plan import TrainingPlan
from newslabel.train.work_files import read_evaluations, write_plan

RESPLITS, SEEDS = 5, 5
SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}


class Resplit(NamedTuple):
    """A recipe, how many ids there are, and of each part token_ids and label."""

    recipe: Recipe
    vocabulary_size: int
    parts: Mapping[str, pa.Table]


Trains = Callable[[Resplit, Path], float]  # the accuracy on the test part


def figures(case: Case, trains: Trains, recipe_name: str) -> Figures:
    """Over resplits, of each the mean of its seeds: the mean error and accuracy, and how far resplits lie apart."""
    os.environ.update(RANK_ENVIRONMENT)
    began = time.perf_counter()
    accuracies = [
        statistics.mean(
            _accuracy(case, trains, recipe_name, resplit, seed) for seed in range(1 if case.quick else SEEDS)
        )
        for resplit in range(2 if case.quick else RESPLITS)
    ]
    mean = statistics.mean(accuracies)
    return {
        "error": max(1 - mean, 1e-9),  # ratios are of it
        "accuracy": mean,
        "spread": statistics.stdev(accuracies),
        "seconds": time.perf_counter() - began,
    }


def _accuracy(case: Case, trains: Trains, recipe_name: str, resplit: int, seed: int) -> float:
    recipe = load_recipe(recipe_name, CHECKOUT / "conf" / "recipes")
    training = {"seed": seed} | ({"epochs": 1} if case.quick else {})
    recipe = recipe.model_copy(update={"training": recipe.training.model_copy(update=training)})
    with tempfile.TemporaryDirectory(dir=case.folder) as folder:
        return trains(_resplit(_messages(case), recipe, resplit), Path(folder))


def by_us(resplit: Resplit, folder: Path) -> float:
    """A rank's own work, in this process."""
    from newslabel.train.rank import train_rank

    files = {}
    for part, rows in resplit.parts.items():
        files[part] = [str(folder / f"{part}.parquet")]
        pq.write_table(rows, files[part][0])
    plan = TrainingPlan(recipe=resplit.recipe, examples="sms", vocabulary_size=resplit.vocabulary_size, files=files)
    work = str(folder / "work")
    write_plan(work, plan)
    train_rank(work, str(folder.parent / "kernels"))
    told = read_evaluations(work)["test"]["metrics"]
    # plain Keras answers to every message; one that ours says nothing of is as good as wrong
    return float(told["accuracy"] * told["articles"] / (told["articles"] + told["unjudged"]))


def by_plain_keras(resplit: Resplit, folder: Path) -> float:
    """What a tutorial would write, with what is padding masked."""
    del folder
    import keras

    training = resplit.recipe.training
    keras.utils.set_random_seed(training.seed)
    arrays = {part: _padded(rows, resplit.recipe) for part, rows in resplit.parts.items()}
    model = _plain_network(resplit.recipe, resplit.vocabulary_size)
    stop = keras.callbacks.EarlyStopping(patience=training.patience, restore_best_weights=True)
    model.fit(
        *arrays["train"],
        validation_data=arrays["validation"],
        batch_size=training.batch_size,
        epochs=training.epochs,
        callbacks=[stop],
        verbose=0,
    )
    ids, is_spam = arrays["test"]
    return float(((model.predict(ids, verbose=0)[:, 0] >= 0.5) == is_spam).mean())


def _plain_network(recipe: Recipe, vocabulary_size: int) -> Any:
    """The recipe's network, of Keras' own layers."""
    from keras import Sequential, layers

    keys = recipe.network
    embedding = layers.Embedding(vocabulary_size, keys["embedding_width"], mask_zero=True)
    if recipe.family == "dense":
        [width] = keys["dense"]
        hidden = [layers.GlobalAveragePooling1D(), layers.Dense(width, "relu"), layers.Dropout(keys["dense_dropout"])]
    else:
        cell = {"lstm": layers.LSTM, "gru": layers.GRU}[keys["cell"]](keys["units"])
        reads = layers.Bidirectional(cell) if keys["bidirectional"] else cell
        hidden = [layers.SpatialDropout1D(keys["spatial_dropout"]), reads, layers.Dropout(keys["pooled_dropout"])]
    model = Sequential([embedding, *hidden, layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def _padded(rows: pa.Table, recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    import keras

    ids = keras.utils.pad_sequences(rows["token_ids"].to_pylist(), maxlen=recipe.tokens.max_tokens, padding="post")
    return ids, np.array(rows["label"].to_pylist()) == recipe.classes.positive


def _resplit(messages: pa.Table, recipe: Recipe, number: int) -> Resplit:
    """The messages as ids, as many of each class, divided anew for each number."""
    draw = np.random.default_rng(number)
    is_spam = np.array(messages["label"].to_pylist()) == recipe.classes.positive
    classes = [draw.permutation(np.flatnonzero(is_spam == side)) for side in (True, False)]
    rows = draw.permutation(np.concatenate([each[: min(map(len, classes))] for each in classes]))
    bounds = np.round(np.cumsum([*SHARES.values()])[:-1] * len(rows)).astype(int)
    rows_of = dict(zip(SHARES, np.split(rows, bounds), strict=True))
    vocabulary = vocabulary_of(recipe, messages.take(rows_of["train"]), ())
    encoder = encoder_for(recipe, vocabulary, ())
    return Resplit(
        recipe,
        vocabulary.size,
        {part: _encoded(messages.take(np.sort(rows)), encoder.encode) for part, rows in rows_of.items()},
    )


def _encoded(messages: pa.Table, encode: Any) -> pa.Table:
    encoded = encode({"text": messages["text"].combine_chunks()})
    ids = pa.ListArray.from_arrays(pa.array(encoded.offsets, pa.int32()), pa.array(encoded.token_ids))
    return pa.table(
        {
            "article_id": [f"{number:064x}" for number in range(len(messages))],
            "token_ids": ids,
            "n_tokens": encoded.n_tokens,
            "unknown_share": encoded.unknown_share,
            "label": messages["label"],
        }
    )


def _messages(case: Case) -> pa.Table:
    """Messages, each once: text, label; made ones where there are no real ones, good to see that it runs."""
    file = DATA / "sms" / "spam.csv"
    if case.quick or not file.exists():
        texts = pa.concat_arrays([made_texts(60, seed=0), made_texts(60, seed=1)])
        return pa.table({"text": texts, "label": ["SPAM"] * 60 + ["HAM"] * 60})
    with file.open(encoding="windows-1252", newline="") as lines:
        labels = {row["v2"]: {"spam": "SPAM", "ham": "HAM"}[row["v1"]] for row in csv.DictReader(lines)}
    return pa.table({"text": list(labels), "label": list(labels.values())})


def ways(recipes: tuple[str, ...]) -> dict[str, Callable[[Case], Figures]]:
    """Each recipe by us and by plain Keras."""
    by = {"": by_us, ", plain Keras": by_plain_keras}
    return {
        f"{name}{suffix}": partial(figures, trains=trains, recipe_name=name)
        for name in recipes
        for suffix, trains in by.items()
    }
