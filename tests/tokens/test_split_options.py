import re
from datetime import date
from typing import Any

import pytest

from newslabel.errors import SettingsError
from newslabel.settings import CrawlSettings, Settings, TokenizeSettings
from newslabel.tokens.split_options import SplitOptions, split_by
from newslabel.tokens.splits import DateSplit, FilesSplit, FoldsSplit, HashSplit, SourceSplit, Split

SETTINGS = Settings(
    crawl=CrawlSettings(time_zone="Europe/Berlin"),
    tokenize=TokenizeSettings(seed=3, train_share=0.7, validation_share=0.2),
)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, HashSplit(3, 0.7, 0.2)),
        ({"train_share": 0.57, "validation_share": 0.1}, HashSplit(3, 0.57, 0.1)),
        ({"name": "files", "test_files": "test*"}, FilesSplit("test*", 3, 0.2)),
        (
            {"name": "date", "by": "crawl_date", "test_from": "2026-11-20", "validation_share": 0.0},
            DateSplit("crawl_date", date(2026, 11, 20), "Europe/Berlin", 3, 0.0),
        ),
        ({"name": "source", "train_share": 0.5}, SourceSplit(3, 0.5, 0.2)),
        ({"name": "folds", "folds": 5, "fold": 1}, FoldsSplit(5, 1, 3, 0.2)),
        # what these train is all the rest: the setting train_share is not theirs
        ({"name": "files", "test_files": "test*", "validation_share": 0.4}, FilesSplit("test*", 3, 0.4)),
        ({"name": "folds", "folds": 5, "fold": 1, "validation_share": 0.3}, FoldsSplit(5, 1, 3, 0.3)),
    ],
)
def test_the_command_line_asks_for_a_split(options: dict[str, Any], expected: Split) -> None:
    assert split_by(SplitOptions(**options), SETTINGS) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"test_files": "a.csv"}, "--test-files goes with --split files. Received: --split hash"),
        ({"name": "files"}, "--split files takes --test-files as well. Received: none of them"),
        ({"name": "date", "by": "crawl_date"}, "--split date takes --test-from as well. Received: --by"),
        ({"name": "folds"}, "--split folds takes --folds and --fold as well. Received: none of them"),
        ({"name": "source", "fold": 1}, "--fold goes with --split folds. Received: --split source"),
        (
            {"name": "folds", "folds": 5, "fold": 1, "train_share": 0.5},
            "--train-share goes with --split hash or source. Received: --split folds",
        ),
        ({"name": "folds", "folds": 5, "fold": 6}, "--fold from 1 to it. Received: 6 of 5"),
        (
            {"name": "folds", "folds": 1, "fold": 1},
            "--folds must be 2 or more, and --fold from 1 to it. Received: 1 of 1",
        ),
        ({"train_share": 0.9}, "a share for the test part. Received: 0.9 and 0.2"),
        ({"train_share": float("nan")}, "must be above 0, and leave with --validation-share"),
        ({"name": "source", "validation_share": 0.3}, "a share for the test part. Received: 0.7 and 0.3"),
        (
            {"name": "folds", "folds": 5, "fold": 1, "validation_share": 1.0},
            "--validation-share must be 0 or above, and below 1. Received: 1.0",
        ),
        ({"name": "date", "by": "crawl_date", "test_from": "may"}, "--test-from takes a date like 2026-11-20"),
    ],
)
def test_options_that_do_not_go_together_are_told(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(message)):
        split_by(SplitOptions(**options), SETTINGS)
