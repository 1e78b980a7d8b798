"""Decision regions: what a model decides over two features, all others held still."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.card import Card
from pellucid.core.effect import Curve, Effect
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.errors import InputError, ParameterError
from pellucid.core.method import Method
from pellucid.core.model import Model
from pellucid.core.params import Constraint, Either, Nothing, Whole
from pellucid.core.receipt import Completeness
from pellucid.core.selection import column_number
from pellucid.core.target import Target, TargetSpec, resolve_target
from pellucid.core.truth import true_values
from pellucid.effects.features import feature_sets, output_target
from pellucid.effects.grid import missing_cells
from pellucid.effects.outcomes import outcomes
from pellucid.effects.slices import Fillers, Side, fillers_of, plane, side_of
from pellucid.models import as_model

__all__ = ["DecisionRegions"]

Floats = NDArray[np.float64]


class DecisionRegions(Method):
    """The class, probability or value that a model gives over two features, with every other feature held at a value.

    ``D(u, v) = f(u, v, c)``, where c are the held values; of classes the region of k is where ``f_k`` is largest.

    Parameters
    ----------
    model : any model, or a function from rows to predictions; classifiers on the scale of their response.
    X : rows; they say where the plane lies and what the others are held at.
    y : (rows,) true classes or values of the rows that are drawn on top.
    fillers : feature → what it is held at; others at the median of numbers and dates (the lower of two), the most
        frequent category, or the values of ``around``.
    around : number of the row whose values hold the others.
    near : feature → how far from its held value a row may be to be drawn, for categories anything: only their own; None
        draws rows only where no other feature is held, as then all of them lie in the plane.
    resolution : values a number is looked at, evenly spaced to 5 % beyond both ends; of dates those that occur.
    levels : categories at most, the most frequent.
    batch_size : the most rows the model is asked about at once.

    Raises
    ------
    ParameterError : a setting outside what it may be.
    InputError, ColumnsError : the rows do not fit the model, or y the rows.

    Source
    ------
    The named view of mlxtend 0.25 (``plot_decision_regions``); Hastie, Tibshirani & Friedman (2009), "The elements of
    statistical learning", section 2.3.

    Deviations
    ----------
    mlxtend wants every filler given, its plane ends 1 (over its zoom) beyond the rows whatever the unit, and rows just
    as far away as allowed are not drawn.
    """

    card: ClassVar[Card] = Card(
        summary="The class, probability or value over two features, all others held at a filler, and the rows near it",
        paper="Hastie, Tibshirani & Friedman (2009), The elements of statistical learning",
        explains="Effect",
        needs="predict",
        background="required",
        completeness="by construction",
        cost="resolution² model evaluations",
        limits="one plane through the model: elsewhere the regions may differ",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "fillers": Either(Nothing(), Fillers()),
        "around": Either(Nothing(), Whole(0)),
        "near": Either(Nothing(), Fillers()),
        "resolution": Whole(2),
        "levels": Whole(2),
        "batch_size": Whole(1),
    }

    def __init__(
        self,
        model: Any,
        X: Any,
        y: Any = None,
        *,
        fillers: Mapping[str | int, Any] | None = None,
        around: int | None = None,
        near: Mapping[str | int, Any] | None = None,
        resolution: int = 120,
        levels: int = 40,
        batch_size: int = 65_536,
    ) -> None:
        self.fillers, self.around, self.near = fillers, around, near
        self.resolution, self.levels, self.batch_size = resolution, levels, batch_size
        self.check_settings()
        self.model = as_model(model, rows=X).responding()
        self._table = self.model.table(X, what="X")
        names, rows = self._table.names, len(self._table)
        if around is not None and around >= rows:
            raise ParameterError(f"DecisionRegions: around={around} is no row of the {rows} given; count from 0.")
        self._fixed = {column_number(name, names): value for name, value in (fillers or {}).items()}
        self._near = {column_number(name, names): value for name, value in (near or {}).items()}
        self._true = np.full(rows, np.nan) if y is None else _truth(y, rows, self.model)

    def explain(self, features: Any = None, target: TargetSpec = None) -> Effect:
        """The plane of two features.

        Parameters
        ----------
        features : a pair as a tuple of names or numbers; None where there are two columns.
        target : which classes or outputs, or any function of them; None is every one.

        Returns
        -------
        Effect with one surface (places, places, targets), in the unit of the model's response; of a classifier one
        target a class, the largest of which is decided. ``points`` are the rows that lie near the plane.

        Raises
        ------
        ColumnsError, ParameterError : no such feature or target, no pair, or a held feature among the two.
        ModelFailedError : the model raised, or answered with something that is not a number.
        """
        started = perf_counter()
        names = self._table.names
        asked = tuple(range(len(names))) if features is None else features
        sets = feature_sets(asked, names, most=2) if len(names) > 1 and isinstance(asked, tuple) else []
        if len(sets) != 1 or len(sets[0]) != 2:
            raise ParameterError(f"features: a plane has two, as in ({names[0]!r}, {names[-1]!r}), got {features!r}.")
        first, second = sets[0]
        resolved = output_target(target, self.model) if _classes(self.model) is None else _target(target, self.model)
        sides = tuple(side_of(self._table, j, self.resolution, self.levels) for j in (first, second))
        held = [j for j in range(len(names)) if j not in (first, second)]
        givers, numbers = fillers_of(self._table, held, self._checked(sets[0]), self.around)
        rows = plane(self._table, (first, second), (sides[0], sides[1]), givers, numbers)
        parts = [slice(start, start + self.batch_size) for start in range(0, len(rows), self.batch_size)]
        answers = np.concatenate([_scores(self.model.predict(rows.rows(part)), self.model) for part in parts])
        values = resolved.select(answers).reshape(sides[0].axis.places, sides[1].axis.places, -1)
        points = self._points((sides[0], sides[1]), held, rows)
        receipt = effect_receipt(
            self,
            self.model,
            resolved,
            Completeness("by construction"),
            probe=self._table,
            evaluations=len(rows),
            started=started,
            notes=(*_held(rows, held), f"{len(points):,} of {len(self._table):,} rows are drawn"),
        )
        curve = Curve((sides[0].axis, sides[1].axis), values, points=points)
        return Effect(receipt, (curve,), "decision_regions")

    def _checked(self, pair: tuple[int, ...]) -> dict[int, Any]:
        wrong = [self._table.names[j] for j in pair if j in self._fixed or j in self._near]
        if wrong:
            raise ParameterError(f"fillers: {wrong[0]!r} is a side of the plane and cannot be held; leave it out.")
        return self._fixed

    def _points(self, sides: tuple[Side, Side], held: list[int], rows: Any) -> Floats:
        """(n, 3) rows near the plane."""
        kept = np.isfinite(sides[0].where) & np.isfinite(sides[1].where)
        if held and self.near is None:
            kept[:] = False
        for j, far in self._near.items():
            values, kind, at = self._table.column(j), self._table.kinds[j], rows.column(j)[0]
            if kind == "number":
                kept &= np.abs(values.astype(np.float64) - float(at)) <= _width(far, self._table.names[j])
            else:
                kept &= np.asarray(values == at, dtype=np.bool_)
        return np.column_stack([sides[0].where, sides[1].where, self._true])[kept]


def _labels(model: Model) -> tuple[Any, ...] | None:
    """Classes in the order of the outputs, or two classes with one output; None for what decides on none."""
    found = model.classes if model.classes is not None else getattr(model.native, "classes_", None)
    if not isinstance(found, tuple | list | np.ndarray) or len(found) < 2:
        return None
    return tuple(found) if model.n_outputs == len(found) or (model.n_outputs, len(found)) == (1, 2) else None


def _classes(model: Model) -> tuple[str, ...] | None:
    labels = _labels(model)
    return None if labels is None else tuple(map(str, labels))


def _target(spec: TargetSpec, model: Model) -> Target:
    """Of a classifier there is one output a class."""
    output_target(None if not isinstance(spec, np.ndarray) and spec != "predicted" else spec, model)
    return resolve_target(spec, _classes(model) or model.output_names, n_rows=0)


def _scores(answers: Floats, model: Model) -> Floats:
    """One column a class; the one output of two classes is the second's, and its complement the first's."""
    classes = _classes(model)
    if classes is None or answers.shape[1] == len(classes):
        return answers
    return np.column_stack([1.0 - answers if model.unit == "probability" else -answers, answers])


def _truth(y: Any, rows: int, model: Model) -> Floats:
    """(rows,) true values, of classes their number."""
    classes = _classes(model)
    given = true_values(y, rows)
    if given.ndim > 1:
        raise InputError(f"y must be one value a row, got shape {given.shape}; pass one column.")
    if classes is None:
        return outcomes(given, rows).values[:, 0]
    kind = "category" if given.dtype.kind in "OUS" else "number"
    gone = missing_cells(given, kind) if given.dtype.kind in "OUSf" else np.zeros(rows, dtype=np.bool_)
    number = {label: float(k) for k, label in enumerate(_labels(model) or ())}
    number |= {label: float(k) for k, label in enumerate(classes)}
    found = np.array(
        [np.nan if out else number.get(label, -1.0) for label, out in zip(given.tolist(), gone, strict=True)]
    )
    if (found < 0).any():
        wrong = given[np.flatnonzero(found < 0)[0]]
        raise InputError(f"y holds {wrong!r}, which is no class of the model: {', '.join(classes[:8])}.")
    return found


def _width(far: Any, name: str) -> float:
    if isinstance(far, bool) or not isinstance(far, int | float | np.number) or not far >= 0:
        raise ParameterError(f"near: how far {name!r} may be must be a number from 0, got {far!r}.")
    return float(far)


def _held(rows: Any, held: list[int]) -> tuple[str, ...]:
    cells = []
    for j in held:
        value = rows.column(j)[0]
        cells.append(
            f"{rows.names[j]} = {value:.4g}" if rows.kinds[j] == "number" else f"{rows.names[j]} = {_plain(value)}"
        )
    return (f"held at {', '.join(cells)}",) if cells else ()


def _plain(value: Any) -> str:
    """A day without its midnight."""
    return str(value).removesuffix("T00:00:00.000000")
