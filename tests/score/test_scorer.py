"""The scorer, on a model whose answers one can work out."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from newslabel import load_scorer
from newslabel.errors import BundleError, DataError
from newslabel.models.manifest import MANIFEST_FILE, Manifest, hash_files
from newslabel.score.scorer import Scorer
from newslabel.tokens import Vocabulary

ARTICLES = {
    "title": ["Hoax!", "OFFICIAL", "Hoax", None, "the", "Zebra"],
    "text": ["the weather", "weather is official", "official", None, "...", "zebra hoaxes"],
}


@pytest.fixture
def scorer(make_bundle, kernels) -> Scorer:
    return load_scorer(make_bundle(), kernels)


def test_probabilities_are_those_of_the_model_and_nan_where_nothing_is_left(scorer) -> None:
    found = scorer.score(ARTICLES["title"], ARTICLES["text"])
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, [0.9820, 0.0180, 0.5, np.nan, np.nan, np.nan], atol=1e-4)


@pytest.mark.parametrize(
    "holder",
    [
        list,
        tuple,
        lambda texts: np.array(texts, dtype=object),
        lambda texts: pa.array(texts, pa.large_string()),
        lambda texts: pa.chunked_array([texts[:2], texts[2:]], pa.string()),
        lambda texts: pa.array(texts, pa.string_view()),
        lambda texts: pa.array(["sliced", *texts])[1:],
        lambda texts: pd.Series(texts).replace({None: np.nan}),
    ],
)
def test_texts_may_come_in_anything_that_holds_texts(scorer, holder) -> None:
    found = scorer.score(holder(ARTICLES["title"]), holder(ARTICLES["text"]))
    np.testing.assert_allclose(found, [0.9820, 0.0180, 0.5, np.nan, np.nan, np.nan], atol=1e-4)


def test_probabilities_are_calibrated_and_the_label_follows_from_them(make_bundle, kernels) -> None:
    scorer = load_scorer(make_bundle(calibration={"slope": 0.5, "intercept": 1.0}), kernels)
    found = scorer.score(ARTICLES["title"], ARTICLES["text"])
    # the log-odds 4, -4 and 0 become 3, -1 and 1
    np.testing.assert_allclose(found, [0.9526, 0.2689, 0.7311, np.nan, np.nan, np.nan], atol=1e-4)
    labels = scorer.label(ARTICLES).to_pylist()
    assert [(label["label"], label["probability"]) for label in labels[:4]] == [
        ("FAKE", 0.9526),
        ("REAL", 0.2689),
        ("FAKE", 0.7311),
        ("UNSURE", None),
    ]


def test_every_article_gets_a_label_and_unsure_says_why(scorer) -> None:
    assert scorer.label(ARTICLES).to_pylist() == [
        {"label": "FAKE", "probability": 0.982, "reason": None, "n_tokens": 2, "unknown_share": 0.0, "why": None},
        {"label": "REAL", "probability": 0.018, "reason": None, "n_tokens": 3, "unknown_share": 0.0, "why": None},
        {"label": "FAKE", "probability": 0.5, "reason": None, "n_tokens": 2, "unknown_share": 0.0, "why": None},
        {
            "label": "UNSURE",
            "probability": None,
            "reason": "empty_after_cleaning",
            "n_tokens": 0,
            "unknown_share": 0.0,
            "why": None,
        },
        {
            "label": "UNSURE",
            "probability": None,
            "reason": "empty_after_cleaning",
            "n_tokens": 0,
            "unknown_share": 0.0,
            "why": None,
        },
        {
            "label": "UNSURE",
            "probability": None,
            "reason": "no_known_words",
            "n_tokens": 3,
            "unknown_share": 1.0,
            "why": None,
        },
    ]


def test_of_a_long_text_the_last_words_count_and_all_are_counted(scorer) -> None:
    (label,) = scorer.label({"title": ["hoax zebra"], "text": ["weather weather weather official"]}).to_pylist()
    assert label == {
        "label": "REAL",
        "probability": 0.018,
        "reason": None,
        "n_tokens": 6,
        "unknown_share": 0.1667,
        "why": None,
    }


def test_a_band_of_probabilities_is_unsure_from_its_low_end_on_and_below_its_high_end(make_bundle, kernels) -> None:
    band = {"threshold": 0.5, "unsure_low": 0.018, "unsure_high": 0.982}
    labels = load_scorer(make_bundle(decision=band), kernels).label(ARTICLES).to_pylist()
    assert [(label["label"], label["probability"], label["reason"]) for label in labels[:3]] == [
        ("FAKE", 0.982, None),
        ("UNSURE", 0.018, "in_unsure_band"),
        ("UNSURE", 0.5, "in_unsure_band"),
    ]


def test_the_label_follows_from_the_rounded_probability(make_bundle, kernels) -> None:
    scorer = load_scorer(make_bundle(decision={"threshold": 0.982, "unsure_low": 0.5, "unsure_high": 0.982}), kernels)
    assert 0.98195 < scorer.score(["hoax"], [""])[0] < 0.98205
    just_below = load_scorer(
        make_bundle("weaker", strength=3.9985, decision={"threshold": 0.982, "unsure_high": 0.982}), kernels
    )
    assert just_below.score(["hoax"], [""])[0] < 0.982
    assert just_below.label({"title": ["hoax"]}).to_pylist()[0]["probability"] == 0.982
    assert just_below.label({"title": ["hoax"]}).to_pylist()[0]["label"] == "FAKE"


def test_a_recipe_that_keeps_unknown_words_does_not_judge_by_them_alone(make_bundle, kernels) -> None:
    scorer = load_scorer(make_bundle(tokens={"unknown": "keep"}), kernels)
    labels = scorer.label({"text": ["zebra zebra", "zebra hoax"]}).to_pylist()
    assert [(label["label"], label["reason"]) for label in labels] == [("UNSURE", "no_known_words"), ("FAKE", None)]


def test_a_recipe_may_read_authors(make_bundle, kernels) -> None:
    scorer = load_scorer(make_bundle(clean={"fields": ["author", "text"]}), kernels)
    np.testing.assert_allclose(scorer.score(["hoax"], [""], ["official"]), [0.018], atol=1e-4)


def test_a_score_depends_on_no_other_article(scorer) -> None:
    titles, texts = ARTICLES["title"] * 7, ARTICLES["text"] * 7
    together = scorer.score(titles, texts)
    alone = np.concatenate([scorer.score([title], [text]) for title, text in zip(titles, texts, strict=True)])
    np.testing.assert_array_equal(together, alone)


def test_half_a_surrogate_pair_is_no_obstacle(scorer) -> None:
    np.testing.assert_allclose(scorer.score(["hoax \ud83d"], ["\x00 \udc00"]), [0.982], atol=1e-4)


def test_no_articles_give_no_labels(scorer) -> None:
    assert len(scorer.score([], [])) == 0
    assert scorer.label({"title": [], "text": []}).num_rows == 0


@pytest.mark.parametrize(
    ("titles", "texts", "message"),
    [
        (["a"], ["b", "c"], r"must be of one length\. Received: 1 of title, 2 of text"),
        ("a title", ["b"], r"title must be an array of texts, not a single one\. Received: 'a title'"),
        ([1], ["b"], r"title must be an array of texts: .*Received: list"),
        (["a"], None, r"text must be an array of texts: .*Received: NoneType"),
    ],
)
def test_what_are_no_texts_is_an_error(scorer, titles, texts, message) -> None:
    with pytest.raises(DataError, match=message):
        scorer.score(titles, texts)


def test_a_changed_byte_is_an_error(make_bundle, kernels) -> None:
    bundle = make_bundle()
    weights = Path(bundle) / "weights" / "table.npy"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(BundleError, match=r"weights/table.npy is not as it was made: wanted SHA-256"):
        load_scorer(bundle, kernels)


def test_a_kernels_table_of_another_vocabulary_is_an_error(make_bundle, kernels) -> None:
    bundle = Path(make_bundle())
    Vocabulary(pa.array(["hoax", "official"]), pa.array([3, 2])).save(bundle / "vocabulary.arrow")
    (bundle / MANIFEST_FILE).unlink()
    made = Manifest(files=hash_files(bundle), data_version="d", code_version="c", made_at="2026-11-20T00:00:00Z")
    (bundle / MANIFEST_FILE).write_bytes(made.to_bytes())
    with pytest.raises(BundleError, match=rf"has weights of 5 ids, its vocabulary has 4\. Received: '{bundle}'"):
        load_scorer(str(bundle), kernels)


def test_a_family_that_there_is_not_is_an_error(make_bundle, kernels) -> None:
    with pytest.raises(BundleError, match=r"there is no family of models 'forest'\..*Received: 'forest'"):
        load_scorer(make_bundle(family="forest"), kernels)


def test_a_scorer_works_with_neither_spark_nor_tensorflow_imported(make_bundle, kernels) -> None:
    code = (
        "import sys; from newslabel import load_scorer; load_scorer(*sys.argv[1:]).score(['hoax'], ['weather']);"
        "print([name for name in ('pyspark', 'tensorflow', 'keras', 'mlflow') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, make_bundle(), str(kernels)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
