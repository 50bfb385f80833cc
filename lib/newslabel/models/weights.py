"""What whoever scores asks of a bundle's arrays, and of the ids that it is given."""

import numpy as np
import numpy.typing as npt

from newslabel.errors import BundleError


def checked(name: str, array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The array, which has that shape.

    Raises:
        BundleError: it has another.
    """
    if array.shape != shape:
        raise BundleError(f"weights/{name}.npy must have the shape {shape}. Received: {array.shape}")
    return array


def dense_name(number: int) -> str:
    """The name of a network's dense layer, of which the first is number 1, and of its arrays."""
    return "dense" if number == 1 else f"dense_{number}"


def check_ids(token_ids: npt.NDArray[np.int32], rows: int) -> None:
    """Raises BundleError where an id is beyond a table of so many rows: compiled code reads there without looking."""
    if len(token_ids) and not 0 <= token_ids.min() <= token_ids.max() < rows:
        raise BundleError(
            f"token ids must be rows of the table, 0 to {rows - 1}. Received: {token_ids.min()} to {token_ids.max()}"
        )


def sigmoid(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The probabilities of logits, of whatever size."""
    # of logits beyond 700 exp overflows to infinity, which gives the right 0
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-logits)))
