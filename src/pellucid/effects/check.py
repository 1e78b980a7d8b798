"""The check behind an effect: its curves for some rows against what the model itself says about these rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pellucid.core.completeness import Check
from pellucid.core.errors import CompletenessError, ParameterError
from pellucid.core.forest_effects import Domain, ForestEffects
from pellucid.core.model import Model
from pellucid.core.receipt import Completeness
from pellucid.core.rng import generator, sample_rows
from pellucid.core.rounding import library_gap
from pellucid.core.tables import Table
from pellucid.core.target import Target
from pellucid.effects.places import Levels, Places

__all__ = ["check_curves", "compared", "replaced", "turned_off"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]

POINTS, ROWS = 10, 100


def turned_off(check: Check) -> bool:
    """Whether nothing is to be checked.

    Raises
    ------
    ParameterError : ``check`` is none of its options.
    """
    if check not in ("sample", "all", True, False):
        raise ParameterError(f"check must be 'sample', 'all' or False, got {check!r}.")
    return check is False


def check_curves(
    model: Model,
    table: Table,
    places: Callable[[int], Places],
    sets: Sequence[tuple[int, ...]],
    target: Target,
    check: Check,
    *,
    threads: int | None,
) -> Completeness:
    """Partial dependences of 100 seeded rows (all for ``"all"``) at 10 seeded points, against mean predictions.

    A point is what another row of the background has in the columns that are looked at, so that every value is one the
    model can be asked about. The curves compared are computed anew for these rows, by the same code and places.

    Raises
    ------
    CompletenessError : the gap is above the tolerance.
    """
    if turned_off(check):
        return Completeness("not promised", reason="the check was turned off")
    random = generator(0, "effects")
    rows = np.arange(len(table)) if check == "all" else sample_rows(len(table), ROWS, 0, "effects")
    asked = [sets[k] for k in random.integers(len(sets), size=POINTS)]
    givers = random.integers(len(table), size=POINTS)
    own = np.stack(
        [
            model.predict(replaced(table, rows, np.full(len(rows), giver), numbers)).mean(axis=0)
            for giver, numbers in zip(givers, asked, strict=True)
        ]
    )
    ours = _of_rows(model, table, rows, places, list(zip(givers.tolist(), asked, strict=True)), threads)
    claim = f"the curves of {len(rows):,} rows equal the model's own mean predictions at {POINTS} points"
    return compared(target.select(ours), target.select(own), library_gap(model), model.unit, POINTS * len(rows), claim)


def replaced(table: Table, rows: Numbers, givers: Numbers, columns: tuple[int, ...]) -> Table:
    """Some rows with the values that other rows have in some columns."""
    index = np.repeat(rows[:, np.newaxis], len(table.names), axis=1)
    index[:, list(columns)] = givers[:, np.newaxis]
    return table.gathered(index)


def compared(ours: Floats, own: Floats, relative: float, unit: str, rows: int, claim: str) -> Completeness:
    """What was computed against what the model says.

    Raises
    ------
    CompletenessError : the gap is above ``relative · max |prediction|``.
    """
    gap, tolerance = float(np.abs(ours - own).max()), relative * float(np.abs(own).max())
    if not gap <= tolerance:
        raise CompletenessError(
            f"an effect and the model's own mean prediction are {gap:.2g} {unit} apart where {tolerance:.2g} is "
            f"allowed; the model's own predictions disagree with its trees, so this explanation is withheld: please "
            f"report it."
        )
    return Completeness("checked", gap=gap, tolerance=tolerance, rows=rows, claim=claim)


def _of_rows(
    model: Model,
    table: Table,
    rows: Numbers,
    places: Callable[[int], Places],
    asked: list[tuple[int, tuple[int, ...]]],
    threads: int | None,
) -> Floats:
    """(points, outputs)"""
    form = model.tree_form
    pairs = [numbers for _, numbers in asked if len(numbers) > 1]
    counts = ForestEffects(model.forest, form.players, n_players=len(table.names), pairs=bool(pairs))
    counts.add(form.encode(table.rows(rows)), threads=threads)
    givers = table.rows(np.array([giver for giver, _ in asked]))
    encoded = form.encode(givers)
    players = sorted({j for _, numbers in asked for j in numbers})
    domains = [_at_places(places(j), givers.column(j), encoded) for j in players]
    curves = dict(zip(players, counts.curves(domains, threads=threads), strict=True))
    order = {j: d for d, j in enumerate(players)}
    wanted = sorted({(order[j], order[k]) for j, k in pairs})
    joint = dict(zip(wanted, counts.joint(domains, wanted, threads=threads) if wanted else [], strict=True))
    values = []
    for point, (_, numbers) in enumerate(asked):
        value = np.add.reduce([curves[j][point] for j in numbers])
        if len(numbers) > 1:
            value = value + joint[order[numbers[0]], order[numbers[1]]][point, point] - counts.base
        values.append(value)
    return np.array(values)


def _at_places(places: Places, values: NDArray[np.object_], encoded: Floats) -> Domain:
    """The points of a column's domain that stand for some values."""
    numbers = places.find(values, encoded)
    if isinstance(places, Levels):
        numbers = places.renumbered()[numbers].astype(np.int32)
    domain = places.domain()
    return Domain(domain.player, domain.points[numbers])
