"""Trains a recipe's model on Horovod and registers the bundle."""

from typing import Annotated

import typer

from newslabel.command import Set, SettingsFile, job_settings, print_table, run_job


def train_model(
    recipe_name: Annotated[
        str | None,
        typer.Option(
            "--recipe", metavar="NAME", help="The recipe: a file of conf/recipes. Default: the setting corpus.recipe."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Horovod ranks, a free core each. Default: the setting train.workers; one for what is fitted at once.",
        ),
    ] = None,
    batch_per_worker: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Texts a step and rank: the batch grows with the ranks, and the learning rate with the batch. "
            "Default: the recipe's batch_size, of all ranks together.",
        ),
    ] = None,
    glove: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Word vectors, in the text format of GloVe, word2vec or fastText."),
    ] = None,
    examples: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The tokenization to train on. Default: the newest of the recipe."),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Go on with a training that was stopped or killed, as the log named it."),
    ] = None,
    bundle: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Train nothing: register this bundle, with the metrics that lie in it."),
    ] = None,
    settings_file: SettingsFile = None,
    overrides: Set = None,
) -> None:
    """Train a recipe's model on Horovod, keep it as a bundle and register it as a new version.

    The version labels nothing until promote_model makes it champion.
    """
    settings = job_settings(settings_file, overrides)
    from newslabel.recipes import recipe_of_corpus
    from newslabel.session import spark_session
    from newslabel.train import check_options, check_resume, check_training, register_bundle, run_training

    check_options(
        {"--recipe": recipe_name, "--resume": resume, "--bundle": bundle},
        {"--workers": workers, "--batch-per-worker": batch_per_worker, "--glove": glove, "--examples": examples},
    )
    if bundle is not None:
        version = register_bundle(settings, bundle)
        print_table(f"version {version.number}", ["", ""], version.facts())
        return
    # before Spark starts, which takes its time
    if resume is not None:
        training = check_resume(settings, resume, workers=workers)
    else:
        training = check_training(
            settings,
            recipe_of_corpus(settings.corpus, recipe_name),
            examples_id=examples,
            glove=glove,
            workers=workers,
            batch_per_worker=batch_per_worker,
        )
    with spark_session(settings, job="train_model") as spark:
        summary = run_training(spark, settings, training)
    if epochs := summary.shown_epochs():  # most of what is fitted at once has none
        print_table("epochs", list(epochs[0]), [list(epoch.values()) for epoch in epochs])
    if importances := summary.importances():  # nor has a network these
        print_table("importances", ["name", "is a", "gain", "share of all gain"], importances)
    print_table(f"version {summary.version.number}", ["", ""], summary.facts())


if __name__ == "__main__":
    run_job(train_model)
