"""What users may import of the tables' upkeep."""

import newslabel.maintain


def test_the_package_exports_these_names() -> None:
    assert newslabel.maintain.__all__ == ["MaintainedTable", "maintain_tables"]
    assert all(callable(getattr(newslabel.maintain, name)) for name in newslabel.maintain.__all__)
