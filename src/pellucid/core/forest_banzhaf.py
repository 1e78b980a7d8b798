"""Banzhaf values of trees: the kernels of the Shapley values with one node, t = 1/2."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.forest import Forest
from pellucid.core.forest_background import Background
from pellucid.core.forest_shapley import Values, interventional_values, path_dependent_values
from pellucid.core.semivalue import Semivalue

__all__ = ["interventional_banzhaf", "path_dependent_banzhaf"]


def path_dependent_banzhaf(
    forest: Forest,
    rows: NDArray[np.float64],
    players: NDArray[np.integer[Any]] | None = None,
    *,
    n_players: int | None = None,
    exact: bool = False,
    threads: int | None = None,
) -> Values:
    """Banzhaf values of the players when absent ones follow the training rows' weights.

    ``φ_i = 1/2^(n−1) Σ_{S ⊆ N∖i} (v(S ∪ i) − v(S))`` for the game of
    :func:`pellucid.core.forest_shapley.path_dependent_shapley`. A leaf with value v gives
    ``v · (b_i − r_i) · Π_{j≠i} (b_j + r_j)/2``: players that the path does not test change nothing. Exact for any
    depth.

    Parameters
    ----------
    rows, players, n_players, exact, threads : as there.

    Returns
    -------
    values (n, n_players, outputs) and v(∅) (outputs,), in the unit of the leaves; they add up to nothing. The same bits
    for any number of threads, or of rows a call.

    Raises
    ------
    InputError, ParameterError, UnsupportedModelError : as there.

    Source
    ------
    Banzhaf (1965), "Weighted voting doesn't work: a mathematical analysis", Rutgers Law Review 19, 317–343; of trees:
    Karczmarz, Michalak, Mukherjee, Sankowski & Wygocki (2022), "Improved feature importance computation for tree models
    based on the Banzhaf value", UAI, PMLR 180, 969–979.
    """
    return path_dependent_values(
        Semivalue.BANZHAF, forest, rows, players, n_players=n_players, exact=exact, threads=threads
    )


def interventional_banzhaf(
    forest: Forest,
    rows: NDArray[np.float64],
    background: Background,
    *,
    exact: bool = False,
    threads: int | None = None,
) -> Values:
    """Banzhaf values of the players when absent ones take their values from background rows.

    ``φ_i = 1/2^(n−1) Σ_{S ⊆ N∖i} (v(S ∪ i) − v(S))`` with ``v(S) = Σ_b w_b f(x_S, b_rest) / Σ_b w_b``, exactly. One
    background serves these and the Shapley values.

    Parameters
    ----------
    rows, background, exact, threads : as in :func:`pellucid.core.forest_shapley.interventional_shapley`.

    Returns
    -------
    values (n, players, outputs) and v(∅) (outputs,), in the unit of the leaves; they add up to nothing.

    Raises
    ------
    InputError, ParameterError : as there.

    Source
    ------
    As :func:`path_dependent_banzhaf`.
    """
    return interventional_values(Semivalue.BANZHAF, forest, rows, background, exact=exact, threads=threads)
