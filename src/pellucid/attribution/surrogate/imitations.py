"""Models that can be read, fitted to what another model says: a line, or a shallow tree."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.surrogate.encoded_table import Encoding, Number
from pellucid.core.tables import Table

__all__ = ["Imitation", "LinearImitation", "TreeImitation"]

#: least share of the weight that a leaf of a tree holds
LEAF = 0.01

Floats = NDArray[np.float64]


class Imitation(ABC):
    """A model that can be read.

    Parameters
    ----------
    encoding : how a table becomes numbers.
    targets : names of what is imitated.
    """

    def __init__(self, encoding: Encoding, targets: tuple[str, ...]) -> None:
        self.encoding, self.targets = encoding, targets

    def predict(self, table: Table) -> Floats:
        """(rows, targets)"""
        return self._answers(self.encoding.encode(table))

    @property
    @abstractmethod
    def importance(self) -> Floats:
        """(columns, targets): root of the variance that goes back to each column."""

    @abstractmethod
    def lines(self) -> tuple[str, ...]:
        """The whole model in words."""

    @abstractmethod
    def _answers(self, numbers: Floats) -> Floats: ...


class LinearImitation(Imitation):
    """Least squares, ``ŷ = c + Σ_k β_k z_k``; of columns that say the same the shortest coefficients.

    Parameters
    ----------
    numbers : (rows, numbers) to fit to.
    answers : (rows, targets) to imitate.
    shares : (rows,) weights that sum to one.
    """

    def __init__(
        self, encoding: Encoding, targets: tuple[str, ...], numbers: Floats, answers: Floats, shares: Floats
    ) -> None:
        super().__init__(encoding, targets)
        mean, level = shares @ numbers, shares @ answers
        centred = numbers - mean
        spread = np.sqrt(shares @ centred**2)
        scale = np.where(spread > 0, spread, 1.0)
        root = np.sqrt(shares)[:, np.newaxis]
        solution = np.linalg.lstsq(root * centred / scale, root * (answers - level), rcond=None)[0]
        self._order = np.argsort(-np.abs(solution * (spread > 0)[:, np.newaxis]), axis=0, kind="stable")
        #: (numbers, targets)
        self.coefficients: Floats = np.asarray(solution / scale[:, np.newaxis])
        #: (targets,)
        self.constant: Floats = np.asarray(level - mean @ self.coefficients)
        self._importance = self._spreads(centred, shares)

    @property
    def importance(self) -> Floats:
        return self._importance

    def lines(self) -> tuple[str, ...]:
        """One formula a target, the terms that vary most first."""
        labels = [number.label for number in self.encoding.numbers]
        return tuple(
            f"{name} = {constant:.4g}" + "".join(f" {_term(column[k], labels[k])}" for k in order if column[k])
            for name, constant, column, order in zip(
                self.targets, self.constant, self.coefficients.T, self._order.T, strict=True
            )
        )

    def _answers(self, numbers: Floats) -> Floats:
        return np.asarray(self.constant + numbers @ self.coefficients)

    def _spreads(self, centred: Floats, shares: Floats) -> Floats:
        owner = np.array([number.column for number in self.encoding.numbers])
        terms = [centred[:, owner == j] @ self.coefficients[owner == j] for j in range(owner.max() + 1)]
        return np.asarray(np.sqrt(np.stack([shares @ part**2 for part in terms])))


class TreeImitation(Imitation):
    """A regression tree for all targets at once; a leaf holds at least a hundredth of the rows.

    Parameters
    ----------
    numbers, answers, shares : as of :class:`LinearImitation`.
    depth : the most questions asked.
    """

    def __init__(
        self,
        encoding: Encoding,
        targets: tuple[str, ...],
        numbers: Floats,
        answers: Floats,
        shares: Floats,
        *,
        depth: int,
        seed: int,
    ) -> None:
        from sklearn.tree import DecisionTreeRegressor

        super().__init__(encoding, targets)
        self._tree = DecisionTreeRegressor(max_depth=depth, min_weight_fraction_leaf=LEAF, random_state=seed)
        self._tree.fit(numbers, answers, sample_weight=shares)
        self._nodes: Any = self._tree.tree_
        #: (nodes, targets)
        self._means: Floats = np.asarray(self._nodes.value[:, :, 0])
        self._shares = self._nodes.weighted_n_node_samples / self._nodes.weighted_n_node_samples[0]

    @property
    def importance(self) -> Floats:
        """Root of the variance between the two sides of all splits on a column."""
        owner = [number.column for number in self.encoding.numbers]
        removed = np.zeros((max(owner) + 1, len(self.targets)))
        for node, (left, right) in enumerate(self._children()):
            if left >= 0:
                between = sum(
                    self._shares[side] * (self._means[side] - self._means[node]) ** 2 for side in (left, right)
                )
                removed[owner[self._nodes.feature[node]]] += between
        return np.sqrt(removed)

    def lines(self) -> tuple[str, ...]:
        return tuple(self._rules(0, ()))

    def _rules(self, node: int, conditions: tuple[str, ...]) -> list[str]:
        left, right = self._children()[node]
        if left < 0:
            said = ", ".join(
                f"{name} = {value:.4g}" for name, value in zip(self.targets, self._means[node], strict=True)
            )
            return [f"{' and '.join(conditions) or 'always'}: {said} ({self._shares[node]:.0%} of rows)"]
        number: Number = self.encoding.numbers[self._nodes.feature[node]]
        at = float(self._nodes.threshold[node])
        return [
            *self._rules(left, (*conditions, number.condition(at, True))),
            *self._rules(right, (*conditions, number.condition(at, False))),
        ]

    def _children(self) -> list[tuple[int, int]]:
        return list(zip(self._nodes.children_left.tolist(), self._nodes.children_right.tolist(), strict=True))

    def _answers(self, numbers: Floats) -> Floats:
        return np.asarray(self._tree.predict(numbers)).reshape(len(numbers), -1)


def _term(coefficient: float, label: str) -> str:
    return f"{'−' if coefficient < 0 else '+'} {abs(coefficient):.3g} · {label}"
