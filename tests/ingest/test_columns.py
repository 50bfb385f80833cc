import pytest

from newslabel.errors import DataError
from newslabel.ingest.columns import ColumnFinder

FINDER = ColumnFinder({"title": ("title", "headline"), "text": ("text", "content", "body")}, required=("text",))


def test_a_column_is_found_by_any_of_its_names_in_any_case_and_with_blanks_around():
    assert FINDER.find(["id", " HeadLine ", "BODY"]) == {"title": 1, "text": 2}


def test_the_first_synonym_wins_over_the_first_column():
    assert FINDER.find(["body", "content", "text"]) == {"text": 2}


def test_of_two_columns_of_one_name_the_first_counts():
    assert FINDER.find(["text", "Text"]) == {"text": 0}


def test_a_missing_column_is_refused_with_what_was_expected_and_what_is_there():
    with pytest.raises(DataError) as refused:
        FINDER.require(FINDER.find(["id", "summary"]), ["id", "summary"])
    assert str(refused.value) == (
        "no text column, expected one of 'text', 'content', 'body'. Received columns: 'id', 'summary'"
    )


def test_a_missing_crawl_date_names_the_option():
    finder = ColumnFinder({"crawl_date": ("crawl_date",)}, required=("crawl_date",))
    with pytest.raises(DataError, match=r"expected one of 'crawl_date' \(or give --crawl-date\)"):
        finder.require(finder.find(["text"]), ["text"])


def test_a_message_shows_a_part_of_very_many_and_very_long_columns():
    with pytest.raises(DataError) as refused:
        FINDER.require({}, ["x" * 1000] * 141)
    assert str(refused.value).endswith("and 121 more")
    assert len(str(refused.value)) < 1500
