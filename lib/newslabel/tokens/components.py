"""What hangs together through pairs."""

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.int64]


def components(left: Keys, right: Keys) -> tuple[Keys, Keys]:
    """The texts that pairs tie together, directly or through others.

    Args:
        left: int64 (P,), of each pair the one …
        right: … and the other.

    Returns:
        The keys that stand in any pair, ascending, and for each the smallest key of all that it hangs together with.
    """
    keys, places = np.unique(np.concatenate((left, right)), return_inverse=True)
    one, other = places[: len(left)], places[len(left) :]
    root = np.arange(len(keys))
    while True:
        lowest = np.minimum(root[one], root[other])
        new = root.copy()
        # roots are tied together, not the texts alone: the rounds are about the logarithm of the longest chain
        np.minimum.at(new, root[one], lowest)
        np.minimum.at(new, root[other], lowest)
        while not np.array_equal(new, new[new]):
            new = new[new]
        if np.array_equal(new, root):
            return keys, keys[root]
        root = new
