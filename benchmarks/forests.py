"""Complete trees made at random, for timing what kernels do without training anything."""

from __future__ import annotations

import numpy as np

from pellucid.core.forest import Decision, Forest

NO_NODE = -1


def complete_forest(trees: int, depth: int, columns: int, *, seed: int = 0) -> Forest:
    """Trees whose every path asks ``depth`` different columns, as many as ever have to be told apart.

    Thresholds are normal numbers, as the columns of :func:`some_rows` are; covers are the share of rows that a split in
    the middle sends each way. A level asks columns that no other level of its tree asks, so ``depth <= columns``.
    """
    rng = np.random.default_rng(seed)
    inner, nodes = 2**depth - 1, 2 ** (depth + 1) - 1
    node, first = np.arange(nodes), nodes * np.arange(trees)[:, np.newaxis]
    level = np.floor(np.log2(node + 1)).astype(int)
    of_level = rng.integers(0, 2**31, (trees, nodes)) % ((columns - 1 - level) // depth + 1)
    shuffled = rng.permuted(np.tile(np.arange(columns), (trees, 1)), axis=1)
    asked = np.take_along_axis(shuffled, np.minimum(level + depth * of_level, columns - 1), axis=1)

    def by_node(split: np.ndarray, leaf: float) -> np.ndarray:
        return np.where(node < inner, split, leaf).ravel()

    total = trees * nodes
    return Forest(
        feature=by_node(asked, NO_NODE).astype(np.int32),
        threshold=by_node(rng.normal(size=(trees, nodes)), 0.0),
        left=by_node(first + 2 * node + 1, NO_NODE).astype(np.int32),
        right=by_node(first + 2 * node + 2, NO_NODE).astype(np.int32),
        decision=np.full(total, Decision.LESS_F32, np.uint8),
        missing=np.zeros(total, np.uint8),
        default_left=np.zeros(total, np.bool_),
        cover=np.tile(2.0**-level, trees),
        value=rng.normal(size=(total, 1)),
        set_start=np.zeros(total + 1, np.int64),
        set_words=np.zeros(0, np.uint32),
        roots=first.ravel().astype(np.int32),
        tree_output=np.zeros(trees, np.int32),
        base=np.zeros(1),
        n_features=columns,
    )


def some_rows(rows: int, columns: int, *, seed: int = 1) -> np.ndarray:
    """Normal numbers, one in 50 missing."""
    rng = np.random.default_rng(seed)
    made = rng.standard_normal((rows, columns))
    made[rng.random(made.shape) < 0.02] = np.nan
    return made
