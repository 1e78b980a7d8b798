"""LightGBM's own text model as a Forest.

A node holds ``x <= threshold`` in float64, or a set of categories that go left; bits of ``decision_type`` say which,
what counts as missing and where it goes. Leaves are float64 numbers, shrinkage included, and nothing else is added.

Source: https://lightgbm.readthedocs.io, *Features* and *Advanced Topics* (missing values, categories).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.forest import Decision, Forest, Missing

__all__ = ["Header", "read_forest", "read_header"]

Tree = Mapping[str, str]

#: bits of ``decision_type``
CATEGORICAL, DEFAULT_LEFT, MISSING_SHIFT = 1, 2, 2
#: what its missing type says: 0 nothing is missing, 1 zeros are, 2 NaN is
MISSING = np.array([Missing.NAN_IS_ZERO, Missing.ZERO, Missing.NAN, Missing.NAN], dtype=np.uint8)


@dataclass(frozen=True)
class Header:
    """What stands before the trees.

    Parameters
    ----------
    objective : words of the objective, such as ``("binary", "sigmoid:1")``; empty for one that the caller wrote.
    outputs : trees of one iteration.
    averaged : whether predictions are divided by the number of iterations (raw scores never are).
    categorical : for each column whether it was trained as categories.
    linear : whether leaves hold linear functions.
    """

    objective: tuple[str, ...]
    outputs: int
    averaged: bool
    categorical: tuple[bool, ...]
    linear: bool


def read_header(text: str) -> Header:
    """Read what stands before the trees."""
    head = text[: text.find("\nTree=")]
    fields = _fields(head)
    return Header(
        objective=tuple(fields.get("objective", "").split()),
        outputs=int(fields["num_tree_per_iteration"]),
        averaged="\naverage_output\n" in head,
        categorical=tuple(info != "none" and not info.startswith("[") for info in fields["feature_infos"].split(" ")),
        linear="\nis_linear=1\n" in text,
    )


def read_forest(text: str) -> Forest:
    """The trees of what ``Booster.model_to_string()`` gave.

    Each tree has its splits first, in LightGBM's order, then its leaves.
    """
    body = text[text.find("\nTree=") : text.find("\nend of trees")]
    trees = [_fields(block) for block in body.split("\nTree=")[1:]]
    leaves = np.array([int(tree["num_leaves"]) for tree in trees], dtype=np.int64)
    splits = leaves - 1
    roots = np.cumsum(leaves + splits) - (leaves + splits)
    at_split, at_leaf = _positions(roots, splits), _positions(roots + splits, leaves)
    n = int((leaves + splits).sum())

    def at_splits(fill: float, dtype: type[np.generic], values: NDArray[np.generic]) -> NDArray[Any]:
        return _placed(n, fill, dtype, at_split, values)

    kind = _joined(trees, "decision_type").astype(np.int64)
    categorical = (kind & CATEGORICAL).astype(np.bool_)
    threshold = _joined(trees, "threshold")
    start, words = _category_sets(trees, categorical, threshold, at_split, n)
    outputs = read_header(text).outputs
    return Forest(
        feature=at_splits(-1, np.int32, _joined(trees, "split_feature")),
        threshold=at_splits(0.0, np.float64, np.where(categorical, 0.0, threshold)),
        left=at_splits(-1, np.int32, _children(trees, "left_child", roots, splits)),
        right=at_splits(-1, np.int32, _children(trees, "right_child", roots, splits)),
        decision=at_splits(0, np.uint8, np.where(categorical, Decision.IN_SET, Decision.LESS_EQUAL_F64)),
        missing=at_splits(0, np.uint8, np.where(categorical, Missing.NAN, MISSING[kind >> MISSING_SHIFT & 3])),
        default_left=at_splits(False, np.bool_, (kind & DEFAULT_LEFT).astype(np.bool_) & ~categorical),
        cover=_covers(trees, n, at_split, at_leaf),
        value=_placed(n, 0.0, np.float64, at_leaf, _joined(trees, "leaf_value"))[:, np.newaxis],
        set_start=start,
        set_words=words,
        roots=roots.astype(np.int32),
        tree_output=(np.arange(len(trees)) % outputs).astype(np.int32),
        base=np.zeros(outputs),
        n_features=int(_fields(text[: text.find("\nTree=")])["max_feature_idx"]) + 1,
    )


def _fields(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _joined(trees: Sequence[Tree], key: str) -> NDArray[np.float64]:
    """The numbers of one field of all trees, one tree after another."""
    return np.array([float(word) for tree in trees for word in tree.get(key, "").split()], dtype=np.float64)


def _positions(first: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """first[t], first[t] + 1, … for counts[t] numbers of each tree."""
    return np.repeat(first - (np.cumsum(counts) - counts), counts) + np.arange(int(counts.sum()))


def _placed(
    n: int, fill: float, dtype: type[np.generic], where: NDArray[np.int64], values: NDArray[np.generic]
) -> NDArray[Any]:
    out = np.full(n, fill, dtype=dtype)
    out[where] = values
    return out


def _children(
    trees: Sequence[Tree], key: str, roots: NDArray[np.int64], splits: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Absolute numbers: LightGBM counts splits up from 0 and leaves down from -1."""
    child = _joined(trees, key).astype(np.int64)
    root = np.repeat(roots, splits)
    return root + np.where(child >= 0, child, np.repeat(splits, splits) - child - 1)


def _covers(
    trees: Sequence[Tree], n: int, at_split: NDArray[np.int64], at_leaf: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Training rows that reached each node."""
    cover = _placed(n, 0.0, np.float64, at_split, _joined(trees, "internal_count"))
    cover[at_leaf] = _joined(trees, "leaf_count")
    return cover


def _category_sets(
    trees: Sequence[Tree],
    categorical: NDArray[np.bool_],
    threshold: NDArray[np.float64],
    at_split: NDArray[np.int64],
    n: int,
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """The threshold of a categorical split is the number of its set within the tree."""
    lengths = np.zeros(n, dtype=np.int64)
    words = [np.zeros(0, dtype=np.uint32)]
    first = 0
    for tree in trees:
        last = first + int(tree["num_leaves"]) - 1
        if int(tree["num_cat"]):
            stored = _joined([tree], "cat_threshold").astype(np.uint32)
            ends = _joined([tree], "cat_boundaries").astype(np.int64)
            for split in first + np.flatnonzero(categorical[first:last]):
                k = int(threshold[split])
                words.append(stored[ends[k] : ends[k + 1]])
                lengths[at_split[split]] = len(words[-1])
        first = last
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), np.concatenate(words)
