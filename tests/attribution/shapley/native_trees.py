"""Slow reading of each library's own trees, for oracles alone: nested nodes straight from the library's own dump."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from math import factorial

import numpy as np


@dataclass
class Node:
    """A leaf has a value and no test; ``left(row)`` says whether a row goes left."""

    cover: float
    value: np.ndarray | float = 0.0
    feature: int = -1
    left: object = None
    children: tuple[Node, Node] | None = None


def worth(node, row, present):
    """v(S) of one tree: a present feature follows the row, an absent one takes the cover-weighted mean of its sides."""
    if node.children is None:
        return node.value
    yes, no = node.children
    if node.feature in present:
        return worth(yes if node.left(row) else no, row, present)
    total = yes.cover + no.cover
    return (yes.cover * worth(yes, row, present) + no.cover * worth(no, row, present)) / total


def path_dependent(trees, row, players):
    """v(S) of a sum of trees for every coalition, as {frozenset: worth}."""
    coalitions = [frozenset(s) for k in range(players + 1) for s in itertools.combinations(range(players), k)]
    return {s: sum(worth(tree, row, s) for tree in trees) for s in coalitions}


def shapley(game, players):
    """Shapley values of {frozenset: worth} from the formula, in float64."""
    values = []
    for i in range(players):
        others = [s for s in game if i not in s]
        share = [factorial(len(s)) * factorial(players - len(s) - 1) / factorial(players) for s in others]
        values.append(sum(w * (game[s | {i}] - game[s]) for w, s in zip(share, others, strict=True)))
    return np.array(values)


def xgboost_trees(booster, outputs):
    """One list of trees for each output."""
    names = booster.feature_names or [f"f{j}" for j in range(booster.num_features())]
    trees = [_xgboost_node(json.loads(text), names) for text in booster.get_dump(dump_format="json", with_stats=True)]
    return [trees[o::outputs] for o in range(outputs)]


def _xgboost_node(node, names):
    if "leaf" in node:
        return Node(node["cover"], node["leaf"])
    children = {child["nodeid"]: _xgboost_node(child, names) for child in node["children"]}
    feature = names.index(node["split"])
    condition, missing_yes = node["split_condition"], node["missing"] == node["yes"]

    def yes(row):
        value = row[feature]
        if np.isnan(value):
            return missing_yes
        if isinstance(condition, list):
            return int(value) in condition
        return np.float32(value) < np.float32(condition)

    return Node(node["cover"], 0.0, feature, yes, (children[node["yes"]], children[node["no"]]))


def lightgbm_trees(booster, outputs):
    trees = [_lightgbm_node(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]]
    return [trees[o::outputs] for o in range(outputs)]


def _lightgbm_node(node):
    if "leaf_value" in node:
        return Node(node.get("leaf_count", 1), node["leaf_value"])
    feature, threshold = node["split_feature"], node["threshold"]

    def left(row):
        value = row[feature]
        if node["decision_type"] == "==":
            return not np.isnan(value) and int(value) in {int(c) for c in threshold.split("||")}
        if np.isnan(value):
            if node["missing_type"] == "NaN":
                return node["default_left"]
            value = 0.0
        return value <= threshold

    children = _lightgbm_node(node["left_child"]), _lightgbm_node(node["right_child"])
    return Node(node["internal_count"], 0.0, feature, left, children)


def sklearn_tree(tree, values):
    """``values`` (nodes,) are what this tree's leaves add."""

    def build(i):
        if tree.children_left[i] < 0:
            return Node(tree.weighted_n_node_samples[i], values[i])
        feature, threshold, missing_left = tree.feature[i], tree.threshold[i], bool(tree.missing_go_to_left[i])

        def left(row):
            value = row[feature]
            return missing_left if np.isnan(value) else np.float32(value) <= threshold

        children = build(tree.children_left[i]), build(tree.children_right[i])
        return Node(tree.weighted_n_node_samples[i], 0.0, feature, left, children)

    return build(0)


def hist_tree(predictor, columns):
    """``columns[k]`` is the user's column that the model keeps at place k."""
    nodes = predictor.nodes

    def build(i):
        node = nodes[i]
        if node["is_leaf"]:
            return Node(float(node["count"]), float(node["value"]))
        feature = columns[node["feature_idx"]]
        bits = predictor.raw_left_cat_bitsets[node["bitset_idx"]] if node["is_categorical"] else None

        def left(row):
            value = row[feature]
            if np.isnan(value):
                return bool(node["missing_go_to_left"])
            if bits is not None:
                return bool(bits[int(value) // 32] >> np.uint32(int(value) % 32) & 1)
            return value <= node["num_threshold"]

        children = build(node["left"]), build(node["right"])
        return Node(float(node["count"]), 0.0, feature, left, children)

    return build(0)
