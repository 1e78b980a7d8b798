"""What a forest answers for every coalition of its players: games that are no sum over trees start from here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.forest import Forest, checked_players, checked_rows
from pellucid.core.native import engine, thread_count

__all__ = ["MOST_USED_PLAYERS", "ForestCoalitions"]

#: players that some split reads; each more doubles the work
MOST_USED_PLAYERS = 15
#: numbers asked for at a time: they stay in a core's own cache while they are worked on
NUMBERS_AT_A_TIME = 2**17


class ForestCoalitions:
    """``f(x_S, b_rest)`` for every row x, background row b and coalition S of the players that the trees read.

    A leaf that x reaches by the players A and b by the players B is its tree's answer to all coalitions that hold A and
    nothing of B. So a pair of rows walks each tree once, for all coalitions together.

    Parameters
    ----------
    forest : the trees.
    players : (n_features,) the player of each column; None = every column its own.

    Raises
    ------
    ParameterError : the players are not one a column.

    Attributes
    ----------
    used : (m,) players that some split reads, in order; coalition S holds ``used[i]`` where bit i of S is set.
    """

    def __init__(self, forest: Forest, players: NDArray[np.integer[Any]] | None = None) -> None:
        self.forest = forest
        read = np.unique(forest.feature[forest.feature >= 0])
        of_feature, _ = checked_players(forest, players, None)
        self.used, place = np.unique(of_feature[read], return_inverse=True)
        self._bit_of_feature = np.full(forest.n_features, -1, dtype=np.int32)
        self._bit_of_feature[read] = place

    @property
    def count(self) -> int:
        """How many coalitions there are."""
        return 1 << len(self.used)

    def blocks(
        self, rows: NDArray[np.float64], background: NDArray[np.float64], *, threads: int | None = None
    ) -> Iterator[tuple[slice, slice, NDArray[np.float64]]]:
        """The answers, block by block, all background rows of some rows before the next rows.

        Parameters
        ----------
        rows : (n, n_features) float64, NaN = missing.
        background : (k, n_features) float64.
        threads : None = all processors this process may use.

        Yields
        ------
        which rows, which background rows, and (rows, background rows, coalitions, outputs) raw answers; the same bits
        for any number of threads, or of rows a call.

        Raises
        ------
        ParameterError : more than 15 players are used.
        InputError : rows or background are not a float64 matrix with the forest's columns.
        """
        if len(self.used) > MOST_USED_PLAYERS:
            raise ParameterError(
                f"the trees read {len(self.used)} players and all 2^m coalitions can be asked about for at most "
                f"{MOST_USED_PLAYERS}; group columns into fewer players."
            )
        rows, background = checked_rows(self.forest, rows), checked_rows(self.forest, background)
        pairs = max(1, NUMBERS_AT_A_TIME // (self.count * self.forest.n_outputs))
        others = max(1, min(len(background), pairs))
        for some in _parts(len(rows), max(1, pairs // others)):
            for against in _parts(len(background), others):
                raw = engine.predict_coalitions(
                    self.forest.native,
                    self._bit_of_feature,
                    len(self.used),
                    rows[some],
                    background[against],
                    thread_count(threads),
                )
                yield some, against, np.moveaxis(raw, 2, 3)


def _parts(n: int, size: int) -> list[slice]:
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]
