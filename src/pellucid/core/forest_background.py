"""Background rows of a forest, as what each leaf sees of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError, UnsupportedModelError
from pellucid.core.forest import Forest, checked_players, checked_rows, checked_weights
from pellucid.core.native import engine, thread_count

__all__ = ["Background"]


class Background:
    """Weighted rows that stand for absent players, kept as counts of what each leaf sees of them.

    Built from chunks and merged, so the rows never need to be in memory together; one chunk or many give the same bits.
    While counts would take more memory than the rows, as for forests of deep trees, the rows are kept instead.

    Parameters
    ----------
    forest : the trees to explain.
    players : (n_features,) the player of each column, 0 … n_players - 1; None = every column its own.
    n_players : None = one more than the largest player.

    Raises
    ------
    ParameterError : the players are not one a column.
    UnsupportedModelError : the forest cannot be read, or a path has more than 4,096 players.
    """

    def __init__(
        self, forest: Forest, players: NDArray[np.integer[Any]] | None = None, *, n_players: int | None = None
    ) -> None:
        self.forest = forest
        self.players, self.n_players = checked_players(forest, players, n_players)
        native = forest.native
        try:
            self._native = engine.background(native, self.players, self.n_players)
        except engine.ForestError as error:
            raise UnsupportedModelError(f"{error}; group columns into fewer players") from error

    def add(
        self, rows: NDArray[np.float64], weights: NDArray[np.float64] | None = None, *, threads: int | None = None
    ) -> Background:
        """Add rows (n, n_features), NaN = missing, with weights (n,) from 0, None = 1 each; returns itself.

        Raises
        ------
        InputError : rows or weights of the wrong shape or type, or a weight that is negative or not finite; nothing
            is added.
        ParameterError : another thread is using the background.
        """
        checked = checked_rows(self.forest, rows)
        weights = np.ones(len(checked)) if weights is None else checked_weights(weights, len(checked))
        count = thread_count(threads)
        with _exclusive():
            self._native.add(checked, weights, count)
        return self

    def merge(self, other: Background, *, threads: int | None = None) -> Background:
        """Add everything that another background of the same forest and players holds; returns itself.

        Raises
        ------
        ParameterError : the other background has another forest or other players, or one of the two is in use.
        """
        same_players = self.n_players == other.n_players and np.array_equal(self.players, other.players)
        if other is self:
            raise ParameterError("a background was merged with itself; add its rows again instead")
        if other.forest is not self.forest or not same_players:
            raise ParameterError(
                "backgrounds of different forests or players were merged; build both from the same ones"
            )
        with _exclusive():
            self._native.merge(other._native, thread_count(threads))
        return self

    @property
    def total(self) -> float:
        """Sum of the weights."""
        return self._native.total()

    @property
    def base(self) -> NDArray[np.float64]:
        """(outputs,) weighted mean prediction over the background."""
        self._check_not_empty()
        return self._native.base()

    @contextmanager
    def counted(self, forest: Forest) -> Iterator[engine.Background]:
        """What the engine made of the rows, for explaining rows of this forest.

        Raises
        ------
        ParameterError : the background is empty, of another forest, or being changed by another thread.
        """
        if forest is not self.forest:
            raise ParameterError("the background was built for another forest; build it from the one that is explained")
        self._check_not_empty()
        with _exclusive():
            yield self._native

    def _check_not_empty(self) -> None:
        if not self.total > 0:
            raise ParameterError(f"the background has a total weight of {self.total:g}; add rows with positive weights")


@contextmanager
def _exclusive() -> Iterator[None]:
    try:
        yield
    except engine.BusyError as error:
        raise ParameterError(
            "the background is being changed by another thread; wait for it, or build one a thread and merge them"
        ) from error
