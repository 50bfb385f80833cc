"""The figures of made-up results, by hand and against a plain slow twin."""

import json
import math
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binomtest, t
from sklearn.metrics import roc_auc_score

from newslabel.compare.figures import compared_figures
from newslabel.compare.results import TrialResult, read_result, write_result
from newslabel.compare.rows import RowResults
from newslabel.compare.shown import shown_tables
from newslabel.compare.variations import Variation
from newslabel.errors import DataError
from newslabel.recipes import load_recipe

LINEAR = load_recipe("linear", Path(__file__).resolve().parents[2] / "conf" / "recipes")
OTHER = LINEAR.model_copy(update={"name": "other"})


def result(ids, truth, probabilities, **figures) -> TrialResult:
    table = pa.table(
        {
            "article_id": list(ids),
            "is_positive": pa.array(truth, pa.bool_()),
            "probability": pa.array(probabilities, pa.float64(), from_pandas=True),
        }
    )
    told = {
        "train_rows": 40,
        "train_seconds": 2.0,
        "samples_per_s": 20.0,
        "articles_per_s": 5.0,
        "bundle_bytes": 1 << 20,
    }
    accuracy = float(np.mean((np.array(probabilities, float) >= 0.5) == np.array(truth)))
    return TrialResult(table, {**told, "positive_share": 0.4, "evaluated": {"accuracy": accuracy}, **figures})


def drawn(seed: int, noise: float) -> TrialResult:
    """Twenty articles of forty; `noise` makes the model err."""
    articles = np.random.default_rng(seed).permutation(40)[:20]
    truth = articles % 3 == 0
    says = np.random.default_rng([seed, int(100 * noise)]).normal(truth, noise)
    order = np.argsort([f"{article:02}" for article in articles])
    ids = [f"{article:02}" for article in articles[order]]
    return result(ids, truth[order], 1 / (1 + np.exp(-4 * (says[order] - 0.5))))


@pytest.fixture(scope="module")
def rows():
    return [
        RowResults(
            Variation(recipe),
            [[drawn(split, noise + 0.01 * seed) for seed in (0, 1)] for split in range(4)],
            {"a.csv": [drawn(9, noise), drawn(9, noise + 0.01)]},
        )
        for recipe, noise in ((LINEAR, 0.4), (OTHER, 0.8))
    ]


@pytest.fixture(scope="module")
def figures(rows):
    return compared_figures(rows)


def right(each: TrialResult) -> list[bool]:
    table = each.table.to_pylist()
    return [(row["probability"] >= 0.5) == row["is_positive"] for row in table]


def auc_of(each: TrialResult) -> float:
    return roc_auc_score(each.table["is_positive"].to_pylist(), each.table["probability"].to_pylist())


def pooled(row: RowResults) -> dict[str, tuple[bool, float]]:
    """Each article as the first seed of the first resplit that tested it says."""
    found = {}
    for results in row.resplits:
        for each in results[0].table.to_pylist():
            found.setdefault(each["article_id"], (each["is_positive"], each["probability"]))
    return found


def test_a_row_has_means_and_spreads_over_all_its_trainings(rows, figures):
    for row, told in zip(rows, figures["rows"], strict=True):
        accuracies = [mean(right(each)) for results in row.resplits for each in results]
        assert told["accuracy"] == pytest.approx({"mean": mean(accuracies), "spread": stdev(accuracies)})
        assert told["auc"]["mean"] == pytest.approx(mean(auc_of(each) for results in row.resplits for each in results))
        assert told["coverage"]["1"] == pytest.approx(told["accuracy"]["mean"])
        assert told["coverage"]["0.8"] >= told["coverage"]["1"]
        assert told["costs"] == {
            "train_seconds": 2,
            "samples_per_s": 20,
            "articles_per_s": 5,
            "bundle_bytes": 1 << 20,
        }
    assert (figures["baseline"], figures["resplits"], figures["seeds"], figures["patterns"]) == (
        "linear",
        4,
        2,
        ["a.csv"],
    )


def test_accuracy_is_held_against_the_baseline_resplit_for_resplit(rows, figures):
    ours, base = ([mean(mean(right(each)) for each in results) for results in row.resplits] for row in rows[::-1])
    differences = [one - other for one, other in zip(ours, base, strict=True)]
    reach = t.ppf(0.975, 3) * stdev(differences) * math.sqrt(1 / 4 + 20 / 40)
    told = figures["rows"][1]["less_baseline"]["accuracy"]
    centre = mean(differences)
    assert told == pytest.approx({"value": centre, "low": centre - reach, "high": centre + reach})
    assert figures["rows"][0]["less_baseline"] is None
    assert figures["rows"][0]["mcnemar"] is None


def test_errors_are_counted_over_articles_that_stand_there_once(rows, figures):
    base, other = map(pooled, rows)
    assert figures["articles"] == len(base) == len(other) < 80
    told = figures["rows"][1]
    assert told["brier"]["value"] == pytest.approx(mean((said - truth) ** 2 for truth, said in other.values()))
    assert told["brier"]["low"] < told["brier"]["value"] < told["brier"]["high"]
    assert told["less_baseline"]["brier"]["value"] == pytest.approx(
        told["brier"]["value"] - figures["rows"][0]["brier"]["value"]
    )
    is_right = [{key: (said >= 0.5) == truth for key, (truth, said) in each.items()} for each in (base, other)]
    only_base = sum(is_right[0][key] and not is_right[1][key] for key in base)
    only_this = sum(is_right[1][key] and not is_right[0][key] for key in base)
    assert told["mcnemar"] == {
        "p_value": pytest.approx(binomtest(only_this, only_this + only_base).pvalue),
        "only_this_right": only_this,
        "only_baseline_right": only_base,
    }


def test_other_files_are_told_apart_from_the_resplits(rows, figures):
    told = figures["rows"][1]["files"]["a.csv"]
    results = rows[1].files["a.csv"]
    assert told["accuracy"] == pytest.approx(mean(mean(right(each)) for each in results))
    assert told["auc"] == pytest.approx(mean(map(auc_of, results)))
    assert told["auc_interval"]["value"] == pytest.approx(auc_of(results[0]))
    less = figures["rows"][1]["less_baseline"]["files"]["a.csv"]
    assert less["value"] == pytest.approx(auc_of(results[0]) - auc_of(rows[0].files["a.csv"][0]))
    assert less["low"] < less["value"] < less["high"]


def of_one(each: TrialResult, recipe=LINEAR) -> RowResults:
    return RowResults(Variation(recipe), [[each], [each]], {})


def test_an_article_without_known_words_counts_as_how_frequent_its_class_was():
    truth = [True, False] * 5
    [row] = compared_figures([of_one(result("abcdefghij", truth, [0.9, 0.1] * 4 + [None, None]))])["rows"]
    assert row["unscored"] == 4  # two, on each resplit
    assert row["accuracy"]["mean"] == pytest.approx(0.9)  # 0.4 says REAL, which one of the two is
    assert (row["coverage"]["1"], row["coverage"]["0.8"]) == (pytest.approx(0.9), 1)
    assert row["brier"]["value"] == pytest.approx((8 * 0.01 + 0.36 + 0.16) / 10)


def test_what_cannot_be_said_is_none_and_shown_as_such():
    [row] = compared_figures([of_one(result("ab", [True, True], [0.9, 0.8]))])["rows"]
    assert row["auc"] == {"mean": None, "spread": None}
    assert row["calibration_error"] == {"value": None, "low": None, "high": None}
    json.dumps(row, allow_nan=False)
    main, _ = shown_tables(compared_figures([of_one(result("ab", [True, True], [0.9, 0.8]))]))
    assert dict(zip(main.columns, main.rows[0], strict=True))["AUC"] == "none ± none"


def test_a_bundle_that_scores_otherwise_than_its_training_told_is_seen():
    scored = result("ab", [True, False], [0.9, 0.8], evaluated={"accuracy": 1.0})
    assert compared_figures([of_one(scored)])["rows"][0]["evaluation_gap"] == 0.5


def test_training_and_bundle_are_held_against_each_other_on_articles_that_are_scored():
    truth, said = [True, False, True], [0.9, 0.1, None]
    [row] = compared_figures([of_one(result("abc", truth, said, evaluated={"accuracy": 1.0}))])["rows"]
    assert row["evaluation_gap"] == 0
    nothing = result("ab", [True, False], [None, None], evaluated={"accuracy": None})
    assert compared_figures([of_one(nothing)])["rows"][0]["evaluation_gap"] == 0
    [row] = compared_figures([of_one(result("abc", truth, said, evaluated={"accuracy": None}))])["rows"]
    assert row["evaluation_gap"] == 1


def test_what_is_not_scored_is_unsure_before_all_else():
    said = [0.9, 0.1, 0.9, 0.45, None]
    each = result("abcde", [True, False, True, False, True], said, positive_share=0.99)
    [row] = compared_figures([of_one(each)])["rows"]
    assert row["accuracy"]["mean"] == 1  # it was guessed
    labelled_first = result("abcde", [True, False, True, False, False], said, positive_share=0.99)
    assert compared_figures([of_one(labelled_first)])["rows"][0]["coverage"]["0.8"] == 1


def test_rows_of_other_articles_are_refused():
    base, other = (
        of_one(result(ids, [True, False], [0.9, 0.1]), recipe) for ids, recipe in (("ab", LINEAR), ("ac", OTHER))
    )
    with pytest.raises(DataError, match="other was not tested on the articles of linear"):
        compared_figures([base, other])


def test_the_tables_have_a_row_for_each_recipe(figures):
    main, coverage = shown_tables(json.loads(json.dumps(figures, allow_nan=False)))
    assert main.columns[:4] == ["recipe", "accuracy", "less linear's", "p"]
    assert main.columns[-6:-4] == ["accuracy on a.csv", "AUC on a.csv"]
    assert [row[0] for row in main.rows] == ["linear", "other"]
    assert {len(row) for row in main.rows} == {len(main.columns)}
    assert main.rows[0][-4:] == ["2.0", "20", "5", "1.0"]
    assert coverage.columns == ["recipe", "100%", "95%", "90%", "80%"]


def test_a_result_is_read_back_as_it_was_written(settings):
    kept = result("ab", [True, False], [0.25, None])
    assert read_result(settings, "linear-0") is None
    write_result(settings, "linear-0", kept)
    again = read_result(settings, "linear-0")
    assert again.table.to_pydict() == kept.table.to_pydict()
    assert again.figures == kept.figures
    assert again.probabilities.tolist() == [0.25, 0.4]


def test_a_spoilt_result_is_named(settings):
    place = Path(settings.models.root) / "comparisons" / "trials" / "linear-0.parquet"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"spoilt, delete it: .*Received: '.*linear-0\.parquet'"):
        read_result(settings, "linear-0")
