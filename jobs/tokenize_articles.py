"""Makes a tokenization of the labelled articles, for training."""

from pathlib import Path
from typing import Annotated

import typer

from newslabel.command import Set, SettingsFile, job_settings, print_table, run_job
from newslabel.tokens.split_options import DateName, SplitName, SplitOptions


def tokenize_articles(
    recipe_name: Annotated[
        str | None,
        typer.Option(
            "--recipe", metavar="NAME", help="The recipe: a file of conf/recipes. Default: the setting corpus.recipe."
        ),
    ] = None,
    split_name: Annotated[
        SplitName,
        typer.Option(
            "--split",
            help="Draw the parts by the articles' texts (hash); or test on what certain files brought, on the newest "
            "days (date), on sources that training does not see, or on one of k folds.",
        ),
    ] = "hash",
    test_files: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help="With --split files: the test files, as a shell writes them (test*.csv)."),
    ] = None,
    by: Annotated[
        DateName | None,
        typer.Option("--by", help="With --split date: the date that counts; articles without it are kept out."),
    ] = None,
    test_from: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="With --split date: the first day that tests; older articles train."),
    ] = None,
    folds: Annotated[int | None, typer.Option(metavar="K", help="With --split folds: how many folds.")] = None,
    fold: Annotated[
        int | None, typer.Option(metavar="I", help="With --split folds: the one that tests, 1 to K.")
    ] = None,
    train_share: Annotated[
        float | None,
        typer.Option(
            help="With --split hash, source: the share that trains. Default: the setting tokenize.train_share."
        ),
    ] = None,
    validation_share: Annotated[
        float | None,
        typer.Option(help="The share that validates. Default: the setting tokenize.validation_share."),
    ] = None,
    settings_file: SettingsFile = None,
    overrides: Set = None,
) -> None:
    """Make a tokenization of the labelled articles: vocabulary, and training, validation and test parts.

    Equal texts, versions of a story and near-duplicates stay on one side. Texts under two labels, and texts that a
    source repeats again and again, are kept out and counted. Asked for again with the same articles and recipe, it is
    found, not made again.
    """
    settings = job_settings(settings_file, overrides)
    from newslabel.models.families import check_encoder
    from newslabel.recipes import recipe_of_corpus
    from newslabel.session import spark_session
    from newslabel.tokens import check_recipe
    from newslabel.tokens.preset import check_preset
    from newslabel.tokens.split_options import split_by
    from newslabel.tokens.stop_words import check_stop_words
    from newslabel.tokens.tokenize import tokenize_articles

    recipes = Path(settings.corpus.recipes)
    recipe = recipe_of_corpus(settings.corpus, recipe_name)
    check_recipe(recipe)
    check_encoder(recipe)
    check_preset(settings.bert.preset, recipe)
    check_stop_words(recipe, recipes)
    options = SplitOptions(split_name, test_files, by, test_from, folds, fold, train_share, validation_share)
    split = split_by(options, settings)
    with spark_session(settings, job="tokenize_articles") as spark:
        summary = tokenize_articles(spark, settings, recipe, split)
    print_table("tokenization", ["", ""], summary.facts())
    columns = ["part", "examples", "share of words with an id", "share of unknown words"]
    print_table("parts", columns, summary.parts())
    if summary.tokenization.leaks:
        print_table(
            "WARNING: words that nearly tell the class, which a model may learn in place of news",
            ["word", "class", "share of that class", "gain", "articles", "rule that strips it"],
            [leak.shown() for leak in summary.tokenization.leaks],
        )


if __name__ == "__main__":
    run_job(tokenize_articles)
