"""Trees as arrays, each filled up to a tree of all the depth that there may be; and what a row's way down tells.

Of a node the expected answer is the mean of the leaves below it. On the way down from the root, what the tree expects
changes at each split, up to what its leaf says; so the changes add up to the log-odds less what the roots expect.

Source: A. Saabas, Interpreting random forests, 2014 (blog.datadive.net); with leaves that count alike, whatever the
number of examples that fell into each, which the arrays do not tell.
"""

from typing import Any

import numpy as np

from newslabel.models.contracts import Floats


def tree_arrays(trees: list[dict[str, Any]], depth: int) -> dict[str, np.ndarray]:
    """LightGBM's trees, as its `dump_model` tells them, as the arrays that `fit` returns.

    Args:
        trees: the root of each.
        depth: the most splits that lie one below the other.
    """
    splits = 2**depth - 1
    columns, leaves = np.zeros((len(trees), splits), np.int32), np.zeros((len(trees), splits + 1))
    thresholds, gains = np.full((len(trees), splits), np.inf), np.zeros((len(trees), splits))
    for number, root in enumerate(trees):
        below = [(0, root)]
        while below:
            place, node = below.pop()
            if place >= splits:
                leaves[number, place - splits] = node["leaf_value"]
            elif "leaf_value" in node:  # a leaf that lies higher: all that falls below it is its own
                below += [(2 * place + 1, node), (2 * place + 2, node)]
            else:
                columns[number, place] = node["split_feature"]
                thresholds[number, place] = node["threshold"]
                gains[number, place] = node["split_gain"]
                below += [(2 * place + 1, node["left_child"]), (2 * place + 2, node["right_child"])]
    return {"split_columns": columns, "thresholds": thresholds, "gains": gains, "leaves": leaves}


def expected_answers(leaves: np.ndarray) -> Floats:
    """What each node expects: float64 (trees, 2 * leaves - 1), the nodes in the order of `trees.fit`, the leaves last.

    Args:
        leaves: float64 (trees, leaves), their number a power of 2.
    """
    levels = [np.asarray(leaves, np.float64)]
    while levels[0].shape[1] > 1:
        levels.insert(0, (levels[0][:, ::2] + levels[0][:, 1::2]) / 2)
    return np.concatenate(levels, axis=1)


def moved_by_columns(table: np.ndarray, split_columns: np.ndarray, thresholds: np.ndarray, expected: Floats) -> Floats:
    """By how much each column moved each row's log-odds: float64 (N, columns).

    Args:
        table: float64 (N, columns), what the trees look at.
        split_columns: int (trees, splits), the column of each node.
        thresholds: float64 (trees, splits): a row goes right where its column is above.
        expected: float64 (trees, 2 * splits + 1), as `expected_answers` has them.
    """
    rows, trees = np.arange(len(table))[:, np.newaxis], np.arange(len(expected))
    nodes = np.zeros((len(table), len(trees)), np.intp)
    moved = np.zeros(table.size)
    while nodes.size and nodes[0, 0] < split_columns.shape[1]:
        columns = split_columns[trees, nodes]
        below = 2 * nodes + 1 + (table[rows, columns] > thresholds[trees, nodes])
        changes = expected[trees, below] - expected[trees, nodes]
        moved += np.bincount((rows * table.shape[1] + columns).ravel(), changes.ravel(), table.size)
        nodes = below
    return moved.reshape(table.shape)
