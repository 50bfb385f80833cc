"""What users may import of scoring."""

import newslabel.score


def test_the_package_exports_these_names() -> None:
    assert newslabel.score.__all__ == [
        "ScorePlan",
        "ScoreRequest",
        "ScoreSummary",
        "Scorer",
        "TextLabel",
        "chosen_scorer",
        "label_lines",
        "label_text",
        "label_udf",
        "lines_of",
        "load_scorer",
        "plan_scoring",
        "refuse_drift",
        "score_articles",
        "text_or_file",
    ]
    assert all(callable(getattr(newslabel.score, name)) for name in newslabel.score.__all__)
