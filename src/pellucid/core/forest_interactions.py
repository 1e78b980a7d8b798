"""Interactions of pairs and larger sets of players in trees: path-dependent, or against a background."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError, UnsupportedModelError
from pellucid.core.forest import Forest, checked_players, checked_precision, checked_rows
from pellucid.core.forest_background import Background
from pellucid.core.forest_shapley import path_dependent_explainer
from pellucid.core.native import engine, thread_count
from pellucid.core.semivalue import Semivalue

__all__ = ["interventional_interactions", "path_dependent_interactions"]

MOST_ORDER = 6

SetValues = tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def path_dependent_interactions(
    forest: Forest,
    rows: NDArray[np.float64],
    players: NDArray[np.integer[Any]] | None = None,
    *,
    n_players: int | None = None,
    order: int = 2,
    exact: bool = False,
    threads: int | None = None,
) -> SetValues:
    """Shapley interaction values of pairs of players, or larger sets, for the game of :func:`path_dependent_shapley`.

    ``I_ij = Σ_{S ⊆ N∖{i,j}} |S|! (n−|S|−2)! / (n−1)! · (v(S ∪ {i,j}) − v(S ∪ i) − v(S ∪ j) + v(S))`` is the whole
    effect of a pair; a player's main effect is what is left of its Shapley value, ``φ_i − ½ Σ_j I_ij``. Sets that
    share no path of any tree have no interaction and are left out. Exact for any depth.

    For a larger order, sets of that many players get
    ``I_T = Σ_{S ⊆ N∖T} |S|! (n−|S|−|T|)! / (n−|T|+1)! · Σ_{L ⊆ T} (−1)^{|T|−|L|} v(S ∪ L)``, and smaller ones
    get what is left of theirs, so that all of it adds up to the prediction:
    ``Φ_S = Σ_{T ⊇ S, |T| ≤ order} B_{|T|−|S|} I_T`` with Bernoulli's numbers ``1, −½, ⅙, 0, −1/30`` (n-Shapley values).

    Parameters
    ----------
    rows : (n, n_features) float64, NaN = missing.
    players : (n_features,) the player of each column, 0 … n_players - 1; None = every column its own.
    n_players : None = one more than the largest player.
    order : 2 to 6, players in the largest sets.
    exact : float64 throughout; otherwise float32 within a tree and for the sums of up to 32 trees, float64 beyond.
    threads : None = all processors this process may use.

    Returns
    -------
    sets (m, order), smaller before larger, their players ascending and then -1; values (n, m, outputs), main (n,
    n_players, outputs) and base (outputs,), in the unit of the leaves. Base + the sum of main and values is
    :func:`predict` up to 1e-10 of its scale if exact, else 1e-5. The same bits for any number of threads, or of
    rows a call.

    Raises
    ------
    InputError : the rows are not a float64 matrix with the forest's columns.
    ParameterError : the players are not one a column, the threads not a whole number from 1, or leaves above 1e34 and
        not exact.
    UnsupportedModelError : the forest's covers are negative, not finite or not recorded; or its paths hold more than
        10 million sets of a size.

    Source
    ------
    Lundberg et al. (2020), "From local explanations to global understanding with explainable AI for trees", Methods,
    "SHAP interaction values", whose Φ_ij = Φ_ji = I_ij / 2; larger sets: Grabisch & Roubens (1999), "An axiomatic
    approach to the concept of interaction among players in cooperative games"; n-Shapley values: Bordt & von Luxburg
    (2023), "From Shapley values to generalized additive models and back".
    """
    checked = checked_rows(forest, rows)
    explainer = path_dependent_explainer(forest, *checked_players(forest, players, n_players), Semivalue.SHAPLEY)
    precision = checked_precision(forest, exact)
    return *_interactions(explainer, checked, order, precision, thread_count(threads)), explainer.base()


def interventional_interactions(
    forest: Forest,
    rows: NDArray[np.float64],
    background: Background,
    *,
    order: int = 2,
    exact: bool = False,
    threads: int | None = None,
) -> SetValues:
    """Shapley interaction values of pairs of players, or larger sets, for the game of :func:`interventional_shapley`.

    The values and main effects of :func:`path_dependent_interactions`, with absent players taking their values from
    background rows. Up to 8 players on a path, a row costs the same for any number of background rows; beyond, the cost
    grows with the distinct patterns that the background shows at a leaf.

    Parameters
    ----------
    rows : (n, n_features) float64, NaN = missing.
    background : rows added to a :class:`Background` of this forest, which also says who the players are.
    order, exact, threads : as :func:`path_dependent_interactions`.

    Returns
    -------
    sets, values, main and base, as :func:`path_dependent_interactions`; base is the weighted mean prediction over the
    background.

    Raises
    ------
    InputError : the rows are not a float64 matrix with the forest's columns.
    ParameterError : the background is empty, of another forest, or being changed by another thread; or leaves are
        above 1e34 and not exact.
    UnsupportedModelError : the paths hold more than 10 million sets of a size.

    Source
    ------
    As :func:`path_dependent_interactions`.
    """
    checked = checked_rows(forest, rows)
    with background.counted(forest) as counted:
        precision = checked_precision(forest, exact)
        return *_interactions(counted, checked, order, precision, thread_count(threads)), background.base


def _interactions(
    explainer: engine.PathDependent | engine.Background,
    rows: NDArray[np.float64],
    order: int,
    exact: bool,
    threads: int,
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Sets of all sizes as one, their values, and main effects."""
    if isinstance(order, bool) or not isinstance(order, int) or not 2 <= order <= MOST_ORDER:
        raise ParameterError(f"order is {order!r}; give a whole number of players from 2 to {MOST_ORDER}")
    try:
        by_size, main = explainer.interactions(rows, order, exact, threads)
    except engine.ForestError as error:
        raise UnsupportedModelError(f"{error}; ask for a smaller order or group columns into fewer players") from error
    if len(by_size) == 1:
        return *by_size[0], main
    sets = [np.pad(sets, ((0, 0), (0, order - sets.shape[1])), constant_values=-1) for sets, _ in by_size]
    return np.concatenate(sets), np.concatenate([values for _, values in by_size], axis=1), main
