"""A training that may begin, or go on: all that it needs is found to be there before Spark starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from newslabel.errors import SettingsError
from newslabel.models.contracts import Family
from newslabel.models.families import check_encoder, is_learner, load_family, load_keras_family, network_of, training_of
from newslabel.models.registry import Registry
from newslabel.recipes import Recipe
from newslabel.settings import Settings
from newslabel.tokens.examples import Tokenization, load_tokenization, newest_tokenization
from newslabel.tokens.glove_file import glove_lines
from newslabel.tokens.preset import check_preset, preset_vocabulary
from newslabel.train.plan import TrainingPlan
from newslabel.train.work_files import read_plan
from newslabel.train.work_folder import check_free, work_folder_of

# those of a training that goes on stand in its plan
OPTIONS_OF: Mapping[str, tuple[str, ...]] = {"--resume": ("--workers",), "--bundle": ()}


def check_options(tasks: Mapping[str, Any], others: Mapping[str, Any]) -> None:
    """Makes sure that a model is to be trained, a training to be gone on with, or a bundle to be registered.

    Where nothing is asked for, the corpus' own recipe is trained.

    Args:
        tasks: --recipe, --resume and --bundle, and what was given for them.
        others: the options of a training, and what was given for them.

    Raises:
        SettingsError: more than one of the tasks is asked for, or one with options that are not its own.
    """
    asked = [name for name, value in tasks.items() if value is not None]
    given = [name for name, value in others.items() if value is not None]
    if len(asked) > 1:
        raise SettingsError(
            f"give --recipe NAME to train, --resume RUN to go on, or --bundle PATH to register. Received: "
            f"{', '.join(asked)}"
        )
    task = asked[0] if asked else "--recipe"
    wrong = [name for name in given if name not in OPTIONS_OF.get(task, others)]
    if wrong:
        raise SettingsError(f"{task} does not go with {', '.join(wrong)}. Received: {', '.join(asked + given)}")


@dataclass(frozen=True)
class Training:
    """A training that may begin, or go on.

    Attributes:
        plan: what it does.
        tokenization: on what.
        work_uri: of its work so far; None before its beginning.
    """

    plan: TrainingPlan
    tokenization: Tokenization
    work_uri: str | None = None


def check_training(
    settings: Settings,
    recipe: Recipe,
    *,
    examples_id: str | None = None,
    glove: str | None = None,
    workers: int | None = None,
    batch_per_worker: int | None = None,
    is_trial: bool = False,
) -> Training:
    """A recipe's training, once all is found to be there; starts no Spark.

    Args:
        settings: of the corpus.
        recipe: its model and how it is trained.
        examples_id: the tokenization; None for the newest of the recipe.
        glove: a file of word vectors to start the embedding with.
        workers: how many ranks; None for the setting `train.workers`, or for the one that a learner takes.
        batch_per_worker: texts a step and rank; None for the recipe's batch size, of all ranks together.
        is_trial: whether the registry will not hear of it, and need not answer.

    Raises:
        SettingsError: what `check_trainable` finds, or a tokenization made by another recipe or with another preset.
        DataError: no such tokenization, or no such file.
        TransientError: the registry does not answer.
    """
    check_trainable(settings, recipe, glove=glove, workers=workers, batch_per_worker=batch_per_worker)
    tokenization = _tokenization(settings, recipe, examples_id)
    plan = TrainingPlan(
        recipe=recipe,
        examples=tokenization.id,
        vocabulary_size=tokenization.vocabulary.size,
        glove=glove,
        preset=_preset(settings, recipe, tokenization),
        workers=workers or (1 if is_learner(recipe) else settings.train.workers),
        batch_per_worker=batch_per_worker,
        checkpoint_minutes=settings.train.checkpoint_minutes,
        mixed_precision=settings.train.mixed_precision,
    )
    if not is_trial:
        Registry(settings).check()
    return Training(plan, tokenization)


def check_trainable(
    settings: Settings,
    recipe: Recipe,
    *,
    glove: str | None = None,
    workers: int | None = None,
    batch_per_worker: int | None = None,
) -> None:
    """Makes sure that a recipe can be trained with these options, whatever its tokenization.

    Raises:
        SettingsError: a wrong key of [network], an encoder that the family cannot read, vectors or a preset that are
            missing, or an option that the family has no use for.
        DataError: no such file of vectors.
    """
    network = network_of(recipe)
    training_of(recipe)
    check_encoder(recipe)
    if is_learner(recipe):
        _check_learner(recipe, {"--workers": workers, "--glove": glove, "--batch-per-worker": batch_per_worker})
    else:
        _check_start(load_keras_family(recipe.family), settings, recipe, network, glove)
    if glove is not None:
        with glove_lines(glove):
            pass  # it can be opened


def check_resume(settings: Settings, run: str, *, workers: int | None = None) -> Training:
    """A training that did not come to its end, once all is found to be there; starts no Spark.

    Args:
        settings: of the corpus.
        run: its name, as the log told it, or how that begins.
        workers: how many ranks; None for as many as before, which alone ends where it would have ended undisturbed.

    Raises:
        SettingsError: no such training, one that is still at work on this host, or a learner's with more than one rank.
        DataError: what it left cannot be read, or its tokenization is gone.
        TransientError: the registry does not answer.
    """
    work_uri = work_folder_of(settings, run)
    check_free(work_uri)
    plan = read_plan(work_uri)
    if is_learner(plan.recipe):
        _check_learner(plan.recipe, {"--workers": workers})
    tokenization = _tokenization(settings, plan.recipe, plan.examples)
    Registry(settings).check()
    return Training(plan.model_copy(update={"workers": workers or plan.workers}), tokenization, work_uri)


def _check_learner(recipe: Recipe, options: Mapping[str, Any]) -> None:
    """Raises SettingsError for an option that fitting at once, by one rank, has no use for."""
    wrong = {name: value for name, value in options.items() if value is not None and (name, value) != ("--workers", 1)}
    if wrong:
        raise SettingsError(
            f"recipe {recipe.name} is fitted at once, by one worker, with no vectors and no batches: leave out "
            f"{' and '.join(wrong)}. Received: {', '.join(map(str, wrong.values()))}"
        )


def _check_start(family: Family, settings: Settings, recipe: Recipe, network: Any, glove: str | None) -> None:
    """Raises SettingsError where what a network begins with is missing, or given in vain."""
    if family.needs_preset:
        check_preset(settings.bert.preset, recipe)
        if glove is not None:
            raise SettingsError(
                f"recipe {recipe.name} begins with the network in bert.preset: leave out --glove. Received: {glove!r}"
            )
    elif glove is None and family.needs_vectors(network):
        raise SettingsError(
            f"recipe {recipe.name} keeps its vectors as they are read: give --glove FILE. Received: none"
        )


def _preset(settings: Settings, recipe: Recipe, tokenization: Tokenization) -> str | None:
    """The folder of the pretrained network that the family begins with, if it does; it is that of the tokenization."""
    family = load_family(recipe.family)
    if not (isinstance(family, Family) and family.needs_preset):
        return None
    preset = settings.bert.preset
    if preset_vocabulary(preset).tokenizer != tokenization.vocabulary.tokenizer:
        raise SettingsError(
            f"bert.preset has another tokenizer than the one by which the tokenization {tokenization.id} was made; "
            f"run tokenize_articles --recipe {recipe.name} again. Received: {preset!r}"
        )
    return preset


def _tokenization(settings: Settings, recipe: Recipe, examples_id: str | None) -> Tokenization:
    if examples_id is None:
        tokenization = newest_tokenization(settings, recipe.name)
    else:
        tokenization = load_tokenization(settings, examples_id)
    tokenization.check_fits(recipe)
    return tokenization
