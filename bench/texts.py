"""Made articles for benches: words of Zipf's frequencies, in sentences and paragraphs, some under a dateline."""

import numpy as np
import pyarrow as pa

LETTERS = np.array(list("etaoinshrdlucmfwypvbgk"))


def made_texts(count: int, *, words: int = 410, datelines: float = 0.0, seed: int = 0) -> pa.Array:
    """Articles of about six bytes a word.

    Args:
        count: how many.
        words: in each.
        datelines: the share of them that begins with an agency's.
        seed: the same seed makes the same texts.
    """
    draw = np.random.default_rng(seed)
    known = np.array(["".join(draw.choice(LETTERS, draw.integers(2, 9))) for _ in range(5_000)])
    chosen = known[np.minimum(draw.zipf(1.2, (count, words)) - 1, len(known) - 1)]
    ends = draw.choice(np.array(["", ",", ".", ".\n\n"]), chosen.shape, p=[0.88, 0.06, 0.05, 0.01])
    bodies = [" ".join(row) for row in np.char.add(chosen, ends)]
    heads = np.where(draw.random(count) < datelines, "LONDON (Reuters) - ", "")
    return pa.array([head + body for head, body in zip(heads, bodies, strict=True)])
