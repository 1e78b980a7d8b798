"""Slow reading of each library's own trees, for oracles alone: nested nodes straight from the library's own dump."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass
class Node:
    """A leaf has a value (outputs,) and no test; ``left(row)`` says whether a row goes to the first child."""

    cover: float
    value: np.ndarray | None = None
    feature: int = -1
    left: Callable[[np.ndarray], bool] | None = None
    children: tuple[Node, Node] | None = None


def worth(node: Node, row: np.ndarray, present) -> np.ndarray:
    """v(S) of one tree: a present feature follows the row, an absent one takes the cover-weighted mean of its sides."""
    if node.children is None:
        return node.value
    yes, no = node.children
    if node.feature in present:
        return worth(yes if node.left(row) else no, row, present)
    total = yes.cover + no.cover
    return (yes.cover * worth(yes, row, present) + no.cover * worth(no, row, present)) / total


def depth(node: Node) -> int:
    return 0 if node.children is None else 1 + max(map(depth, node.children))


def unit(output: int, outputs: int) -> np.ndarray:
    return np.eye(outputs)[output]


def xgboost_trees(model) -> list[Node]:
    """Of a scikit-learn wrapper: the trees that its own predict uses, DART's weighted as it weighs them."""
    booster = model.get_booster()
    best = getattr(model, "best_iteration", None)
    used = booster if best is None else booster[: best + 1]
    saved = json.loads(used.save_raw("json"))["learner"]
    part, sizes = saved["gradient_booster"], saved["learner_model_param"]
    stored = part.get("gbtree", part)["model"]
    outputs = max(int(sizes["num_class"]), int(sizes["num_target"]), 1)
    if int(stored["trees"][0]["tree_param"]["size_leaf_vector"]) > 1:
        return [_xgboost_vectors(tree, outputs) for tree in stored["trees"]]
    weights = part.get("weight_drop") or stored.get("weight_drop") or [1.0] * len(stored["trees"])
    names = booster.feature_names or [f"f{j}" for j in range(booster.num_features())]
    parts = zip(used.get_dump(dump_format="json"), stored["trees"], weights, stored["tree_info"], strict=True)
    return [
        _xgboost_node(json.loads(text), tree["sum_hessian"], names, weight * unit(o, outputs))
        for text, tree, weight, o in parts
    ]


def _xgboost_node(node, covers, names, scale) -> Node:
    """The dump rounds covers, which are taken from the saved model instead."""
    cover = float(np.float32(covers[node["nodeid"]]))
    if "leaf" in node:
        return Node(cover, np.float32(node["leaf"]) * scale)
    children = {child["nodeid"]: _xgboost_node(child, covers, names, scale) for child in node["children"]}
    feature = names.index(node["split"])
    condition, missing_yes = node["split_condition"], node["missing"] == node["yes"]

    def yes(row):
        value = row[feature]
        if np.isnan(value):
            return missing_yes
        if isinstance(condition, list):
            return int(value) in condition
        return np.float32(value) < np.float32(condition)

    return Node(cover, None, feature, yes, (children[node["yes"]], children[node["no"]]))


def _xgboost_vectors(tree, outputs) -> Node:
    """Trees with vector leaves have no dump; their leaves' right child is a row of the leaf weights."""
    vectors = np.array(tree["leaf_weights"], dtype=np.float32).reshape(-1, outputs)

    def build(i):
        left, right, cover = (
            tree["left_children"][i],
            tree["right_children"][i],
            float(np.float32(tree["sum_hessian"][i])),
        )
        if left < 0:
            return Node(cover, vectors[right].astype(float))
        feature, threshold = tree["split_indices"][i], np.float32(tree["split_conditions"][i])
        missing_left = bool(tree["default_left"][i])

        def goes_left(row):
            return missing_left if np.isnan(row[feature]) else np.float32(row[feature]) < threshold

        return Node(cover, None, feature, goes_left, (build(left), build(right)))

    return build(0)


def lightgbm_trees(booster, outputs) -> list[Node]:
    trees = booster.dump_model()["tree_info"]
    return [_lightgbm_node(tree["tree_structure"], unit(i % outputs, outputs)) for i, tree in enumerate(trees)]


def _lightgbm_node(node, scale) -> Node:
    if "leaf_value" in node:
        return Node(node.get("leaf_count", 1), node["leaf_value"] * scale)
    feature, threshold = node["split_feature"], node["threshold"]

    def left(row):
        value = row[feature]
        if node["decision_type"] == "==":
            return not np.isnan(value) and int(value) in {int(c) for c in threshold.split("||")}
        if np.isnan(value) and node["missing_type"] == "None":
            value = 0.0
        if np.isnan(value) or (node["missing_type"] == "Zero" and abs(value) <= 1e-35):
            return node["default_left"]
        return value <= threshold

    children = _lightgbm_node(node["left_child"], scale), _lightgbm_node(node["right_child"], scale)
    return Node(node["internal_count"], None, feature, left, children)


def sklearn_tree(tree, values, columns=None) -> Node:
    """``values`` (nodes, outputs) are what this tree's leaves add; ``columns`` those that it was given."""

    def build(i):
        if tree.children_left[i] < 0:
            return Node(tree.weighted_n_node_samples[i], values[i])
        feature = tree.feature[i] if columns is None else columns[tree.feature[i]]
        threshold, missing_left = tree.threshold[i], bool(tree.missing_go_to_left[i])

        def left(row):
            value = row[feature]
            return missing_left if np.isnan(value) else np.float32(value) <= threshold

        children = build(tree.children_left[i]), build(tree.children_right[i])
        return Node(tree.weighted_n_node_samples[i], None, feature, left, children)

    return build(0)


def sklearn_forest(model) -> list[Node]:
    """A tree is a forest of one."""
    trees = getattr(model, "estimators_", [model])
    return [sklearn_tree(tree.tree_, _means(tree) / len(trees)) for tree in trees]


def _means(tree) -> np.ndarray:
    """(nodes, outputs) mean target, or the shares of the classes of one target after the other."""
    value = tree.tree_.value
    if not hasattr(tree, "classes_"):
        return value[:, :, 0]
    shares = [value[:, k, :n] for k, n in enumerate(np.atleast_1d(tree.n_classes_))]
    return np.hstack([part / part.sum(axis=1, keepdims=True) for part in shares])


def gradient_boosting_trees(model) -> list[Node]:
    outputs = model.estimators_.shape[1]
    return [
        sklearn_tree(e.tree_, model.learning_rate * e.tree_.value[:, 0, :1] * unit(o, outputs))
        for stage in model.estimators_
        for o, e in enumerate(stage)
    ]


def adaboost_trees(model) -> list[Node]:
    """Each adds its share of all weights for the class it votes for, and takes a part of it from all others."""
    shares = model.estimator_weights_[: len(model.estimators_)] / model.estimator_weights_.sum()
    return [
        sklearn_tree(tree.tree_, _votes(tree, share)) for tree, share in zip(model.estimators_, shares, strict=True)
    ]


def _votes(tree, share) -> np.ndarray:
    count = tree.n_classes_
    votes = np.full((tree.tree_.node_count, count), -share / (count - 1))
    votes[np.arange(len(votes)), tree.tree_.value[:, 0].argmax(axis=1)] = share
    return votes[:, 1:] * 2 if count == 2 else votes


def isolation_trees(model) -> list[Node]:
    parts = zip(model.estimators_, model.estimators_features_, strict=True)
    return [
        sklearn_tree(tree.tree_, _lengths(tree.tree_)[:, None] / len(model.estimators_), list(columns))
        for tree, columns in parts
    ]


def isolation_lengths(model, rows) -> np.ndarray:
    """Mean path length, each row routed by the library's own trees."""
    parts = zip(model.estimators_, model.estimators_features_, strict=True)
    return np.mean([_lengths(tree.tree_)[tree.apply(rows[:, columns])] for tree, columns in parts], axis=0)


def _lengths(tree) -> np.ndarray:
    """(nodes,) depth + c(rows), where c is the mean length of a search for a value that is not there."""
    lengths, open_nodes = np.zeros(tree.node_count), [(0, 0)]
    while open_nodes:
        i, level = open_nodes.pop()
        n = tree.n_node_samples[i]
        missed = 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n if n > 2 else n - 1
        lengths[i] = level + missed
        if tree.children_left[i] >= 0:
            open_nodes += [(tree.children_left[i], level + 1), (tree.children_right[i], level + 1)]
    return lengths


def hist_gradient_boosting_trees(model, width) -> list[Node]:
    """The model keeps its categorical columns first."""
    flags = model.is_categorical_ if model.is_categorical_ is not None else np.zeros(width, dtype=bool)
    columns = [*np.flatnonzero(flags), *np.flatnonzero(~flags)]
    outputs = len(model._predictors[0])
    return [
        _hist_tree(predictor, columns, unit(o, outputs))
        for stage in model._predictors
        for o, predictor in enumerate(stage)
    ]


def _hist_tree(predictor, columns, scale) -> Node:
    nodes = predictor.nodes

    def build(i):
        node = nodes[i]
        if node["is_leaf"]:
            return Node(float(node["count"]), float(node["value"]) * scale)
        feature = columns[node["feature_idx"]]
        bits = predictor.raw_left_cat_bitsets[node["bitset_idx"]] if node["is_categorical"] else None

        def left(row):
            value = row[feature]
            if np.isnan(value):
                return bool(node["missing_go_to_left"])
            if bits is not None:
                return bool(bits[int(value) // 32] >> np.uint32(int(value) % 32) & 1)
            return value <= node["num_threshold"]

        return Node(float(node["count"]), None, feature, left, (build(node["left"]), build(node["right"])))

    return build(0)
