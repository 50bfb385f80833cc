"""What users may import from newslabel.compare."""

import newslabel.compare


def test_the_stage_exports_these_names():
    assert newslabel.compare.__all__ == [
        "CompareOptions",
        "CompareSummary",
        "Comparison",
        "Shown",
        "VersionsCompared",
        "check_comparison",
        "compare_models",
        "compare_recipes",
        "promotion_gate",
        "shown_tables",
    ]
    assert all(callable(getattr(newslabel.compare, name)) for name in newslabel.compare.__all__)
