"""What users may import of scoring."""

import newslabel.score


def test_the_package_exports_these_names() -> None:
    assert newslabel.score.__all__ == [
        "ScoreSummary",
        "Scorer",
        "TextLabel",
        "label_text",
        "label_udf",
        "load_scorer",
        "refuse_drift",
        "score_articles",
        "text_or_file",
    ]
    assert all(callable(getattr(newslabel.score, name)) for name in newslabel.score.__all__)
