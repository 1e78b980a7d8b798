"""Shapley values of trees, and the other values that the same kernels give: path-dependent, or against a background."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import UnsupportedModelError
from pellucid.core.forest import Forest, checked_players, checked_precision, checked_rows
from pellucid.core.forest_background import Background
from pellucid.core.native import engine, thread_count
from pellucid.core.semivalue import Semivalue

__all__ = [
    "Values",
    "interventional_shapley",
    "interventional_values",
    "path_dependent_explainer",
    "path_dependent_shapley",
    "path_dependent_values",
]

KEPT_PLAYER_MAPS = 4

Values = tuple[NDArray[np.float64], NDArray[np.float64]]


def path_dependent_shapley(
    forest: Forest,
    rows: NDArray[np.float64],
    players: NDArray[np.integer[Any]] | None = None,
    *,
    n_players: int | None = None,
    exact: bool = False,
    threads: int | None = None,
) -> Values:
    """Shapley values of the players when absent ones follow the training rows' weights.

    A leaf with value v is worth ``v(S) = v · Π_{j∈S} b_j · Π_{j∉S} r_j`` to a set S of players: b_j says whether
    the row satisfies all of j's splits on the way to the leaf, r_j is the product of these splits' cover ratios
    ``cover(child) / (cover(left) + cover(right))`` (a half where both covers are 0). Exact for any depth.

    Parameters
    ----------
    rows : (n, n_features) float64, NaN = missing.
    players : (n_features,) the player of each column, 0 … n_players - 1; None = every column its own.
    n_players : None = one more than the largest player.
    exact : float64 throughout; otherwise float32 within a tree and float64 from tree to tree.
    threads : None = all processors this process may use.

    Returns
    -------
    values (n, n_players, outputs) and base (outputs,), in the unit of the leaves; ``base + values.sum(axis=1)`` is
    :func:`predict` up to 1e-10 of its scale if exact, else 1e-5. The same bits for any number of threads, or of
    rows a call.

    Raises
    ------
    InputError : the rows are not a float64 matrix with the forest's columns.
    ParameterError : the players are not one a column, the threads not a whole number from 1, or leaves above 1e34 and
        not exact.
    UnsupportedModelError : the forest's covers are negative, not finite or not recorded.

    Source
    ------
    Lundberg, Erion & Lee (2018), "Consistent individualized feature attribution for tree ensembles", section 3.
    """
    return path_dependent_values(
        Semivalue.SHAPLEY, forest, rows, players, n_players=n_players, exact=exact, threads=threads
    )


def path_dependent_values(
    semivalue: Semivalue,
    forest: Forest,
    rows: NDArray[np.float64],
    players: NDArray[np.integer[Any]] | None = None,
    *,
    n_players: int | None = None,
    exact: bool = False,
    threads: int | None = None,
) -> Values:
    """A semivalue of the game of :func:`path_dependent_shapley`, whose parameters, shapes and errors it has."""
    checked = checked_rows(forest, rows)
    explainer = path_dependent_explainer(forest, *checked_players(forest, players, n_players), semivalue)
    precision = checked_precision(forest, exact)
    return explainer.explain(checked, precision, thread_count(threads)), explainer.base()


def interventional_shapley(
    forest: Forest,
    rows: NDArray[np.float64],
    background: Background,
    *,
    exact: bool = False,
    threads: int | None = None,
) -> Values:
    """Shapley values of the players when absent ones take their values from background rows.

    ``v(S) = Σ_b w_b f(x_S, b_rest) / Σ_b w_b``, exactly. Up to 12 players on a path, a row costs the same for any
    number of background rows; beyond, the cost grows with the distinct patterns that the background shows at a leaf.

    Parameters
    ----------
    rows : (n, n_features) float64, NaN = missing.
    background : rows added to a :class:`Background` of this forest, which also says who the players are.
    exact : float64 throughout; otherwise float32 within a tree and float64 from tree to tree.
    threads : None = all processors this process may use.

    Returns
    -------
    values (n, players, outputs) and base (outputs,), the weighted mean prediction over the background, both in the
    unit of the leaves; ``base + values.sum(axis=1)`` is :func:`predict` up to 1e-10 of its scale if exact, else 1e-5.

    Raises
    ------
    InputError : the rows are not a float64 matrix with the forest's columns.
    ParameterError : the background is empty, of another forest, or being changed by another thread; or leaves are
        above 1e34 and not exact.

    Source
    ------
    Lundberg et al. (2020), "From local explanations to global understanding with explainable AI for trees", Methods;
    pattern tables: Nadel & Wettenstein (2025), "From decision trees to Boolean logic".
    """
    return interventional_values(Semivalue.SHAPLEY, forest, rows, background, exact=exact, threads=threads)


def interventional_values(
    semivalue: Semivalue,
    forest: Forest,
    rows: NDArray[np.float64],
    background: Background,
    *,
    exact: bool = False,
    threads: int | None = None,
) -> Values:
    """A semivalue of the game of :func:`interventional_shapley`, whose parameters, shapes and errors it has."""
    checked = checked_rows(forest, rows)
    with background.counted(forest) as counted:
        precision = checked_precision(forest, exact)
        return counted.explain(checked, precision, thread_count(threads), semivalue), background.base


def path_dependent_explainer(
    forest: Forest, players: NDArray[np.int32], n_players: int, semivalue: Semivalue
) -> engine.PathDependent:
    """The explainer for these players; the last few are kept, with their tables."""
    kept, key = forest._explainers, (players.tobytes(), n_players, semivalue)
    explainer = kept.get(key)
    if explainer is None:
        try:
            explainer = engine.path_dependent(forest.native, players, n_players, semivalue)
        except engine.ForestError as error:
            raise UnsupportedModelError(
                f"path-dependent values need the training weight at every node, but {error}; give a background instead"
            ) from error
        kept[key] = explainer
        if len(kept) > KEPT_PLAYER_MAPS:
            kept.popitem(last=False)
    return explainer
