"""A slow walker over Forest arrays, written from the documentation of their enums: one row, one node at a time."""

from __future__ import annotations

import numpy as np

from pellucid.core.forest import Decision, Forest, Missing


def route(forest: Forest, X: np.ndarray) -> np.ndarray:
    """(rows, outputs) base + the leaves that each row reaches."""
    out = np.tile(forest.base, (len(X), 1))
    for i, row in enumerate(X):
        for root, output in zip(forest.roots, forest.tree_output, strict=True):
            leaf = leaf_of(forest, int(root), row)
            if output < 0:
                out[i] += forest.value[leaf]
            else:
                out[i, output] += forest.value[leaf, 0]
    return out


def leaf_of(forest: Forest, node: int, row: np.ndarray) -> int:
    while forest.left[node] >= 0:
        node = int(
            forest.left[node] if goes_left(forest, node, float(row[forest.feature[node]])) else forest.right[node]
        )
    return node


def goes_left(forest: Forest, node: int, x: float) -> bool:
    missing = forest.missing[node]
    if np.isnan(x) and missing == Missing.NAN_IS_ZERO:
        x = 0.0
    if np.isnan(x) or (missing == Missing.ZERO and abs(x) <= 1e-35):
        return bool(forest.default_left[node])
    decision, threshold = forest.decision[node], forest.threshold[node]
    if decision == Decision.LESS_F32:
        return bool(np.float32(x) < threshold)
    if decision == Decision.LESS_EQUAL_F32:
        return bool(np.float32(x) <= threshold)
    if decision == Decision.LESS_EQUAL_F64:
        return bool(x <= threshold)
    return in_set(forest, node, int(x)) == (decision == Decision.IN_SET)


def in_set(forest: Forest, node: int, category: int) -> bool:
    start, stop = forest.set_start[node], forest.set_start[node + 1]
    word = start + category // 32
    return category >= 0 and word < stop and bool(forest.set_words[word] >> np.uint32(category % 32) & np.uint32(1))
