"""Trains a recipe's network on Horovod and registers the bundle."""

from pathlib import Path
from typing import Annotated

import typer

from newslabel.command import Set, SettingsFile, job_settings, print_table, run_job


def train_model(
    recipe_name: Annotated[
        str | None, typer.Option("--recipe", metavar="NAME", help="The recipe: a file of conf/recipes.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Horovod ranks, a free core each. Default: the setting train.workers."),
    ] = None,
    glove: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Word vectors in GloVe's text format: .txt, .txt.gz or .zip."),
    ] = None,
    examples: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The tokenization to train on. Default: the newest of the recipe."),
    ] = None,
    bundle: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Train nothing: register this bundle, with the metrics that lie in it."),
    ] = None,
    settings_file: SettingsFile = None,
    overrides: Set = None,
) -> None:
    """Train a recipe's network on Horovod, keep it as a bundle and register it as a new version.

    The version labels nothing until promote_model makes it champion.
    """
    settings = job_settings(settings_file, overrides)
    from newslabel.recipes import load_recipe
    from newslabel.session import spark_session
    from newslabel.train import check_options, check_training, register_bundle, train_model

    check_options(recipe=recipe_name, bundle=bundle, workers=workers, glove=glove, examples=examples)
    if bundle is not None:
        version = register_bundle(settings, bundle)
        print_table(f"version {version.number}", ["", ""], version.facts())
        return
    recipe = load_recipe(str(recipe_name), Path(settings.corpus.recipes))
    tokenization = check_training(settings, recipe, examples_id=examples, glove=glove)  # Spark takes its time to start
    with spark_session(settings, job="train_model") as spark:
        summary = train_model(
            spark,
            settings,
            recipe,
            tokenization=tokenization,
            glove=glove,
            workers=workers or settings.train.workers,
        )
    columns = list(summary.epochs[0])
    print_table("epochs", columns, [[epoch[column] for column in columns] for epoch in summary.epochs])
    print_table(f"version {summary.version.number}", ["", ""], summary.facts())


if __name__ == "__main__":
    run_job(train_model)
