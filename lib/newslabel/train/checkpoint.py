"""How far a training is: all that it takes to go on as if nothing had happened, in one file."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from newslabel.errors import DataError

RECORD, OWN, SHARED, BEST = "record", "own", "shared", "best"


@dataclass(frozen=True)
class Checkpoint:
    """A moment of a training.

    Attributes:
        epoch: how many epochs have ended.
        step: how many steps of the next one are done.
        seconds: how long those took.
        epochs: the figures of the epochs that have ended.
        shared: what is equal on all ranks: the weights that training changes, and the optimizer's state.
        own: float64 (ranks, values): what each rank has of its own, its random states and running figures.
        best: those weights of the epoch with the lowest validation loss, where the training wants them; else none.
    """

    epoch: int
    step: int
    seconds: float
    epochs: Sequence[dict[str, float]]
    shared: Sequence[np.ndarray]
    own: np.ndarray
    best: Sequence[np.ndarray] = field(default_factory=tuple)

    def to_bytes(self) -> bytes:
        """The content of a file that `from_bytes` reads back."""
        record = json.dumps({"epoch": self.epoch, "step": self.step, "seconds": self.seconds, "epochs": self.epochs})
        arrays = {RECORD: np.frombuffer(record.encode(), np.uint8), OWN: self.own}
        for name, values in ((SHARED, self.shared), (BEST, self.best)):
            arrays |= {f"{name}_{number}": array for number, array in enumerate(values)}
        data = io.BytesIO()
        np.savez(data, allow_pickle=False, **arrays)
        return data.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes, *, origin: str) -> "Checkpoint":
        """The checkpoint in a file's content.

        Args:
            data: what `to_bytes` made.
            origin: the file's place, for errors.

        Raises:
            DataError: it is no checkpoint, or broken.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                return cls(
                    **json.loads(arrays[RECORD].tobytes()),
                    shared=_numbered(arrays, SHARED),
                    own=arrays[OWN],
                    best=_numbered(arrays, BEST),
                )
        except (ValueError, KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise DataError(f"the checkpoint cannot be read: {error}. Received: {origin!r}") from error


def _numbered(arrays: "np.lib.npyio.NpzFile", name: str) -> list[np.ndarray]:
    count = sum(each.startswith(f"{name}_") for each in arrays.files)
    return [arrays[f"{name}_{number}"] for number in range(count)]
