"""A scorer is made once, from a bundle alone; from then on it is a pure function from arrays to arrays."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from newslabel.errors import BundleError, SettingsError
from newslabel.evaluate.calibration import calibrated
from newslabel.models.bundle import Bundle, load_bundle
from newslabel.models.contracts import Kernel, Weights
from newslabel.models.families import is_learner, load_learner, network_of
from newslabel.recipes import TEXT_FIELDS, UNSURE, Recipe
from newslabel.score.arrays import same_length, string_array
from newslabel.score.keras_network import KerasNetwork
from newslabel.score.recurrent import RecurrentKernel
from newslabel.score.why import Explainer, check_explain
from newslabel.tokens.encode import encoder_for
from newslabel.tokens.encoded import Encoded

DECIMALS = 4  # of a probability as it is stored and decided upon
EMPTY_AFTER_CLEANING = "empty_after_cleaning"
NO_KNOWN_WORDS = "no_known_words"
IN_UNSURE_BAND = "in_unsure_band"
Floats = npt.NDArray[np.float64]


# of families of networks
KERNELS: Mapping[str, Callable[[Any, Weights, Path], Kernel]] = {"recurrent": RecurrentKernel}


def _checked_kernel(bundle: Bundle, cache_dir: Path) -> Kernel:
    """What gives the probabilities, of the same words as the bundle's vocabulary."""
    kernel = _kernel_of(bundle, cache_dir)
    if kernel.vocabulary_size != bundle.vocabulary.size:
        raise BundleError(
            f"the model has weights of {kernel.vocabulary_size} ids, its vocabulary has {bundle.vocabulary.size}. "
            f"Received: {str(bundle.path)!r}"
        )
    return kernel


def _kernel_of(bundle: Bundle, cache_dir: Path) -> Kernel:
    """What gives the probabilities: a learner itself, the compiled kernel of the family where it has one, or Keras."""
    recipe = bundle.recipe
    try:
        if is_learner(recipe):
            return load_learner(recipe.family).predictor(network_of(recipe), bundle.weights)
        if recipe.family in KERNELS:
            return KERNELS[recipe.family](network_of(recipe), bundle.weights, cache_dir)
    except SettingsError as error:
        raise BundleError(str(error)) from error
    return KerasNetwork(bundle)


def load_scorer(uri: str, cache_dir: Path | str | None = None) -> "Scorer":
    """The scorer of a bundle, ready after about a second, without Spark.

    Where there is no kernel for its network, it imports TensorFlow when it is first asked.

    Args:
        uri: the bundle's folder, or its place in a store.
        cache_dir: this host's folder for copies of remote bundles and for compiled code; default: this user's folders
            in the temporary one and in `~/.cache`.

    Raises:
        BundleError: there is no bundle, it is damaged, of a family that there is not, or its model of another
            vocabulary.
    """
    folder = Path(cache_dir) if cache_dir else None
    return Scorer(load_bundle(uri, folder), folder or Path.home() / ".cache" / "newslabel")


class Scorer:
    """Labels articles as its bundle's model does; safe to share between threads.

    Args:
        bundle: a loaded model.
        cache_dir: where compiled code is kept.

    Attributes:
        bundle_id: which model it is.
        recipe: the model's recipe: its classes, fields, cleaning and thresholds.
    """

    def __init__(self, bundle: Bundle, cache_dir: Path) -> None:
        self.bundle_id = bundle.bundle_id
        self.recipe: Recipe = bundle.recipe
        self._encoder = encoder_for(bundle.recipe, bundle.vocabulary, bundle.stop_words)
        self._kernel = _checked_kernel(bundle, cache_dir / "kernels")
        self._explainer = Explainer(bundle.recipe, self._encoder, bundle.vocabulary.size)

    def score(self, titles: Any, texts: Any, authors: Any = None) -> Floats:
        """The probability of the positive class of each article, calibrated as the recipe says.

        Args:
            titles: N strings or nulls: a list, a NumPy or Arrow array, a pandas Series.
            texts: the same of the bodies.
            authors: the same, where the recipe reads them.

        Returns:
            float64 (N,), NaN where an article has no word that the model knows. It depends on no other article.

        Raises:
            DataError: these are no texts, or not as many titles as texts.
        """
        given = {"title": titles, "text": texts} | ({} if authors is None else {"author": authors})
        return self._scored(_texts(given))[1]

    def label(self, fields: Mapping[str, Any], explain: int = 0) -> pa.Table:
        """The articles' labels, and what led to them.

        Args:
            fields: N strings or nulls by name: title, text, author; one that is left out reads as null.
            explain: of how many words, 50 at most, to tell what they moved; that costs a few times what a label does.

        Returns:
            N rows of label (string: a class, or UNSURE), probability (double, 4 decimals, from which the label follows;
            null where nothing is left to score), reason (string: why UNSURE, else null), n_tokens (int32: words after
            cleaning), unknown_share (double: of them, those that the model does not know), why (string: the words that
            moved the probability most, as they stand in the article, a JSON array of {"word": …, "weight": …}, by how
            much each moved the log-odds: above 0 towards the positive class; null where none is asked for, or there is
            no probability).

        Raises:
            DataError: these are no texts, or not all of one length.
            SettingsError: so many words are not told.
        """
        check_explain(explain)
        texts = _texts(fields)
        encoded, probabilities = self._scored(texts)
        rounded = np.round(probabilities, DECIMALS)
        reasons = self._reasons(encoded, rounded)
        return pa.table(
            {
                "label": pc.if_else(pc.is_valid(reasons), UNSURE, self._classes(rounded)),
                "probability": pa.array(rounded, from_pandas=True),
                "reason": reasons,
                "n_tokens": pa.array(encoded.n_tokens, pa.int32()),
                "unknown_share": np.round(encoded.unknown_share.astype(np.float64), DECIMALS),
                "why": self._why(texts, encoded, probabilities, explain),
            }
        )

    def _scored(self, texts: Mapping[str, pa.Array]) -> tuple[Encoded, Floats]:
        encoded = self._encoder.encode(texts)
        probabilities = self._kernel.probabilities(encoded.token_ids, encoded.offsets, encoded.features)
        # a recipe that keeps unknown words has something to run over, but nothing to judge by
        probabilities[encoded.unknown_share == 1] = np.nan
        return encoded, calibrated(probabilities, self.recipe.calibration)

    def _why(
        self, texts: Mapping[str, pa.Array], encoded: Encoded, probabilities: Floats, explain: int
    ) -> pa.StringArray:
        if not explain:
            return pa.nulls(len(probabilities), pa.string())
        contributions = self._kernel.contributions(encoded.token_ids, encoded.offsets, encoded.features)
        told = self._explainer.why(texts, encoded, self.recipe.calibration.slope * contributions, explain)
        return pc.if_else(np.isnan(probabilities), None, told)

    def _classes(self, probabilities: Floats) -> pa.Array:
        classes = self.recipe.classes
        return pc.if_else(pa.array(probabilities >= self.recipe.decision.threshold), classes.positive, classes.negative)

    def _reasons(self, encoded: Encoded, probabilities: Floats) -> pa.Array:
        decision = self.recipe.decision
        in_band = (probabilities >= decision.unsure_low) & (probabilities < decision.unsure_high)
        reasons = np.full(len(probabilities), None, dtype=object)
        reasons[in_band] = IN_UNSURE_BAND
        reasons[np.isnan(probabilities)] = NO_KNOWN_WORDS
        reasons[encoded.n_tokens == 0] = EMPTY_AFTER_CLEANING
        return pa.array(reasons, pa.string())


def _texts(fields: Mapping[str, Any]) -> Mapping[str, pa.Array]:
    """All fields that a recipe may read, each of N texts."""
    given = same_length({name: string_array(name, values) for name, values in fields.items()})
    count = len(next(iter(given.values())))
    return {name: given.get(name, pa.nulls(count, pa.string())) for name in TEXT_FIELDS}
