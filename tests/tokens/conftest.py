"""A recipe of few rules, for tests that change a part of it."""

from pathlib import Path

import pytest

from newslabel.recipes import Recipe, load_recipe

RECIPES = Path(__file__).resolve().parents[2] / "conf" / "recipes"


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    """glove_lstm as it is published with this project."""
    return load_recipe("glove_lstm", RECIPES)
