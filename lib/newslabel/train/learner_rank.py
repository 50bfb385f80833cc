"""The work of the one rank that fits a learner: no checkpoints, no TensorFlow, and nobody to wait for.

What it leaves in the work folder is what ranks leave that train a network, so that all that follows is the same.
"""

import resource
import socket
from typing import TypedDict

from newslabel.models.bundle import write_weights
from newslabel.models.families import load_learner, network_of
from newslabel.tokens.splits import TEST, TRAIN, VALIDATION
from newslabel.train.evaluation import evaluations_of
from newslabel.train.importances import importances_of
from newslabel.train.learner_part import answers_of, examples_of, learner_part
from newslabel.train.learning_curve import learning_curve
from newslabel.train.part import rank_folder
from newslabel.train.work_files import (
    IMPORTANCES,
    NETWORK_FOLDER,
    put_network,
    read_plan,
    write_epochs,
    write_evaluations,
)


class FitSummary(TypedDict):
    """What the rank says of its work; `peak_mib` is the most memory that the process had."""

    rank: int
    rows: int
    host: str
    peak_mib: int


def fit_rank(work_uri: str, cache: str) -> FitSummary:
    """Fits a recipe's learner to the training part, and evaluates it.

    What to do is read from the work folder; into it go the network, as `write_weights` has it, `evaluations.json`, and
    in `epochs.json` the learning curve of a model that was made step by step.

    Args:
        work_uri: the work folder of this training.
        cache: for compiled code, of which there is none.

    Raises:
        DataError: there is nothing to learn from, or the examples cannot be read.
        SettingsError: the recipe's family is no learner; or the work folder, or the temporary one, cannot be written.
    """
    del cache
    plan = read_plan(work_uri)
    recipe, files = plan.recipe, plan.files
    learner, network = load_learner(recipe.family), network_of(recipe)
    with rank_folder() as folder:
        training = learner_part(files[TRAIN], recipe, folder, recipe.training.balance)
        examples = examples_of(training, plan.vocabulary_size)
        weights = learner.fit(network, examples, seed=recipe.training.seed)
        write_weights(folder / NETWORK_FOLDER, weights)
        put_network(work_uri, folder / NETWORK_FOLDER)
        predictor = learner.predictor(network, weights.__getitem__)
        parts = {name: learner_part(files[name], recipe, folder) for name in (VALIDATION, TEST) if files[name]}
        answers = {name: answers_of(predictor, part) for name, part in parts.items()}
        evaluations = evaluations_of(answers, files, recipe) | {IMPORTANCES: importances_of(learner, predictor)}
        write_evaluations(work_uri, evaluations)
        write_epochs(work_uri, learning_curve(learner, predictor, training, parts.get(VALIDATION)))
    return FitSummary(
        rank=0,
        rows=training.rows,
        host=socket.gethostname(),
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )
