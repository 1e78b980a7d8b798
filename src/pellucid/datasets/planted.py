"""A random mechanism of independent columns whose true contributions are known exactly.

Every column that takes part has finitely many levels with known probabilities, so each expectation below is a
finite sum over levels: nothing is sampled and nothing is integrated numerically.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Factor", "Mechanism", "PlantedTruth"]

Floats = NDArray[np.float64]
Levels = NDArray[np.int64]
Pair = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Factor:
    """One column of the mechanism: its possible values and how often each occurs.

    Parameters
    ----------
    values : array (levels,), the value of each level; NaN stands for missing, in a category -1 does.
    probability : array (levels,), summing to one.
    """

    values: Floats
    probability: Floats

    def sample(self, rng: np.random.Generator, rows: int) -> Levels:
        """Draw the level of each row, shape (rows,), by inverting the distribution function."""
        inner_edges = np.cumsum(self.probability)[:-1]
        return np.searchsorted(inner_edges, rng.random(rows), side="right")


@dataclass(frozen=True, eq=False)
class PlantedTruth:
    """What each column truly contributes to the log-odds of each row.

    The log-odds are held as their functional ANOVA decomposition, the only one whose parts average to zero
    over each of their own columns:

        log_odds = base + Σ_i main[i] + Σ_{i<j} interactions[i, j]

    Parameters
    ----------
    feature_names : the columns of the data set, in order, those without any effect included.
    base : the mean log-odds over the generator's distribution.
    log_odds : array (rows,), the log-odds of y = 1.
    main : column -> array (rows,), E[f | x_i] - E[f].
    interactions : pair of columns -> array (rows,), what the pair adds beyond both main effects.

    Source
    ------
    Hoeffding (1948), "A class of statistics with asymptotically normal distribution".
    """

    feature_names: tuple[str, ...]
    base: float
    log_odds: Floats = field(repr=False)
    main: Mapping[str, Floats] = field(repr=False)
    interactions: Mapping[Pair, Floats] = field(repr=False)

    def shapley(self) -> Floats:
        """Return the exact interventional Shapley values of the log-odds.

        With f = c + Σ g_i(x_i) + Σ h_ij(x_i, x_j) and columns drawn independently, the game
        v(S) = E[f(x_S, X_rest)] gives

            φ_i = g_i(x_i) - E g_i + Σ_j ½ [ h_ij(x_i, x_j) - E h_ij(X_i, x_j) + E h_ij(x_i, X_j) - E h_ij ]

        which is main[i] + ½ Σ_j interactions[i, j]. A column outside f gets exactly zero, also where it is
        correlated with one inside: the values say what the mechanism reads, not what predicts its outcome.

        Returns
        -------
        array (rows, features) in log-odds; each row sums to log_odds - base up to rounding.

        Source
        ------
        Janzing, Minorics and Blöbaum (2020), "Feature relevance quantification in explainable AI: a causal
        problem", for the game; Shapley (1953), "A value for n-person games": by linearity and symmetry each
        ANOVA term, a game in which only its full coalition earns in expectation, is shared equally.
        """
        values = np.zeros((len(self.log_odds), len(self.feature_names)))
        position = {name: index for index, name in enumerate(self.feature_names)}
        for name, effect in self.main.items():
            values[:, position[name]] += effect
        for pair, effect in self.interactions.items():
            for name in pair:
                values[:, position[name]] += effect / 2
        return values


@dataclass(frozen=True, eq=False)
class Mechanism:
    """Log-odds built from independent factors, effects of one of them, and effects of two.

    Parameters
    ----------
    intercept : the constant c of f = c + Σ g_i + Σ h_ij.
    factors : column -> its distribution.
    main : column -> array (levels,), g_i at each level.
    pairs : (i, j) -> array (levels of i, levels of j), h_ij at each pair of levels.
    """

    intercept: float
    factors: Mapping[str, Factor]
    main: Mapping[str, Floats]
    pairs: Mapping[Pair, Floats]

    def sample(self, rng: np.random.Generator, rows: int) -> dict[str, Levels]:
        """Draw the level of each factor in each row, factors independent of one another."""
        return {name: factor.sample(rng, rows) for name, factor in self.factors.items()}

    def truth(self, drawn: Mapping[str, Levels], feature_names: Sequence[str]) -> PlantedTruth:
        """Return the decomposition of the log-odds at the drawn levels."""
        base, main, pairs = self._decomposition()
        effects = {name: table[drawn[name]] for name, table in main.items()}
        joint = {(a, b): table[drawn[a], drawn[b]] for (a, b), table in pairs.items()}
        log_odds = base + sum(effects.values()) + sum(joint.values())
        return PlantedTruth(tuple(feature_names), base, np.asarray(log_odds), effects, joint)

    def _decomposition(self) -> tuple[float, dict[str, Floats], dict[Pair, Floats]]:
        """Move means into the base, and a pair's mean over one column into the other's main effect."""
        base = self.intercept
        main = {name: np.zeros(len(factor.values)) for name, factor in self.factors.items()}
        pairs = {}
        for name, effect in self.main.items():
            mean = float(self.factors[name].probability @ effect)
            base += mean
            main[name] += effect - mean
        for (a, b), effect in self.pairs.items():
            over_a, over_b = self.factors[a].probability @ effect, effect @ self.factors[b].probability
            mean = float(over_b @ self.factors[a].probability)
            base += mean
            main[a] += over_b - mean
            main[b] += over_a - mean
            pairs[a, b] = effect - over_a - over_b[:, None] + mean
        return base, main, pairs
