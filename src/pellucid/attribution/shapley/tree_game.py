"""The game that the columns of a tree model play: what the methods that explain it share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pellucid.core.completeness import Check
from pellucid.core.errors import ParameterError
from pellucid.core.forest_background import Background
from pellucid.core.model import Model
from pellucid.core.rounding import library_gap
from pellucid.core.tables import Table
from pellucid.core.target import Target
from pellucid.maskers.adapt import background_rows
from pellucid.maskers.background import Background as Rows
from pellucid.maskers.groups import Grouping, grouping_of

__all__ = ["Solver", "TreeGame", "check_linear"]

PATH_DEPENDENT = "path-dependent: an absent column follows the training rows down both sides of its splits"


class Solver(NamedTuple):
    """The calls into the kernels that solve either game, such as ``path_dependent_shapley``."""

    path_dependent: Callable[..., Any]
    interventional: Callable[..., Any]


class TreeGame:
    """Columns, or groups of them, as players; path-dependent without a background, else interventional.

    Parameters
    ----------
    model : one with trees.
    background : what the method was given.
    groups : name → columns of one player.
    threads : None takes what the machine grants.

    Attributes
    ----------
    form, forest : the model's trees, and how they see its rows.
    library_gap : part of its scale by which the library itself may be off.
    verified : whether the model has passed a check; then a single row is explained without one.

    Raises
    ------
    UnsupportedModelError : the model is not a sum of trees that can be read exactly.
    InputError, ColumnsError : the background does not fit the model; a group names a column that it does not have.
    ParameterError : groups overlap, are empty or bear the name of another column.
    """

    def __init__(
        self,
        model: Model,
        background: Any,
        groups: Mapping[str, Any] | None,
        threads: int | None,
    ) -> None:
        self.form = model.tree_form
        self.forest = model.forest
        self.library_gap = library_gap(model)
        self.background: Rows | None = background_rows(background, model)
        self.groups = groups
        self.threads = threads
        self.verified = False
        self._counts: dict[bytes, Background] = {}
        self._groupings: dict[tuple[str, ...], Grouping] = {}
        if model.feature_names is not None:
            grouping_of(groups, model.feature_names)

    def solved(self, table: Table, solver: Solver, **how: Any) -> Any:
        """What the solver gives for these rows; ``how`` is passed on to it."""
        grouping = self.grouping(table)
        players, n_players = grouping.players(self.form.players), len(grouping.names)
        encoded = self.form.encode(table)
        if self.background is None:
            return solver.path_dependent(
                self.forest, encoded, players, n_players=n_players, threads=self.threads, **how
            )
        counts = self._counted(self.background, players, n_players)
        return solver.interventional(self.forest, encoded, counts, threads=self.threads, **how)

    def grouping(self, table: Table) -> Grouping:
        """The players; those of the last columns are kept."""
        if table.names not in self._groupings:
            self._groupings = {table.names: grouping_of(self.groups, table.names)}
        return self._groupings[table.names]

    def _counted(self, background: Rows, players: NDArray[np.int32], n_players: int) -> Background:
        """The background as counts for these players; the last ones are kept."""
        key = players.tobytes()
        if key not in self._counts:
            counts = Background(self.forest, players, n_players=n_players)
            encoded = self.form.encode(background.table)
            self._counts = {key: counts.add(encoded, background.weights, threads=self.threads)}
        return self._counts[key]

    @property
    def notes(self) -> tuple[str, ...]:
        return (PATH_DEPENDENT,) if self.background is None else ()

    def frame(self, check: Check, rows: int, relative: float) -> dict[str, Any]:
        """What :func:`pellucid.core.method.proved` is told, besides what there is to compute."""
        return {
            "check": False if check == "sample" and self.verified and rows == 1 else check,
            "relative": relative,
            "background": None if self.background is None else self.background.describe(),
        }


def check_linear(target: Target, method: str) -> None:
    """Raise ParameterError for a function of outputs, which is no sum of trees."""
    if not target.linear:
        raise ParameterError(
            f"{method} explains outputs and their differences, which are sums of trees, and a function of outputs "
            f"is not; use ExactSHAP or PermutationSHAP for it."
        )
