import pytest

from newslabel.compare import CompareOptions, check_comparison
from newslabel.errors import DataError, SettingsError
from newslabel.tokens.splits import FilesSplit, HashSplit


def test_the_baseline_stands_first_asked_for_or_not(settings):
    def names(*recipes: str) -> list[str]:
        return [row.name for row in check_comparison(CompareOptions(recipes), settings).rows]

    assert names("tiny") == ["linear", "tiny"]
    assert names("tiny", "linear", "tiny") == ["linear", "tiny"]
    assert names("linear") == ["linear"]


def test_the_baseline_tells_the_classes_that_the_others_tell(settings):
    linear, other = check_comparison(CompareOptions(["sms_dense", "linear"]), settings).rows
    assert linear.recipe.classes == other.recipe.classes
    assert linear.recipe.classes.positive == "SPAM"
    assert linear.recipe.clean.rules[0] == "urls"


def test_every_row_is_tried_on_the_same_splits_with_the_same_seeds(settings):
    options = CompareOptions(
        ["tiny"], resplits=3, seeds=2, test_files=["a*.csv"], vary=["tokens.max_words=9"], workers=2
    )
    comparison = check_comparison(options, settings)
    assert list(comparison.splits()) == [
        *(HashSplit(seed, 0.6, 0.1) for seed in (0, 1, 2)),
        FilesSplit("a*.csv", 0, 0.1),
    ]
    assert [row.name for row in comparison.rows] == ["linear", "tiny", "tiny, tokens.max_words=9"]
    trials = [comparison.trials(row, comparison.resplits[0]) for row in comparison.rows]
    assert [[trial.recipe.training.seed for trial in each] for each in trials] == [[0, 1]] * 3
    assert [each[0].workers for each in trials] == [None, 2, 2]


def test_vectors_go_to_those_that_cannot_do_without_and_to_those_that_are_named(settings, tmp_path):
    glove = tmp_path / "glove.txt"
    glove.write_text("the 0.1 0.2\n")
    options = CompareOptions(["glove_lstm", "small_lstm", "tiny"], glove=str(glove), glove_for=["small_lstm"])
    comparison = check_comparison(options, settings)
    begins = {row.name: comparison.trials(row, comparison.resplits[0])[0].glove for row in comparison.rows}
    assert begins == {"linear": None, "glove_lstm": str(glove), "small_lstm": str(glove), "tiny": None}


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"recipes": []}, SettingsError, "--recipes takes names of recipes"),
        ({"recipes": ["glove_lst"]}, SettingsError, "Did you mean 'glove_lstm'"),
        ({"recipes": ["tiny", "sms_gru"]}, SettingsError, "the same classes apart.*REAL/FAKE, sms_gru HAM/SPAM"),
        ({"recipes": ["linear"], "resplits": 1}, SettingsError, "--resplits must be at least 2.*Received: 1 and 1"),
        ({"recipes": ["glove_lstm"]}, SettingsError, "keeps its vectors as they are read: give --glove FILE"),
        ({"recipes": ["glove_lstm"], "glove": "nowhere.txt"}, DataError, "no such GloVe file"),
        ({"recipes": ["tiny"], "glove_for": ["tiny"]}, SettingsError, "--glove-for goes with --glove FILE"),
        ({"recipes": ["tiny"], "glove": "g", "glove_for": ["tin"]}, SettingsError, "names none.*Did you mean 'tiny'"),
        ({"recipes": ["tiny"], "vary": ["clean.rules=lowercas"]}, SettingsError, "no cleaning rule 'lowercas'"),
        ({"recipes": ["tiny"], "vary": ["network.embedding=frozen"]}, SettingsError, "give --glove FILE"),
        ({"recipes": ["linear"], "vary": ["clean.stop_words=englisch"]}, SettingsError, "Did you mean 'english'"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(settings, options, error, message):
    with pytest.raises(error, match=message):
        check_comparison(CompareOptions(**options), settings)
