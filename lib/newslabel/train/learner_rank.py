"""The work of the one rank that fits a learner: no epochs, no checkpoints, no TensorFlow, and nobody to wait for.

What it leaves in the work folder is what ranks leave that train a network, so that all that follows is the same.
"""

import resource
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np

from newslabel.models.bundle import write_weights
from newslabel.models.families import Examples, Kernel, load_learner, network_of
from newslabel.recipes import Recipe
from newslabel.tokens.splits import TEST, TRAIN, VALIDATION
from newslabel.train.evaluation import Answers, evaluations_of
from newslabel.train.part import Part, rank_folder, read_part
from newslabel.train.work_files import NETWORK_FOLDER, put_network, read_plan, write_evaluations


class FitSummary(TypedDict):
    """What the rank says of its work; `peak_mib` is the most memory that the process had."""

    rank: int
    rows: int
    host: str
    peak_mib: int


def fit_rank(work_uri: str, cache: str) -> FitSummary:
    """Fits a recipe's learner to the training part, and evaluates it.

    What to do is read from the work folder; into it go the network, as `write_weights` has it, and `evaluations.json`.

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
        training = _part(files[TRAIN], recipe, folder, recipe.training.balance)
        examples = _examples(training, plan.vocabulary_size)
        weights = learner.fit(network, examples, seed=recipe.training.seed)
        write_weights(folder / NETWORK_FOLDER, weights)
        put_network(work_uri, folder / NETWORK_FOLDER)
        predictor = learner.predictor(network, weights.__getitem__)
        unknown = float(np.average(examples.is_positive, weights=examples.weights))
        parts = {name: _part(files[name], recipe, folder) for name in (VALIDATION, TEST) if files[name]}
        answers = {name: _answers(predictor, part, unknown=unknown) for name, part in parts.items()}
        write_evaluations(work_uri, evaluations_of(answers, files, recipe))
    return FitSummary(
        rank=0,
        rows=training.rows,
        host=socket.gethostname(),
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def _part(files: Sequence[str], recipe: Recipe, folder: Path, balance: str = "none") -> Part:
    return read_part(
        files,
        rank=0,
        ranks=1,
        positive=recipe.classes.positive,
        folder=folder,
        balance=balance,
        seed=recipe.training.seed,
    )


def _examples(part: Part, vocabulary_size: int) -> Examples:
    weights = np.array(part.class_weights)[part.is_positive.astype(np.int8)]
    return Examples(part.token_ids, part.offsets, part.is_positive, weights, vocabulary_size)


def _answers(predictor: Kernel, part: Part, *, unknown: float) -> Answers:
    """What the model says of a part; a row that tells it nothing is as probable as the class was in training."""
    probabilities = predictor.probabilities(part.token_ids, part.offsets)
    return Answers(np.where(np.isnan(probabilities), unknown, probabilities), part.is_positive)
