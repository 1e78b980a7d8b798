"""Owen values: Shapley values of players that belong together in groups of groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley import hierarchy as trees
from pellucid.attribution.shapley.by_predictions import ByPredictions
from pellucid.attribution.shapley.enumeration import weighed
from pellucid.attribution.shapley.orders import from_orders
from pellucid.core.batching import Game
from pellucid.core.card import Card
from pellucid.core.method import Computed
from pellucid.core.params import Constraint, Either, Flag, Fraction, Nothing, Whole
from pellucid.core.rng import generator
from pellucid.core.tables import Table
from pellucid.maskers.grouped import Grouped
from pellucid.maskers.groups import Groups

__all__ = ["PartitionSHAP"]

NEIGHBOURS, CORRELATION = "neighbours", "correlation"
FEWEST_ORDERS = 8


@dataclass(frozen=True)
class Hierarchy:
    """The constraint of a ``hierarchy`` setting."""

    words: str = "'neighbours', 'correlation', a mapping from names of groups to lists of players, or a linkage"

    def allows(self, value: object) -> bool:
        named = isinstance(value, str) and value in (NEIGHBOURS, CORRELATION)
        return named or isinstance(value, Mapping | np.ndarray | list)


class PartitionSHAP(ByPredictions):
    """Owen values of any model: members of a group come one after another.

    ``φ_j = mean over orders that keep every group together of v(P ∪ j) − v(P)``, P the players before j. With a
    hierarchy of halves each player meets 2^depth coalitions instead of 2^(p−1), so values of p players are exact after
    about p² of them; where that is more than the budget, orders are drawn, and each value has its standard error.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, ``(rows, weights)``, or a Masker: what absent players look like.
    hierarchy : ``"neighbours"``, halves of halves in the players' order; ``"correlation"``, columns that go together in
        the background join first, of groups the mean over their columns; a mapping from names to lists of players; or a
        linkage, as scipy writes it. None is correlation for tables and neighbours for parts of texts and images.
    budget : the most coalitions that a row is asked about; None is 2,048, or 16 a player where that is more. At least 8
        orders are drawn where values are not exact.
    tolerance : as in PermutationSHAP, where orders are drawn.
    seed : of the orders.
    groups : name → columns that are present or absent together and get one value; all others stay single.
    batch_size : the most rows the model is asked about at once; the values have the same bits for any.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no background, or a setting outside what it may be.
    InputError, ColumnsError : the background, or a group, does not fit the model.

    Source
    ------
    Owen (1977), "Values of games with a priori unions", Mathematical Economics and Game Theory, 76–88; Winter (1989),
    "A value for cooperative games with levels structure of cooperation", International Journal of Game Theory 18,
    227–240.
    """

    card: ClassVar[Card] = Card(
        summary="Owen values of any model: players in groups of groups, exact after about p² coalitions",
        paper="Owen (1977), Values of games with a priori unions",
        explains="Attribution",
        needs="predict",
        background="required",
        completeness="checked",
        cost="about p² coalitions a row for a hierarchy of halves, or the budget, of B background rows each",
        limits="values depend on the hierarchy: another one is another question",
        takes="tables, texts, images",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "hierarchy": Either(Nothing(), Hierarchy()),
        "budget": Either(Nothing(), Whole(1)),
        "tolerance": Either(Nothing(), Fraction()),
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
        hierarchy: Any = None,
        budget: int | None = None,
        tolerance: float | None = None,
        seed: int = 0,
        groups: Mapping[str, Iterable[str | int]] | None = None,
        batch_size: int = 16_384,
        progress: bool | None = None,
    ) -> None:
        self.hierarchy = hierarchy.tolist() if isinstance(hierarchy, np.ndarray) else hierarchy
        self.budget = budget
        self.tolerance = tolerance
        self.seed = seed
        self.groups = groups
        self.batch_size = batch_size
        self.progress = progress
        self.set_model(model, background)

    def values(self, game: Game) -> Computed:
        tree, players = self._tree(game), len(game.players)
        budget = max(2_048, 16 * players) if self.budget is None else self.budget
        if trees.count(tree) <= budget:
            coalitions, factors = trees.coalitions_of(tree, players)
            found = weighed(game, coalitions, factors, label="PartitionSHAP", progress=self.progress)
            return replace(found, notes=(f"exact: {len(coalitions):,} coalitions a row",))
        rng = generator(self.seed, "PartitionSHAP")
        drawn = max(FEWEST_ORDERS, budget // (2 * players))
        orders = np.array([trees.order_in(tree, rng) for _ in range(drawn)], dtype=np.intp)
        return from_orders(game, orders, tolerance=self.tolerance, label="PartitionSHAP", progress=self.progress)

    def _tree(self, game: Game) -> trees.Tree:
        chosen, table = self.hierarchy, self.masker.example
        of_column = self._of_column(table, game.players) if isinstance(table, Table) else None
        if chosen is None:
            chosen = NEIGHBOURS if of_column is None else CORRELATION
        if isinstance(chosen, Mapping):
            return trees.of_groups(chosen, game.players)
        if not isinstance(chosen, str):
            return trees.of_linkage(chosen, len(game.players))
        if chosen == CORRELATION and isinstance(table, Table) and of_column is not None:
            return trees.by_correlation(table, of_column)
        return trees.of_neighbours(len(game.players))

    def _of_column(self, table: Table, players: tuple[str, ...]) -> NDArray[np.int32] | None:
        """(columns,) player of each of the background's columns; None for a masker whose players are no columns."""
        if isinstance(self.masker, Grouped):
            return self.masker.of_column(table.names)
        if set(table.names) != set(players):
            return None
        return np.array([players.index(name) for name in table.names], dtype=np.int32)
