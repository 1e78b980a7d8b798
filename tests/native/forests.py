"""Random forests with every kind of split, and forests of given shapes."""

from __future__ import annotations

import numpy as np

from pellucid.core.forest import Decision, Forest, Missing

NONE = -1


class Builder:
    """Collects nodes and makes a Forest of them."""

    def __init__(self, n_features: int, n_outputs: int = 1, *, vector: bool = False) -> None:
        self.n_features, self.n_outputs, self.width = n_features, n_outputs, n_outputs if vector else 1
        self.rows: list[tuple] = []
        self.sets: list[list[int]] = []
        self.values: list[np.ndarray] = []
        self.roots: list[int] = []
        self.tree_output: list[int] = []

    def leaf(self, value, cover: float = 1.0) -> int:
        return self._add((NONE, 0.0, NONE, NONE, 0, 0, False, cover), [], value)

    def split(
        self,
        feature: int,
        threshold: float,
        *,
        cover=1.0,
        decision=Decision.LESS_EQUAL_F64,
        missing=Missing.NAN,
        default_left=False,
        words=(),
    ) -> int:
        return self._add(
            (feature, threshold, NONE, NONE, int(decision), int(missing), default_left, cover), list(words), 0.0
        )

    def link(self, parent: int, left: int, right: int) -> int:
        f, t, _, _, *rest = self.rows[parent]
        self.rows[parent] = (f, t, left, right, *rest)
        return parent

    def tree(self, root: int, output: int = 0) -> None:
        self.roots.append(root)
        self.tree_output.append(output)

    def _add(self, row: tuple, words: list[int], value) -> int:
        self.rows.append(row)
        self.sets.append(words)
        self.values.append(np.broadcast_to(np.asarray(value, float), (self.width,)))
        return len(self.rows) - 1

    def forest(self, base=None) -> Forest:
        columns = list(zip(*self.rows, strict=True)) if self.rows else [[] for _ in range(8)]
        types = [np.int32, np.float64, np.int32, np.int32, np.uint8, np.uint8, np.bool_, np.float64]
        feature, threshold, left, right, decision, missing, default_left, cover = (
            np.array(c, dtype=t) for c, t in zip(columns, types, strict=True)
        )
        return Forest(
            feature=feature,
            threshold=threshold,
            left=left,
            right=right,
            decision=decision,
            missing=missing,
            default_left=default_left,
            cover=cover,
            value=np.array(self.values, float).reshape(len(self.rows), self.width),
            set_start=np.concatenate([[0], np.cumsum([len(s) for s in self.sets])]).astype(np.int64),
            set_words=np.array([w for s in self.sets for w in s], dtype=np.uint32),
            roots=np.array(self.roots, np.int32),
            tree_output=np.array(self.tree_output, np.int32),
            base=np.zeros(self.n_outputs) if base is None else np.asarray(base, float),
            n_features=self.n_features,
        )


def random_forest(
    rng: np.random.Generator,
    *,
    n_features=4,
    n_trees=3,
    depth=4,
    n_outputs=1,
    vector=False,
    zero_covers=False,
    kinds=tuple(Decision),
    grow=0.85,
) -> Forest:
    """Trees of random shape; features repeat on paths, and every decision and missing rule occurs."""
    b = Builder(n_features, n_outputs, vector=vector)

    def cover() -> float:
        return 0.0 if zero_covers and rng.random() < 0.2 else float(rng.uniform(0.2, 5))

    def node(level: int) -> int:
        if level == depth or rng.random() > grow:
            return b.leaf(rng.normal(size=b.width), cover())
        decision = kinds[rng.integers(len(kinds))]
        words = rng.integers(0, 2**32, size=rng.integers(0, 3), dtype=np.uint64).tolist()
        here = b.split(
            int(rng.integers(n_features)),
            threshold=float(rng.choice([rng.normal(), 0.0, 1.0, 0.1])),
            cover=cover(),
            decision=decision,
            missing=Missing(rng.integers(3)),
            default_left=bool(rng.integers(2)),
            words=words,
        )
        return b.link(here, node(level + 1), node(level + 1))

    for t in range(n_trees):
        b.tree(node(0), NONE if vector else t % n_outputs)
    forest = b.forest(rng.normal(size=n_outputs))
    for root in forest.roots:  # a root's children carry weight, as in any trained tree
        if forest.feature[root] >= 0:
            forest.cover[forest.left[root]] = max(forest.cover[forest.left[root]], 0.5)
    return forest


def random_rows(rng: np.random.Generator, n: int, n_features: int) -> np.ndarray:
    """Values near the thresholds, categories, missing and extreme ones."""
    rows = rng.normal(size=(n, n_features))
    odd = np.array(
        [
            np.nan,
            0.0,
            -0.0,
            1.0,
            0.1,
            np.float32(0.1),
            1e-36,
            -1e-36,
            np.inf,
            -np.inf,
            1e300,
            -1e300,
            -0.5,
            -1.0,
            3.0,
            3.7,
            31.0,
            40.0,
            64.0,
            1e9,
        ]
    )
    mask = rng.random(rows.shape) < 0.5
    rows[mask] = rng.choice(odd, size=int(mask.sum()))
    return rows


def chain(n_features: int, depth: int, rng: np.random.Generator, *, vector_outputs=0) -> Forest:
    """One tree as deep as a list: every split has a leaf on one side."""
    b = Builder(n_features, max(vector_outputs, 1), vector=vector_outputs > 0)
    below = b.leaf(rng.normal(size=b.width), float(rng.uniform(1, 2)))
    for level in range(depth - 1, -1, -1):
        leaf = b.leaf(rng.normal(size=b.width), float(rng.uniform(0.01, 0.1)))
        split = b.split(level % n_features, float(rng.normal() - 1.5), cover=1.0, decision=Decision.LESS_F32)
        below = b.link(split, leaf, below) if rng.random() < 0.5 else b.link(split, below, leaf)
    b.tree(below, NONE if vector_outputs else 0)
    return b.forest()


def full_forest(trees: int, depth: int, n_features: int) -> Forest:
    """Complete trees, made quickly: for work that takes long."""
    rng = np.random.default_rng(0)
    inner, n = 2**depth - 1, 2 ** (depth + 1) - 1
    node, first = np.arange(n), n * np.arange(trees)[:, None]
    total = trees * n

    def child(offset: int) -> np.ndarray:
        return np.where(node < inner, first + 2 * node + offset, NONE).ravel().astype(np.int32)

    return Forest(
        feature=np.where(node < inner, rng.integers(0, n_features, (trees, n)), NONE).ravel().astype(np.int32),
        threshold=rng.normal(size=total),
        left=child(1),
        right=child(2),
        decision=np.full(total, Decision.LESS_EQUAL_F64, np.uint8),
        missing=np.zeros(total, np.uint8),
        default_left=np.zeros(total, bool),
        cover=np.tile(2.0 ** -np.floor(np.log2(node + 1)), trees),
        value=rng.normal(size=(total, 1)),
        set_start=np.zeros(total + 1, np.int64),
        set_words=np.zeros(0, np.uint32),
        roots=first.ravel().astype(np.int32),
        tree_output=np.zeros(trees, np.int32),
        base=np.zeros(1),
        n_features=n_features,
    )
