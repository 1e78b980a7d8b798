"""Slow reading of CatBoost's own JSON, for oracles alone: games of path-dependent values, written from the definition.

An oblivious tree is unfolded with its last split at the root, which is how CatBoost's own Shapley values see it.
"""

from __future__ import annotations

import json

import numpy as np


def dump(native, folder, pool=None):
    """The model's JSON; with a pool also the categories of its rows and their hashes."""
    path = folder / "dump.json"
    native.save_model(str(path), format="json", pool=pool)
    return json.loads(path.read_text())


def trees(dumped):
    """Nested (question, left, right) and leaves (weight, values); a question is the split of the JSON."""
    if "trees" in dumped:
        return [_grown(tree) for tree in dumped["trees"]]
    return [_unfolded(tree, list(enumerate(tree["splits"])), 0) for tree in dumped["oblivious_trees"]]


def _grown(node):
    if "split" in node:
        return node["split"], _grown(node["left"]), _grown(node["right"])
    return node["weight"], np.atleast_1d(node["value"])


def _unfolded(tree, splits, leaf):
    if not splits:
        width = len(tree["leaf_values"]) // 2 ** len(tree["splits"])
        return tree["leaf_weights"][leaf], np.array(tree["leaf_values"][leaf * width : (leaf + 1) * width])
    bit, split = splits[-1]
    return split, _unfolded(tree, splits[:-1], leaf), _unfolded(tree, splits[:-1], leaf + 2**bit)


def worth(dumped, row, present, hashes=None):
    """(outputs,) v(S): present columns follow the row, absent ones both sides by the rows' weights."""
    info = dumped["features_info"]
    scale, bias = dumped["scale_and_bias"]
    return scale * sum(_worth(tree, row, present, info, hashes) for tree in trees(dumped)) + np.array(bias)


def _worth(tree, row, present, info, hashes):
    if len(tree) == 2:
        return tree[1]
    split, left, right = tree
    column, goes_right = _question(split, row, info, hashes)
    if column in present:
        return _worth(right if goes_right else left, row, present, info, hashes)
    weights = _weight(left), _weight(right)
    share = weights[1] / sum(weights) if sum(weights) else 0.5
    sides = [_worth(side, row, present, info, hashes) for side in (left, right)]
    return (1 - share) * sides[0] + share * sides[1]


def _weight(tree):
    return tree[0] if len(tree) == 2 else _weight(tree[1]) + _weight(tree[2])


def _question(split, row, info, hashes):
    if split["split_type"] == "OneHotFeature":
        feature = info["categorical_features"][split["cat_feature_index"]]
        column = feature["flat_feature_index"]
        return column, hashes[str(row[column])] == split["value"] % 2**32
    feature = info["float_features"][split["float_feature_index"]]
    column = feature["flat_feature_index"]
    value = np.float32(row[column])
    if np.isnan(value):
        return column, feature["nan_value_treatment"] == "AsTrue"
    return column, bool(value > np.float32(split["border"]))
