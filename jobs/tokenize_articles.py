"""Makes a tokenization of the labelled articles, for training."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from newslabel.command import Set, SettingsFile, job_settings, print_table, run_job


def tokenize_articles(
    recipe_name: Annotated[str, typer.Option("--recipe", metavar="NAME", help="The recipe: a file of conf/recipes.")],
    split_name: Annotated[
        Literal["hash", "files"],
        typer.Option("--split", help="Draw the parts by the articles' texts, or test on what certain files brought."),
    ] = "hash",
    test_files: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help="With --split files: the test files, as a shell writes them (test*.csv)."),
    ] = None,
    settings_file: SettingsFile = None,
    overrides: Set = None,
) -> None:
    """Make a tokenization of the labelled articles: vocabulary, and training, validation and test parts.

    Asked for again with the same articles and recipe, it is found, not made again.
    """
    settings = job_settings(settings_file, overrides)
    from newslabel.recipes import load_recipe
    from newslabel.session import spark_session
    from newslabel.tokens import check_recipe
    from newslabel.tokens.splits import split_by
    from newslabel.tokens.tokenize import tokenize_articles

    recipe = load_recipe(recipe_name, Path(settings.corpus.recipes))
    check_recipe(recipe)
    split = split_by(split_name, test_files=test_files, settings=settings.tokenize)
    with spark_session(settings, job="tokenize_articles") as spark:
        summary = tokenize_articles(spark, settings, recipe, split)
    how = "found, as it was made before" if summary.was_there else "made"
    title = f"tokenization {summary.id}: {how}; a vocabulary of {summary.vocabulary_words:,} words"
    parts = [(part, rows, summary.unknown_share.get(part, 0.0)) for part, rows in summary.rows.items()]
    print_table(title, ["part", "examples", "share of unknown words"], parts)


if __name__ == "__main__":
    run_job(tokenize_articles)
