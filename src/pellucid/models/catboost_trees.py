"""CatBoost's own JSON model as a Forest.

A split sends ``float32(x) > border`` to the right; a missing value counts as the smallest number, or as the largest
where the column's ``nan_value_treatment`` is ``AsTrue``. A one-hot split sends the one category whose hash it stores
to the right. A symmetric (oblivious) tree asks the same question at all nodes of a level: bit i of a leaf's number is
the answer to split i. The last split is taken for the root, as CatBoost's own Shapley values do; predictions do not
depend on it, path-dependent values do. Leaves are float64 numbers times the model's scale, summed in float64.

Source: https://catboost.ai/docs, *Tutorial for CatBoost JSON format*; Prokhorenkova et al. (2018), "CatBoost: unbiased
boosting with categorical features", section 3 (oblivious trees).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.forest import Decision, Forest
from pellucid.models.join_trees import TreePart, join_trees

__all__ = ["read_forest", "read_one_hot_hashes", "statistics_columns"]

Dump = Mapping[str, Any]
Node = Mapping[str, Any]


def read_forest(dump: Dump, n_features: int) -> Forest:
    """The trees of a model saved as JSON.

    Parameters
    ----------
    dump : what ``save_model(…, format="json")`` wrote, of a model without target statistics.
    n_features : the model's columns.

    Returns
    -------
    Forest over the model's columns, categories numbered as in :func:`read_one_hot_hashes`. Covers are NaN where the
    model was saved without the weights of its leaves.
    """
    scale, bias = dump["scale_and_bias"]
    columns = _Columns.read(dump)
    symmetric = dump.get("oblivious_trees")
    if symmetric is not None:
        parts = [_symmetric(tree, columns, scale) for tree in symmetric]
    else:
        parts = [_grown(tree, columns, scale) for tree in dump["trees"]]
    width = parts[0].value.shape[1]
    base = np.broadcast_to(np.asarray(bias, dtype=np.float64), width)
    return join_trees(parts, base=base, n_features=n_features)


def read_one_hot_hashes(dump: Dump) -> dict[int, list[int]]:
    """For each column of categories the hashes that one-hot splits ask for; the i-th is category i of the forest."""
    found = dump["features_info"].get("categorical_features", [])
    return {item["flat_feature_index"]: [value & 0xFFFFFFFF for value in item.get("values", [])] for item in found}


def statistics_columns(dump: Dump) -> list[int]:
    """Columns whose categories enter splits as target statistics (CTRs)."""
    flat = {item["feature_index"]: item["flat_feature_index"] for item in _categorical(dump)}
    used = [ctr["elements"] for ctr in dump["features_info"].get("ctrs", [])]
    elements = [element for elements in used for element in elements if "cat_feature_index" in element]
    return sorted({flat[element["cat_feature_index"]] for element in elements})


def _categorical(dump: Dump) -> Sequence[Node]:
    found: Sequence[Node] = dump["features_info"].get("categorical_features", [])
    return found


@dataclass(frozen=True, eq=False)
class _Columns:
    """The model's columns by the numbers that splits give them.

    ``number`` and ``category`` are the columns of the numeric and the categorical features, ``missing_left`` the side
    of missing values for each numeric feature, ``code`` the number of each stored hash of a categorical feature.
    """

    number: Mapping[int, int]
    missing_left: Mapping[int, bool]
    category: Mapping[int, int]
    code: Mapping[int, Mapping[int, int]]

    @classmethod
    def read(cls, dump: Dump) -> _Columns:
        numeric = dump["features_info"].get("float_features", [])
        hashes = read_one_hot_hashes(dump)
        categorical = {item["feature_index"]: item["flat_feature_index"] for item in _categorical(dump)}
        return cls(
            number={item["feature_index"]: item["flat_feature_index"] for item in numeric},
            missing_left={item["feature_index"]: item["nan_value_treatment"] != "AsTrue" for item in numeric},
            category=categorical,
            code={i: {value: code for code, value in enumerate(hashes[flat])} for i, flat in categorical.items()},
        )


@dataclass(frozen=True, eq=False)
class _Tests:
    """The splits of one tree: ``category`` is the one that goes right, -1 where a number is compared."""

    feature: NDArray[np.int_]
    threshold: NDArray[np.float64]
    missing_left: NDArray[np.bool_]
    category: NDArray[np.int_]

    @classmethod
    def read(cls, splits: Sequence[Node], columns: _Columns) -> _Tests:
        rows = [_test(split, columns) for split in splits] or [(-1, 0.0, False, -1)]
        feature, threshold, missing_left, category = zip(*rows, strict=True)
        return cls(np.array(feature), np.array(threshold), np.array(missing_left), np.array(category))

    def sets(self) -> tuple[NDArray[np.uint32], NDArray[np.int_]] | tuple[None, None]:
        """Bits of the category sets, and which row of them each test has."""
        asked = np.flatnonzero(self.category >= 0)
        if not len(asked):
            return None, None
        category = self.category[asked]
        bits = np.zeros((len(asked), int(category.max()) // 32 + 1), dtype=np.uint32)
        bits[np.arange(len(asked)), category // 32] = np.left_shift(np.uint32(1), (category % 32).astype(np.uint32))
        row = np.full(len(self.category), -1)
        row[asked] = np.arange(len(asked))
        return bits, row


def _test(split: Node, columns: _Columns) -> tuple[int, float, bool, int]:
    if split["split_type"] == "OneHotFeature":
        i = split["cat_feature_index"]
        return columns.category[i], 0.0, False, columns.code[i][split["value"] & 0xFFFFFFFF]
    i = split["float_feature_index"]
    return columns.number[i], float(np.float32(split["border"])), columns.missing_left[i], -1


def _symmetric(tree: Node, columns: _Columns, scale: float) -> TreePart:
    """All nodes of an oblivious tree, level by level: node i has the children 2i + 1 and 2i + 2."""
    depth = len(tree["splits"])
    leaves = 2**depth
    node = np.arange(2 * leaves - 1)
    inner = node < leaves - 1
    level = np.repeat(np.arange(depth + 1), 2 ** np.arange(depth + 1))
    cover = np.full(len(node), np.nan)
    cover[leaves - 1 :] = tree.get("leaf_weights") or np.nan
    for k in reversed(range(depth)):
        first = 2**k - 1
        cover[first : 2 * first + 1] = cover[2 * first + 1 : 4 * first + 3].reshape(-1, 2).sum(axis=1)
    value = np.zeros((len(node), len(tree["leaf_values"]) // leaves))
    value[leaves - 1 :] = scale * np.reshape(tree["leaf_values"], (leaves, -1))
    return _part(
        tests=_Tests.read(tree["splits"], columns),
        test_of=np.where(inner, depth - 1 - level, -1),
        left=np.where(inner, 2 * node + 1, -1),
        right=np.where(inner, 2 * node + 2, -1),
        cover=cover,
        value=value,
    )


def _grown(tree: Node, columns: _Columns, scale: float) -> TreePart:
    """The nodes of a tree that asks each node its own question, parents before children."""
    nodes, left, right = [tree], [], []
    for node in nodes:  # grows while it is walked
        inner = "split" in node
        left.append(len(nodes) if inner else -1)
        right.append(len(nodes) + 1 if inner else -1)
        nodes += [node["left"], node["right"]] if inner else []
    cover = np.array([node.get("weight", np.nan) for node in nodes], dtype=np.float64)
    for i in reversed(range(len(nodes))):
        if left[i] >= 0:
            cover[i] = cover[left[i]] + cover[right[i]]
    leaf = np.array(left) < 0
    inside = [node["split"] for node in nodes if "split" in node]
    values = np.array([node["value"] for node in nodes if "split" not in node], dtype=np.float64)
    value = np.zeros((len(nodes), np.size(values[0])))
    value[leaf] = scale * values.reshape(len(values), -1)
    return _part(
        tests=_Tests.read(inside, columns),
        test_of=np.where(leaf, -1, np.cumsum(~leaf) - 1),
        left=np.array(left),
        right=np.array(right),
        cover=cover,
        value=value,
    )


def _part(
    tests: _Tests,
    test_of: NDArray[np.int_],
    left: NDArray[np.int_],
    right: NDArray[np.int_],
    cover: NDArray[np.float64],
    value: NDArray[np.float64],
) -> TreePart:
    """A tree whose node i asks test ``test_of[i]``; leaves, at -1, read a test that nothing looks at."""
    sets, set_of = tests.sets()
    return TreePart(
        feature=tests.feature[test_of],
        threshold=tests.threshold[test_of],
        left=left,
        right=right,
        default_left=tests.missing_left[test_of],
        cover=cover,
        value=value,
        decision=np.where(tests.category[test_of] >= 0, Decision.NOT_IN_SET, Decision.LESS_EQUAL_F32).astype(np.uint8),
        sets=sets,
        set_of=None if set_of is None else np.where(left < 0, -1, set_of[test_of]),
        output=0 if value.shape[1] == 1 else -1,
    )
