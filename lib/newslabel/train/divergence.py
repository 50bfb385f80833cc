"""The error of a training that went astray; it travels to the driver, which has no TensorFlow."""

from newslabel.errors import DataError


class DivergedError(DataError):
    """A training went astray."""


def diverged(how: str, learning_rate: float) -> DivergedError:
    """The error of a training that went astray."""
    return DivergedError(
        f"the training diverged {how}; a smaller training.learning_rate may help. Received: {learning_rate:g}"
    )
