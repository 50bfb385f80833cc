"""Recurrent networks in plain NumPy: one text, one step after the other, in float64; and random ones to run."""

import numpy as np

from newslabel.models.recurrent import RecurrentNetwork

Weights = dict[str, np.ndarray]
WORDS = 50


def random_weights(network: RecurrentNetwork, *, seed: int = 0) -> Weights:
    draw = np.random.default_rng(seed)

    def normal(*shape: int, scale: float) -> np.ndarray:
        return (draw.standard_normal(shape) * scale).astype(np.float32)

    units, gates = network.units, (4 if network.cell == "lstm" else 3) * network.units
    weights = {}
    for suffix in ("", "_backward"):
        weights[f"table{suffix}"] = normal(WORDS, gates, scale=1.5)
        weights[f"recurrent{suffix}"] = normal(units, gates, scale=units**-0.5)
        weights[f"candidate_bias{suffix}"] = normal(units, scale=0.5)
    depth = units * (2 if network.bidirectional else 1) * (2 if network.pooling == "max_and_mean" else 1)
    for name, width in zip(("dense", "dense_2"), network.dense, strict=False):
        weights |= {f"{name}_kernel": normal(depth, width, scale=0.8), f"{name}_bias": normal(width, scale=0.3)}
        depth = width
    weights["output_kernel"] = normal(depth, network.outputs, scale=0.8)
    weights["output_bias"] = normal(network.outputs, scale=0.3)
    return weights


def random_rows(lengths: list[int], *, seed: int = 0) -> list[np.ndarray]:
    draw = np.random.default_rng(seed)
    return [draw.integers(1, WORDS, length, dtype=np.int32) for length in lengths]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def lstm_steps(table: np.ndarray, recurrent: np.ndarray, row: np.ndarray) -> np.ndarray:
    h, c, steps = np.zeros(len(recurrent)), np.zeros(len(recurrent)), []
    for word in row:
        i, f, g, o = np.split(table[word] + h @ recurrent, 4)
        c = c * sigmoid(f) + np.tanh(g) * sigmoid(i)
        h = np.tanh(c) * sigmoid(o)
        steps.append(h)
    return np.array(steps)


def gru_steps(table: np.ndarray, recurrent: np.ndarray, candidate_bias: np.ndarray, row: np.ndarray) -> np.ndarray:
    h, steps = np.zeros(len(recurrent)), []
    for word in row:
        (z, r, n), (hz, hr, hn) = np.split(table[word], 3), np.split(h @ recurrent, 3)
        kept = sigmoid(z + hz)
        h = kept * h + (1 - kept) * np.tanh(n + sigmoid(r + hr) * (hn + candidate_bias))
        steps.append(h)
    return np.array(steps)


def plain_steps(network: RecurrentNetwork, weights: Weights, row: np.ndarray) -> list[np.ndarray]:
    """What each direction put out after each token, in the order in which it read them: float64 (tokens, units)."""
    w = {name: array.astype(np.float64) for name, array in weights.items()}
    rows = {"": row, "_backward": row[::-1]} if network.bidirectional else {"": row}
    return [
        lstm_steps(w[f"table{suffix}"], w[f"recurrent{suffix}"], each)
        if network.cell == "lstm"
        else gru_steps(w[f"table{suffix}"], w[f"recurrent{suffix}"], w[f"candidate_bias{suffix}"], each)
        for suffix, each in rows.items()
    ]


def plain_pooled(network: RecurrentNetwork, directions: list[np.ndarray]) -> np.ndarray:
    pools = {"max": [np.max], "mean": [np.mean], "max_and_mean": [np.max, np.mean]}
    pools |= {"last": [lambda steps, axis: steps[-1]]}
    return np.concatenate([pool(steps, axis=0) for pool in pools[network.pooling] for steps in directions])


def plain_log_odds(network: RecurrentNetwork, weights: Weights, pooled: np.ndarray) -> float:
    values, w = pooled, {name: array.astype(np.float64) for name, array in weights.items()}
    for name in ("dense", "dense_2")[: len(network.dense)]:
        values = np.maximum(values @ w[f"{name}_kernel"] + w[f"{name}_bias"], 0)
    return float((values @ w["output_kernel"] + w["output_bias"])[-1])


def plain_probability(network: RecurrentNetwork, weights: Weights, row: np.ndarray) -> float:
    pooled = plain_pooled(network, plain_steps(network, weights, row))
    return float(sigmoid(np.float64(plain_log_odds(network, weights, pooled))))
