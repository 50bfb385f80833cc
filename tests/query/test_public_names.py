"""What users may import of queries."""

import newslabel.query


def test_the_package_exports_these_names() -> None:
    assert newslabel.query.__all__ == [
        "LockedDatabase",
        "QueryError",
        "Question",
        "current_labels_sql",
        "load_question",
        "query_labels",
        "question_names",
    ]
    assert all(callable(getattr(newslabel.query, name)) for name in newslabel.query.__all__)
