"""A training as a tutorial would write it: the twin that ours is measured against.

Cleaning with `re` and a set, padding everything to 1000, bench/plain_network.py, `fit`. Run as a script, it prints its
test accuracy for each seed, a line each:

    PYTHONPATH=bench python plain_keras.py TRAIN.csv TEST.csv GLOVE.txt STOP_WORDS.txt SEED [SEED ...]
"""

import csv
import re
import sys
from collections import Counter
from pathlib import Path

import keras
import numpy as np
from plain_network import plain_network

MAX_TOKENS, MAX_WORDS, EPOCHS, BATCH_SIZE = 1000, 100_000, 10, 128


def words(row: dict[str, str], stop_words: set[str]) -> list[str]:
    text = re.sub(r"https?://\S+|www\.\S+", " ", f"{row['title']} {row['text']}").lower()
    return [word for word in re.sub(r"[^\w\s]|_", " ", text).split() if word not in stop_words]


def read(path: str, stop_words: set[str]) -> tuple[list[list[str]], np.ndarray]:
    csv.field_size_limit(10**9)
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    fake = np.array([row["label"] == "FAKE" for row in rows])
    return [words(row, stop_words) for row in rows], np.stack([~fake, fake], axis=1).astype("float32")


def embedding(path: str, vocabulary: dict[str, int], seed: int) -> np.ndarray:
    with Path(path).open(encoding="utf-8") as file:
        vectors = {line.split(" ", 1)[0]: line.rstrip().split(" ")[1:] for line in file}
    width = len(next(iter(vectors.values())))
    matrix = np.random.default_rng(seed).normal(0, 0.1, (len(vocabulary) + 1, width)).astype("float32")
    for word, index in vocabulary.items():
        if word in vectors:
            matrix[index] = np.array(vectors[word], dtype="float32")
    matrix[0] = 0
    return matrix


def accuracy(train_file: str, test_file: str, glove_file: str, stop_words_file: str, seed: int) -> float:
    # what punctuation stripping makes of them: "don't" stands in a cleaned text as don and t
    stop_words = set(re.findall(r"\w+", Path(stop_words_file).read_text(encoding="utf-8").lower()))
    keras.utils.set_random_seed(seed)
    (train_texts, train_labels), (test_texts, test_labels) = read(train_file, stop_words), read(test_file, stop_words)
    held_out = np.random.default_rng(seed).random(len(train_texts)) < 0.1
    fitted = [text for text, out in zip(train_texts, held_out, strict=True) if not out]
    counts = Counter(word for text in fitted for word in text)
    vocabulary = {word: index for index, (word, _) in enumerate(counts.most_common(MAX_WORDS), start=1)}

    def padded(texts: list[list[str]]) -> np.ndarray:
        ids = [[vocabulary[word] for word in text if word in vocabulary] for text in texts]
        return keras.utils.pad_sequences(ids, maxlen=MAX_TOKENS, padding="post")

    matrix = embedding(glove_file, vocabulary, seed)
    model = plain_network(matrix, masks_padding=True)
    model.fit(padded(fitted), train_labels[~held_out], batch_size=BATCH_SIZE, epochs=EPOCHS, verbose=0)
    predicted = model.predict(padded(test_texts), verbose=0).argmax(axis=1)
    return float((predicted == test_labels.argmax(axis=1)).mean())


if __name__ == "__main__":
    for each in sys.argv[5:]:
        sys.stdout.write(f"{accuracy(*sys.argv[1:5], int(each))}\n")
        sys.stdout.flush()
