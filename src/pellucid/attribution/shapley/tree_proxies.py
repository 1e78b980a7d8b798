"""Trees that learn what a game does beyond single players, and their exact values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.tree_game import Solver, TreeGame
from pellucid.core.errors import ParameterError, UnsupportedModelError
from pellucid.core.forest_shapley import interventional_shapley, path_dependent_shapley
from pellucid.core.rng import generator
from pellucid.core.tables import read_table
from pellucid.models import as_model

__all__ = ["Regressor", "TreeProxies", "boosted_trees"]

SOLVER = Solver(path_dependent_shapley, interventional_shapley)

#: what is said of a proxy, before the reason
_REFUSED = (
    "proxy must be an unfitted regressor of scikit-learn, XGBoost, LightGBM or CatBoost whose trees add up, got {}"
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Regressor:
    """The constraint of a ``proxy`` setting; :meth:`TreeProxies.check` looks at its trees."""

    words: str = "an unfitted regressor of trees, such as RandomForestRegressor()"

    def allows(self, value: object) -> bool:
        return all(callable(getattr(value, name, None)) for name in ("fit", "predict", "get_params"))


class Learnt(NamedTuple):
    """What the trees say of one problem.

    Parameters
    ----------
    values : (players,) Shapley values of the trees, the mean over folds.
    halves : (pairs,) half differences as the trees say that did not see them.
    """

    values: Floats
    halves: Floats


def boosted_trees() -> Any:
    """The proxy unless another is given: 200 boosted trees of depth 4, each on 70 % of the coalitions."""
    from sklearn.ensemble import GradientBoostingRegressor

    return GradientBoostingRegressor(n_estimators=200, max_depth=4, subsample=0.7, random_state=0)


class TreeProxies:
    """Regressors over coalitions, each fitted without one fold of the pairs.

    A Shapley value is that of the game's odd part ``h(S) = (v(S) − v(N∖S)) / 2``, since what is alike for S and its
    complement cancels. So the trees learn h, from both halves of each pair, in units of its standard deviation.

    Parameters
    ----------
    proxy : an unfitted scikit-learn-like regressor whose trees can be read.
    members : (pairs, players) one coalition of each pair.
    folds : how many; at most the pairs.
    seed : of the folds.

    Raises
    ------
    ParameterError : no regressor, or one whose trees cannot be read.
    """

    def __init__(self, proxy: Any, members: NDArray[np.bool_], *, folds: int, seed: int) -> None:
        self._proxy = proxy
        #: (2 · pairs, players) 0 or 1
        self._rows = np.concatenate([members, ~members]).astype(np.float64)
        shuffled = generator(seed, "ProxySHAP", "folds").permutation(len(members))
        #: (2 · pairs,)
        self._fold = np.tile(shuffled % folds, 2)
        self._folds = min(folds, len(members))

    def check(self) -> None:
        """Fit once to the coalitions' sizes, so that a proxy of no use is refused before the model is asked."""
        try:
            fitted = self._fitted(self._rows, self._rows.mean(axis=1) - 0.5)
            nobody, everybody = fitted.predict(np.outer([0.0, 1.0], self._rows[0] >= 0))
            adds_up = np.isclose(self._values(fitted).sum(), everybody - nobody, rtol=1e-4, atol=1e-6)
        except (UnsupportedModelError, AttributeError, TypeError, ValueError) as error:
            raise ParameterError(f"{_REFUSED.format(type(self._proxy).__name__)} ({error}).") from error
        if not adds_up:
            raise ParameterError(f"{_REFUSED.format(type(self._proxy).__name__)} (its answers are no sum of trees).")

    def learn(self, halves: Floats) -> Learnt:
        """Fit the half differences (pairs,) of one problem."""
        scale = float(halves.std()) or 1.0
        wanted = np.concatenate([halves, -halves]) / scale
        unseen, values = np.empty(len(wanted)), []
        for fold in range(self._folds):
            held_out = self._fold == fold
            fitted = self._fitted(self._rows[~held_out], wanted[~held_out])
            unseen[held_out] = fitted.predict(self._rows[held_out])
            values.append(self._values(fitted))
        first, second = np.split(unseen, 2)
        return Learnt(np.mean(values, axis=0) * scale, (first - second) * (scale / 2))

    def _fitted(self, rows: Floats, wanted: Floats) -> Any:
        from sklearn.base import clone

        return clone(self._proxy).fit(rows, wanted)

    def _values(self, fitted: Any) -> Floats:
        """(players,) exact: everybody's ones against a background of nobody."""
        players = self._rows.shape[1]
        game = TreeGame(as_model(fitted), np.zeros((1, players)), None, 1)
        values, _ = game.solved(read_table(np.ones((1, players)), what="proxy"), SOLVER, exact=True)
        return np.asarray(values[0, :, 0], dtype=np.float64)
