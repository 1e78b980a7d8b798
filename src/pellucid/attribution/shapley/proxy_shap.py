"""Shapley values of any model from trees that imitate its game, corrected by what they miss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.budget import budget_of
from pellucid.attribution.shapley.by_predictions import ByPredictions
from pellucid.attribution.shapley.coalition_sampling import sampled_pairs
from pellucid.attribution.shapley.constrained_least_squares import Fit, LeastSquares
from pellucid.attribution.shapley.enumeration import enumerated, without_error
from pellucid.attribution.shapley.tree_proxies import Regressor, TreeProxies, boosted_trees
from pellucid.core.batching import Game, row_blocks
from pellucid.core.card import Card
from pellucid.core.method import Computed
from pellucid.core.params import Constraint, Either, Flag, Nothing, Whole
from pellucid.core.progress import track
from pellucid.maskers.groups import Groups

__all__ = ["ProxySHAP"]


class ProxySHAP(ByPredictions):
    """Shapley values of any model from trees that learn its coalitions, for large budgets.

    ``φ = φ(g) + LS(y − y_g)`` with the game ``v(S) = Σ_b w_b · f(x_S, b_rest)``, trees g over coalitions, whose
    Shapley values φ(g) are exact, and the least-squares fit LS of :class:`KernelSHAP` to what the trees miss. The half
    differences ``y = (v(S) − v(N∖S)) / 2`` of each pair are compared with trees that were fitted without that pair, so
    trees that learn their coalitions by heart correct nothing and mislead nobody. A plain fit goes first, so that
    the trees only learn what players do together, and additive models are exact.

    All rows use the same coalitions, so a row's values do not depend on which rows come with it.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, ``(rows, weights)``, or a Masker: what absent columns look like. All rows count.
    budget : coalitions a row, the empty and the full one included; at least 2·p + 2 or all 2^p. None is 8·p, and 256
        where that is more; trees pay from about 4,000 on.
    proxy : an unfitted regressor of scikit-learn, XGBoost, LightGBM or CatBoost whose trees add up; None is
        scikit-learn's gradient boosting, 200 trees of depth 4.
    folds : in so many parts are the pairs left out in turn.
    seed : of the coalitions and the folds; the same seed gives the same bits where the proxy does.
    groups : name → columns that are present or absent together and get one value; all others stay single.
    batch_size : the most rows the model is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no background, a setting outside what it may be, a budget too small for the columns, or a proxy
        whose trees cannot be read.
    InputError, ColumnsError : the background, or a group, does not fit the model.

    Source
    ------
    Witter, Liu & Musco (2025), "Regression-adjusted Monte Carlo estimators for Shapley values and probabilistic
    values", NeurIPS: Tree MSR.

    Deviations
    ----------
    The paper corrects by a weighted mean of what the trees miss, ours by least squares; its trees learn v, ours the odd
    part of what a plain fit leaves, since the even part has no Shapley value.
    """

    card: ClassVar[Card] = Card(
        summary="Shapley values of any model from trees that learn its coalitions, for large budgets",
        paper="Witter, Liu & Musco (2025), Regression-adjusted Monte Carlo estimators for Shapley values",
        explains="Attribution",
        needs="predict",
        background="required",
        completeness="checked",
        cost="budget·B model evaluations a row, for B background rows, and ``folds`` fits of the proxy",
        limits="below 4,000 coalitions a row KernelSHAP errs less; values are estimates: look at stderr",
        takes="tables, texts, images",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "budget": Either(Nothing(), Whole(2)),
        "proxy": Either(Nothing(), Regressor()),
        "folds": Whole(2),
        "seed": Whole(0),
        "groups": Either(Nothing(), Groups()),
        "batch_size": Whole(1),
        "progress": Either(Nothing(), Flag()),
    }

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        budget: int | None = None,
        proxy: Any = None,
        folds: int = 5,
        seed: int = 0,
        groups: Mapping[str, Iterable[str | int]] | None = None,
        batch_size: int = 16_384,
        progress: bool | None = None,
    ) -> None:
        self.budget = budget
        self.proxy = proxy
        self.folds = folds
        self.seed = seed
        self.groups = groups
        self.batch_size = batch_size
        self.progress = progress
        self.set_model(model, background)

    def values(self, game: Game) -> Computed:
        p = len(game.players)
        budget = budget_of("ProxySHAP", self.budget, p)
        if budget == 2**p:
            return without_error(enumerated(game, label="ProxySHAP", progress=self.progress))
        squares = LeastSquares(sampled_pairs(p, (budget - 2) // 2, self.seed))
        proxy = boosted_trees() if self.proxy is None else self.proxy
        trees = TreeProxies(proxy, squares.pairs.members, folds=self.folds, seed=self.seed)
        trees.check()
        base = game.base()
        blocks = row_blocks(len(game.rows), budget)
        asked = track(blocks, total=len(blocks), label="ProxySHAP", show=self.progress)
        fits = [fit for block in asked for fit in _fits(squares, trees, *_asked(game, block, squares, base[block]))]
        shape = (*base.shape, p)
        values, stderr = (
            np.concatenate([getattr(fit, name) for fit in fits]).reshape(shape).transpose(0, 2, 1)
            for name in ("values", "stderr")
        )
        missed = np.concatenate([fit.left_out for fit in fits])
        note = (
            f"{budget:,} coalitions a row, in pairs without replacement; largest standard error {stderr.max():.2g}; a "
            f"held-out coalition is off by {np.sqrt((missed**2).mean()):.2g} (root mean square)"
        )
        return Computed(values=values, base=base, stderr=stderr, notes=(note,))


def _asked(
    game: Game, rows: NDArray[np.intp], squares: LeastSquares, base: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Half differences (rows · targets, pairs) and what the values add up to, (rows · targets,)."""
    members = squares.pairs.members
    everyone = np.ones((1, members.shape[1]), dtype=np.bool_)
    worth = game.worth(rows, np.concatenate([members, ~members, everyone])).transpose(0, 2, 1)
    first, second, whole = np.split(worth, [len(members), 2 * len(members)], axis=2)
    return ((first - second) / 2).reshape(-1, len(members)), (whole[:, :, 0] - base).ravel()


def _fits(
    squares: LeastSquares, trees: TreeProxies, halves: NDArray[np.float64], total: NDArray[np.float64]
) -> list[Fit]:
    return [_fit(squares, trees, one[np.newaxis], alone[np.newaxis]) for one, alone in zip(halves, total, strict=True)]


def _fit(squares: LeastSquares, trees: TreeProxies, halves: NDArray[np.float64], total: NDArray[np.float64]) -> Fit:
    """One problem: a plain fit, the trees for what it leaves, a plain fit for what they leave."""
    plain = squares.values(halves, total)
    rest = halves - plain @ squares.signs.T / 2
    learnt = trees.learn(rest[0])
    correction = squares.fit(rest - learnt.halves, -learnt.values.sum(keepdims=True))
    return Fit(plain + learnt.values + correction.values, correction.stderr, correction.left_out)
