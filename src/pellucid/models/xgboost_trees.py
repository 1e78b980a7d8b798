"""XGBoost's own JSON model as a Forest.

A node holds ``float32(x) < split_condition`` or, where its ``split_type`` is 1, a set of categories that go right; a
missing value goes to its default side. Leaves are float32 numbers, times the tree's ``weight_drop`` in a DART model.
The base score is stored as a prediction and enters the sum through the objective's link, computed in float32.

Source: https://xgboost.readthedocs.io, *Introduction to Model IO* and *Parameters* (the JSON schema, ``base_score``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import UnsupportedModelError
from pellucid.core.forest import Decision, Forest, Missing

__all__ = ["read_category_names", "read_forest", "read_linear_weights"]

Tree = Mapping[str, Any]

#: XGBoost keeps probabilities at least this far from 0 and 1 before it takes their log-odds
EDGE = np.float32(1e-6)


def read_forest(raw: bytes, link: str, iterations: int | None = None) -> Forest:
    """The trees of a model saved as JSON.

    Parameters
    ----------
    raw : what ``Booster.save_raw("json")`` gave.
    link : ``"identity"``, ``"logit"`` or ``"log"``: from the stored base score to the margin.
    iterations : boosting rounds that count; None is all.

    Returns
    -------
    Forest over the booster's own columns, categories as the codes of training.

    Raises
    ------
    UnsupportedModelError : leaves of different widths, or vector leaves saved without the weights of the nodes.
    """
    learner = json.loads(raw)["learner"]
    model = _tree_model(learner)
    count = _tree_count(model, iterations)
    nodes = _Nodes.read(model["trees"][:count])
    base = _base(learner["learner_model_param"], link)
    weight = np.ones(count)
    dropped = _weight_drop(learner, model)[:count]
    weight[: len(dropped)] = dropped
    outputs = np.asarray(model["tree_info"][:count], dtype=np.int32)
    return nodes.forest(weight, outputs, base, int(learner["learner_model_param"]["num_feature"]))


def read_linear_weights(raw: bytes) -> NDArray[np.float64]:
    """(columns, outputs) the weights of a gblinear model saved as JSON, without the biases, its last line."""
    learner = json.loads(raw)["learner"]
    stored = np.asarray(learner["gradient_booster"]["model"]["weights"], dtype=np.float32)
    lines = int(learner["learner_model_param"]["num_feature"]) + 1
    return stored.astype(np.float64).reshape(lines, -1)[:-1]


def read_category_names(raw: bytes) -> list[Sequence[bytes | int] | None]:
    """For each column the categories in the order of their codes, or None; empty where the model stores none.

    Strings are kept as the bytes that the model holds, because XGBoost before 3.4 cuts names that are not ASCII.
    """
    stored = _tree_model(json.loads(raw)["learner"]).get("cats", {}).get("enc", [])
    return [_names(column) for column in stored]


def _names(column: Mapping[str, Any]) -> Sequence[bytes | int] | None:
    if "offsets" not in column:
        return [int(value) for value in column["values"]] or None
    text = np.asarray(column["values"], dtype=np.int8).tobytes()
    ends = column["offsets"]
    return [text[start:end] for start, end in pairwise(ends)] or None


def _tree_model(learner: Mapping[str, Any]) -> Mapping[str, Any]:
    booster = learner["gradient_booster"]
    found: Mapping[str, Any] = booster.get("gbtree", booster)["model"]
    return found


def _weight_drop(learner: Mapping[str, Any], model: Mapping[str, Any]) -> Sequence[float]:
    """XGBoost before 3.4 stores the weights of DART beside the tree model, later within; absent means 1."""
    stored: Sequence[float] = learner["gradient_booster"].get("weight_drop") or model.get("weight_drop") or ()
    return stored


def _tree_count(model: Mapping[str, Any], iterations: int | None) -> int:
    ends = model["iteration_indptr"]
    return int(ends[-1] if iterations is None else ends[min(iterations, len(ends) - 1)])


def _base(parameters: Mapping[str, str], link: str) -> NDArray[np.float64]:
    """(outputs,) the margin that the trees are added to."""
    scores = np.array(parameters["base_score"].strip("[]").split(","), dtype=np.float32)
    outputs = max(len(scores), int(parameters["num_class"]), int(parameters.get("num_target", "1")), 1)
    if link == "logit":
        kept = np.clip(scores, EDGE, np.float32(1) - EDGE)
        scores = -np.log(np.float32(1) / kept - np.float32(1))
    elif link == "log":
        scores = np.log(scores)
    return np.broadcast_to(scores, outputs).astype(np.float64)


@dataclass(frozen=True, eq=False)
class _Nodes:
    """The nodes of all trees one after another, before leaves are weighted and unreachable nodes dropped.

    ``left`` and ``right`` are absolute, -1 at leaves; ``tree`` is the tree of each node; ``pairs`` are the
    (node, category) of the category sets.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    default_left: NDArray[np.bool_]
    categorical: NDArray[np.bool_]
    cover: NDArray[np.float64]
    value: NDArray[np.float64]
    tree: NDArray[np.int64]
    roots: NDArray[np.int64]
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]]

    @classmethod
    def read(cls, trees: Sequence[Tree]) -> _Nodes:
        sizes = np.array([len(tree["left_children"]) for tree in trees], dtype=np.int64)
        roots = np.cumsum(sizes) - sizes
        tree = np.repeat(np.arange(len(trees)), sizes)
        n = int(sizes.sum())
        left, right = _flat(trees, "left_children", np.int64, n), _flat(trees, "right_children", np.int64, n)
        leaf = left < 0
        threshold = _flat(trees, "split_conditions", np.float32, n).astype(np.float64)
        return cls(
            feature=np.where(leaf, -1, _flat(trees, "split_indices", np.int64, n)).astype(np.int32),
            threshold=threshold,
            left=np.where(leaf, -1, left + roots[tree]),
            right=np.where(leaf, -1, right + roots[tree]),
            default_left=_flat(trees, "default_left", np.bool_, n) & ~leaf,
            categorical=_flat(trees, "split_type", np.bool_, n) & ~leaf,
            cover=_covers(trees, n),
            value=_vector_leaves(trees) if _width(trees) > 1 else threshold[:, np.newaxis],
            tree=tree,
            roots=roots,
            pairs=_category_pairs(trees, roots),
        )

    def forest(
        self, weight: NDArray[np.float64], outputs: NDArray[np.int32], base: NDArray[np.float64], n_features: int
    ) -> Forest:
        leaf = self.left < 0
        keep = _reachable(self.left, self.right, self.roots)
        number = np.append(np.cumsum(keep) - 1, -1)  # the last entry keeps -1 at leaves
        start, words = _bit_sets(number[self.pairs[0]], self.pairs[1], int(keep.sum()))
        value = np.where(leaf[:, np.newaxis], self.value * weight[self.tree][:, np.newaxis], 0.0)
        return Forest(
            feature=self.feature[keep],
            threshold=np.where(leaf | self.categorical, 0.0, self.threshold)[keep],
            left=number[self.left[keep]].astype(np.int32),
            right=number[self.right[keep]].astype(np.int32),
            decision=np.where(self.categorical, Decision.NOT_IN_SET, Decision.LESS_F32).astype(np.uint8)[keep],
            missing=np.full(int(keep.sum()), Missing.NAN, dtype=np.uint8),
            default_left=self.default_left[keep],
            cover=self.cover[keep],
            value=np.ascontiguousarray(value[keep]),
            set_start=start,
            set_words=words,
            roots=number[self.roots].astype(np.int32),
            tree_output=outputs if value.shape[1] == 1 else np.full(len(outputs), -1, dtype=np.int32),
            base=base,
            n_features=n_features,
        )


def _flat(trees: Sequence[Tree], key: str, dtype: type[np.generic], n: int) -> NDArray[Any]:
    return np.fromiter(chain.from_iterable(tree[key] for tree in trees), dtype, n)


def _width(trees: Sequence[Tree]) -> int:
    widths = {max(1, int(tree["tree_param"]["size_leaf_vector"])) for tree in trees}
    if len(widths) > 1:
        raise UnsupportedModelError(
            f"this XGBoost model mixes trees whose leaves hold {' and '.join(map(str, sorted(widths)))} numbers, which "
            f"is not read; use KernelSHAP, which needs only predictions."
        )
    return widths.pop()


def _covers(trees: Sequence[Tree], n: int) -> NDArray[np.float64]:
    if any("sum_hessian" not in tree for tree in trees):
        raise UnsupportedModelError(
            "this XGBoost model with vector leaves was saved by a version before 3.2, which leaves out the weights of "
            "the nodes; train it with XGBoost 3.2 or later, or use KernelSHAP, which needs only predictions."
        )
    return _flat(trees, "sum_hessian", np.float32, n).astype(np.float64)


def _vector_leaves(trees: Sequence[Tree]) -> NDArray[np.float64]:
    """(nodes, outputs); a leaf's right child is its row of ``leaf_weights``."""
    width = _width(trees)
    parts = []
    for tree in trees:
        leaf = np.asarray(tree["left_children"]) < 0
        row = np.where(leaf, tree["right_children"], 0)
        vectors = np.asarray(tree["leaf_weights"], dtype=np.float32).reshape(-1, width)
        parts.append(vectors[row].astype(np.float64))
    return np.concatenate(parts)


def _category_pairs(trees: Sequence[Tree], roots: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    nodes, categories = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for tree, root in zip(trees, roots, strict=True):
        if not tree["categories_nodes"]:
            continue
        stored = np.asarray(tree["categories"], dtype=np.int64)
        for node, start, size in zip(
            tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"], strict=True
        ):
            nodes.append(np.full(size, node + root, dtype=np.int64))
            categories.append(stored[start : start + size])
    return np.concatenate(nodes), np.concatenate(categories)


def _bit_sets(
    nodes: NDArray[np.int64], categories: NDArray[np.int64], n: int
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """``set_start`` and ``set_words`` of n nodes out of (node, category) pairs."""
    words_of = np.zeros(n, dtype=np.int64)
    np.maximum.at(words_of, nodes, categories // 32 + 1)
    start = np.concatenate([[0], np.cumsum(words_of)]).astype(np.int64)
    words = np.zeros(int(start[-1]), dtype=np.uint32)
    bits = np.left_shift(np.uint32(1), (categories % 32).astype(np.uint32))
    np.bitwise_or.at(words, start[nodes] + categories // 32, bits)
    return start, words


def _reachable(left: NDArray[np.int64], right: NDArray[np.int64], roots: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Pruning leaves deleted nodes behind in the arrays."""
    reached = np.zeros(len(left), dtype=np.bool_)
    level = roots
    while len(level):
        reached[level] = True
        inner = level[left[level] >= 0]
        level = np.concatenate([left[inner], right[inner]])
    return reached
