"""What a family of models is: a network that Keras trains (`Family`), or a learner that is fitted at once (`Learner`).

A family's module says what differs between families, as its constant FAMILY. What of it takes Keras stands in a module
beside it, NAME_layers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from newslabel.tokens.encode import TOKEN_IDS

if TYPE_CHECKING:
    import keras

POSITIVE = 1  # of a network's outputs: negative, positive
Weights = Callable[[str], np.ndarray]
Ids = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Features = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


class BuildsNetwork(Protocol):
    """See `Family`."""

    def __call__(
        self,
        network: Any,
        vocabulary_size: int,
        vectors: np.ndarray | None,
        *,
        pads_front: bool,
        preset: Path | None = None,
    ) -> "keras.Model":
        """The uncompiled network."""


@dataclass(frozen=True)
class Family:
    """What a family's module says of itself, as its constant FAMILY.

    Attributes:
        network: the keys of a recipe's [network], a frozen pydantic class.
        needs_vectors: network -> whether it cannot be built without word vectors from a file.
        build: (network, vocabulary size, vectors or None, pads_front, preset or None) -> an uncompiled Keras model from
            token ids to the two classes' probabilities, negative first. Vectors are float32 (vocabulary size, width); a
            preset is the folder of a pretrained network.
        kernel_weights: model -> the arrays of the family's scoring kernel by name; none where Keras itself scores.
        layers: the Keras layers of the family's own, by name.
        packed: (model, a folder for compiled code) -> a model of the same weights that a CPU trains faster; None where
            there is no such way.
        needs_preset: whether it begins with a pretrained network, which `build` must then be given.
        rows_scored_at_once: texts of a batch where Keras itself scores.
        encoders: the names of those whose output it reads.

    Keras is imported by `build`, `kernel_weights`, `layers` and `packed`, not before.
    """

    network: type[BaseModel]
    needs_vectors: Callable[[Any], bool]
    build: BuildsNetwork
    kernel_weights: Callable[["keras.Model"], dict[str, np.ndarray]]
    layers: Callable[[], Mapping[str, Any]]
    packed: Callable[["keras.Model", Path], "keras.Model"] | None = None
    needs_preset: bool = False
    rows_scored_at_once: int = 64
    encoders: tuple[str, ...] = (TOKEN_IDS,)


class Kernel(Protocol):
    """A model as a function of encoded articles."""

    @property
    def vocabulary_size(self) -> int:
        """Of so many ids the model has weights; they are smaller."""

    def probabilities(self, token_ids: Ids, offsets: Offsets, features: Features, /) -> Floats:
        """The probability of the positive class of each row, NaN where there is nothing to judge by.

        Args:
            token_ids: int32, all rows' ids one after another.
            offsets: int64 (N + 1,), where each row begins, and the end of the last.
            features: float32 (N, K), what the encoder gives beside the ids, for models that read it.

        Returns:
            float64 (N,); a row's value does not depend on the other rows or their order.

        Raises:
            BundleError: what is given is not what the model was fitted to.
        """

    def contributions(self, token_ids: Ids, offsets: Offsets, features: Features, /) -> Floats:
        """How much each token moved its row's log-odds of the positive class: towards it where it is above 0.

        It is asked for where somebody wants to know why, and may cost a few times what `probabilities` does.

        Args:
            token_ids: as `probabilities` takes them.
            offsets: the same.
            features: the same.

        Returns:
            float64 (tokens,); 0 where there is nothing to judge by. A token's value does not depend on the other rows
            or their order.

        Raises:
            BundleError: what is given is not what the model was fitted to.
        """


@dataclass(frozen=True)
class Examples:
    """What a learner learns from: the encoded articles of the training part, those of one class and of the other.

    Attributes:
        token_ids: int32, the ids of all rows; row i has token_ids[offsets[i]:offsets[i + 1]].
        offsets: int64 (N + 1,).
        is_positive: bool (N,).
        weights: float64 (N,): how much a row counts.
        vocabulary_size: ids are smaller.
        features: float32 (N, K), what the recipe's encoder gives beside the ids.
    """

    token_ids: np.ndarray
    offsets: np.ndarray
    is_positive: np.ndarray
    weights: np.ndarray
    vocabulary_size: int
    features: np.ndarray


class FitsExamples(Protocol):
    """See `Learner`."""

    def __call__(self, network: Any, examples: Examples, *, seed: int) -> dict[str, np.ndarray]:
        """The arrays of a fitted model by name."""


@dataclass(frozen=True)
class Learner:
    """What the module of a family that is fitted at once says of itself, as its constant FAMILY.

    It is fitted by one rank, in one call, and neither fitting nor scoring takes Keras.

    Attributes:
        network: the keys of a recipe's [network], a frozen pydantic class.
        fit: (network, examples, seed) -> all that a fitted model is, as arrays of numbers by name; raises DataError
            where the examples are such that nothing can be learnt.
        predictor: (network, reader of those arrays by name) -> the model at work. A row's probability depends on no
            other row; it raises BundleError for arrays that do not fit.
        staged: (that model, token ids, offsets, features) -> float64 (N, steps), what it would say after each of the
            steps of which it was made; None where there are no such steps.
        importances: that model -> how much each feature and each id (vocabulary size,) counted in the fit, float64;
            None where that cannot be said.
        encoders: the names of those whose output it reads.
    """

    network: type[BaseModel]
    fit: FitsExamples
    predictor: Callable[[Any, Weights], Kernel]
    staged: Callable[[Any, Ids, Offsets, Features], Floats] | None = None
    importances: Callable[[Any], tuple[Floats, Floats]] | None = None
    encoders: tuple[str, ...] = (TOKEN_IDS,)
