"""A fitted model, rows for it, and what its own library says of both: all that a test of exactness needs."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from math import factorial
from typing import Any

import numpy as np
import pandas as pd

Game = dict[frozenset, np.ndarray]


@dataclass(eq=False)
class Case:
    """A model and rows.

    Parameters
    ----------
    model : as a caller passes it.
    X : rows, a pandas frame or an array.
    raw : (rows, outputs) the library's own raw prediction.
    worth : ``worth(row number, coalition) -> (outputs,)`` of the path-dependent game, by the library's own dump.
    float32_trees : how many trees the library sums in float32; 0 where it sums in float64.
    """

    model: Any
    X: Any
    raw: Callable[[Any], np.ndarray]
    worth: Callable[[int, frozenset], np.ndarray]
    float32_trees: int = 0
    games: dict = field(default_factory=dict)

    @property
    def players(self) -> int:
        return self.X.shape[1]

    def own(self, rows: Any) -> np.ndarray:
        return np.asarray(self.raw(rows), dtype=np.float64).reshape(len(rows), -1)

    def relative(self, exact: bool) -> float:
        """Allowed gap as a part of max(|base|, |f|)."""
        library = max(2e-6, self.float32_trees * 2.0**-24) if self.float32_trees else 1e-10
        return library if exact else max(library, 1e-5)

    def path_dependent(self, i: int) -> Game:
        """v(S) of row i: an absent column follows the training weights down both sides."""
        if i not in self.games:
            self.games[i] = {s: self.worth(i, s) for s in coalitions(range(self.players))}
        return self.games[i]

    def interventional(self, i: int, background: Any, weights: np.ndarray) -> Game:
        """v(S) of row i = Σ_b w_b f(x_S, b_rest) / Σ_b w_b, asked of the library itself."""
        asked = coalitions(range(self.players))
        answers = self.own(stacked([mixed(self.X, i, background, s) for s in asked]))
        worth = np.average(answers.reshape(len(asked), len(weights), -1), axis=1, weights=weights)
        return dict(zip(asked, worth, strict=True))


def coalitions(players) -> list[frozenset]:
    players = list(players)
    return [frozenset(s) for size in range(len(players) + 1) for s in itertools.combinations(players, size)]


def mixed(X: Any, i: int, background: Any, present: frozenset) -> Any:
    """The background with some columns of row i of X."""
    rows = background.copy()
    for j in present:
        if isinstance(rows, np.ndarray):
            rows[:, j] = X[i, j]
        else:
            rows.isetitem(j, pd.Series([X.iloc[i, j]] * len(rows), index=rows.index, dtype=X.dtypes.iloc[j]))
    return rows


def stacked(parts: list) -> Any:
    return np.concatenate(parts) if isinstance(parts[0], np.ndarray) else pd.concat(parts, ignore_index=True)


def shapley(game: Game, players: int) -> np.ndarray:
    """(players, outputs) Shapley values, from the formula, in float64."""
    weights = [factorial(size) * factorial(players - size - 1) / factorial(players) for size in range(players)]
    return np.array(
        [sum(weights[len(s)] * (game[s | {i}] - game[s]) for s in game if i not in s) for i in range(players)]
    )


def banzhaf(game: Game, players: int) -> np.ndarray:
    """(players, outputs) Banzhaf values: the plain mean over all coalitions of what a player adds."""
    return np.array([np.mean([game[s | {i}] - game[s] for s in game if i not in s], axis=0) for i in range(players)])


def interactions(game: Game, players: int) -> np.ndarray:
    """(players, players, outputs) Φ of Lundberg et al. (2020): half of a pair's effect in each of its two places, and
    what is left of each Shapley value on the diagonal."""
    phi = np.zeros((players, players, len(game[frozenset()])))
    for i, j in itertools.permutations(range(players), 2):
        for s in game:
            if not s & {i, j}:
                weight = factorial(len(s)) * factorial(players - len(s) - 2) / (2 * factorial(players - 1))
                phi[i, j] += weight * (game[s | {i, j}] - game[s | {i}] - game[s | {j}] + game[s])
    phi[np.arange(players), np.arange(players)] = shapley(game, players) - phi.sum(axis=1)
    return phi


def worth_of(trees: list, rows: np.ndarray) -> Callable[[int, frozenset], np.ndarray]:
    """The path-dependent game of nested nodes; see ``native_trees``."""
    from tests.tree_models.native_trees import worth

    return lambda i, present: sum(worth(tree, rows[i], present) for tree in trees)
