"""One Forest out of the trees of a library."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.forest import Decision, Forest, Missing

__all__ = ["TreePart", "forest_bytes", "join_trees"]


@dataclass(frozen=True, eq=False)
class TreePart:
    """One tree with its nodes numbered from 0; a leaf has the children -1.

    Parameters
    ----------
    feature : (nodes,) column tested.
    threshold : (nodes,) read at nodes that compare.
    left, right : (nodes,) children, -1 at a leaf.
    default_left : (nodes,) side of a missing value.
    cover : (nodes,) training weight.
    value : (nodes, width).
    decision : (nodes,) a Decision each, or one for all.
    sets : (nodes with a category set, words) their bits.
    set_of : (nodes,) row of ``sets`` for each node, -1 where it has none; None when no node has one.
    output : output that a width-1 tree adds to, -1 where leaves hold vectors.
    """

    feature: NDArray[np.int_]
    threshold: NDArray[np.float64]
    left: NDArray[np.int_]
    right: NDArray[np.int_]
    default_left: NDArray[np.bool_]
    cover: NDArray[np.float64]
    value: NDArray[np.float64]
    decision: NDArray[np.uint8] | Decision
    sets: NDArray[np.uint32] | None = None
    set_of: NDArray[np.int_] | None = None
    output: int = -1


def join_trees(
    parts: Sequence[TreePart], *, base: NDArray[np.float64], n_features: int, missing: Missing = Missing.NAN
) -> Forest:
    """Lay the trees one after another.

    Parameters
    ----------
    parts : the trees, all with values of one width.
    base : (outputs,) what the sum starts from.
    n_features : number of encoded columns.
    missing : which values are missing, for all nodes.

    Returns
    -------
    Forest
    """
    sizes = np.array([len(part.left) for part in parts])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    leaf = _stacked(parts, "left") < 0
    shift = np.repeat(roots, sizes)
    words, lengths = _category_sets(parts)
    return Forest(
        feature=np.where(leaf, -1, _stacked(parts, "feature")).astype(np.int32),
        threshold=np.where(leaf, 0.0, _stacked(parts, "threshold")),
        left=np.where(leaf, -1, _stacked(parts, "left") + shift).astype(np.int32),
        right=np.where(leaf, -1, _stacked(parts, "right") + shift).astype(np.int32),
        decision=np.concatenate([np.broadcast_to(np.uint8(part.decision), len(part.left)) for part in parts]),
        missing=np.full(len(leaf), missing, dtype=np.uint8),
        default_left=_stacked(parts, "default_left").astype(np.bool_) & ~leaf,
        cover=_stacked(parts, "cover").astype(np.float64),
        value=np.ascontiguousarray(_stacked(parts, "value"), dtype=np.float64),
        set_start=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        set_words=words,
        roots=roots.astype(np.int32),
        tree_output=np.array([part.output for part in parts], dtype=np.int32),
        base=np.asarray(base, dtype=np.float64),
        n_features=n_features,
    )


def forest_bytes(forest: Forest) -> bytes:
    """SHA-256 over all that a forest computes with, for a model's fingerprint."""
    digest = hashlib.sha256()
    for field in fields(forest):
        array = np.ascontiguousarray(getattr(forest, field.name))
        digest.update(f"{field.name}{array.dtype.str}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.digest()


def _stacked(parts: Sequence[TreePart], name: str) -> NDArray[Any]:
    return np.concatenate([getattr(part, name) for part in parts])


def _category_sets(parts: Sequence[TreePart]) -> tuple[NDArray[np.uint32], NDArray[np.int_]]:
    """All words in the order of their nodes, and how many each node has."""
    words, lengths = [np.zeros(0, dtype=np.uint32)], []
    for part in parts:
        if part.sets is None or part.set_of is None:
            lengths.append(np.zeros(len(part.left), dtype=np.int_))
            continue
        has = part.set_of >= 0
        words.append(part.sets[part.set_of[has]].astype(np.uint32).ravel())
        lengths.append(np.where(has, part.sets.shape[1], 0))
    return np.concatenate(words), np.concatenate(lengths)
