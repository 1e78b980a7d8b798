"""A model that can be read, fitted to what the explained model says on all its data."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.surrogate.encoded_table import Encoding
from pellucid.attribution.surrogate.imitations import Imitation, LinearImitation, TreeImitation
from pellucid.core.card import Card
from pellucid.core.importance import Importance
from pellucid.core.method import Method
from pellucid.core.params import Constraint, OneOf, Whole
from pellucid.core.receipt import Completeness, Receipt, versions
from pellucid.core.tables import Table
from pellucid.core.target import Target, TargetSpec, resolve_target
from pellucid.maskers.adapt import rows_of
from pellucid.models import as_model

__all__ = ["GlobalSurrogate"]

NO_SUM = "a surrogate imitates the model: see its fidelity"

Floats = NDArray[np.float64]


class GlobalSurrogate(Method):
    """A line or a shallow tree that imitates a model, in words, with how well it does on rows that it has not seen.

    ``min over g: Σ_b w_b |f(x_b) − g(x_b)|²`` over the background. Fidelity is
    ``R² = 1 − Σ (f − g)² / Σ (f − mean f)²`` on the rows that are passed to :meth:`explain`, and for several outputs
    how often both have the same largest one.

    Importance is the root of the variance of g that goes back to a column, in the unit of the predictions: the standard
    deviation of the column's term of a line, and the variance between the two sides of a tree's splits.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, or ``(rows, weights)``, to learn from.
    kind : ``"tree"`` or ``"linear"``.
    depth : the most questions that a tree asks.
    seed : of the order in which a tree tries columns that split equally well.
    batch_size : the most rows the model is asked about at once.

    Raises
    ------
    ParameterError : no background rows, or a setting outside what it may be.
    InputError, ColumnsError : the background does not fit the model.

    Source
    ------
    Craven & Shavlik (1996), "Extracting tree-structured representations of trained networks", NIPS 8, 24–30: fidelity
    of a tree that imitates; here the tree is that of Breiman, Friedman, Olshen & Stone (1984).
    """

    card: ClassVar[Card] = Card(
        summary="A line or a shallow tree that imitates a model everywhere, in words, with its fidelity",
        paper="Craven & Shavlik (1996), Extracting tree-structured representations of trained networks",
        explains="Importance",
        needs="predict",
        background="required",
        completeness="not promised",
        cost="one model evaluation a background row and explained row",
        limits="says what the imitation does: where its fidelity is low, little about the model",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "kind": OneOf(("tree", "linear")),
        "depth": Whole(1),
        "seed": Whole(0),
        "batch_size": Whole(1),
    }

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        kind: str = "tree",
        depth: int = 3,
        seed: int = 0,
        batch_size: int = 16_384,
    ) -> None:
        self.kind, self.depth, self.seed, self.batch_size = kind, depth, seed, batch_size
        self.check_settings()
        rows = background[0] if isinstance(background, tuple) else getattr(background, "example", background)
        self.model = as_model(model, rows=rows)
        self._background = rows_of(background, self.model)

    def imitation(self, target: TargetSpec = None) -> Imitation:
        """The surrogate itself, with ``predict(table)``, ``importance`` and ``lines()``.

        Parameters
        ----------
        target : which outputs, or any function of them; None is every output.

        Raises
        ------
        ParameterError : no such target.
        ModelFailedError : the model raised, or answered with something that is not a number.
        """
        table, weights = self._background.table, self._background.weights
        target_, answers = self._asked(table, target)
        shares = np.full(len(table), 1.0 / len(table)) if weights is None else weights
        encoding = Encoding.learnt(table)
        numbers = encoding.encode(table)
        if self.kind == "linear":
            return LinearImitation(encoding, target_.names, numbers, answers, shares)
        return TreeImitation(encoding, target_.names, numbers, answers, shares, depth=self.depth, seed=self.seed)

    def explain(self, rows: Any, target: TargetSpec = None) -> Importance:
        """Importance of each column for the surrogate; the surrogate in words and its fidelity are in the receipt.

        Parameters
        ----------
        rows : rows to judge the surrogate on; others than the background, for a fair judgement.
        target : which outputs, or any function of them; None is every output.

        Returns
        -------
        Importance (columns, targets) in the model's unit; it has no standard error.

        Raises
        ------
        InputError, ColumnsError : the rows do not fit the model or the background.
        ParameterError : no such target.
        ModelFailedError : the model raised, or answered with something that is not a number.
        """
        started = perf_counter()
        table = self.model.table(rows)
        if table.named:
            table = table.aligned(self._background.table.names)
        resolved, answers = self._asked(table, target)
        imitation = self.imitation(target)
        receipt = Receipt(
            method="GlobalSurrogate",
            settings=self.settings,
            model=self.model.kind,
            model_fingerprint=self.model.fingerprint(table),
            target=resolved.describe(),
            unit=self.model.unit,
            rows=len(table),
            data_fingerprint=table.fingerprint(),
            completeness=Completeness("not promised", reason=NO_SUM),
            background=self._background.describe(),
            seed=self.seed,
            evaluations=len(table) + len(self._background.table),
            seconds=perf_counter() - started,
            notes=(*self._fidelity(answers, imitation.predict(table), table, resolved), *imitation.lines()),
            versions=versions(*([self.model.library] if self.model.library else [])),
        )
        importance = imitation.importance
        return Importance(
            receipt, values=importance, stderr=np.full(importance.shape, np.nan), feature_names=table.names
        )

    def _asked(self, table: Table, target: TargetSpec) -> tuple[Target, Floats]:
        size = self.batch_size
        parts = [self.model.predict(table.rows(slice(at, at + size))) for at in range(0, len(table), size)]
        outputs = np.concatenate(parts)
        resolved = resolve_target(target, self.model.output_names, n_rows=len(table), predictions=lambda: outputs)
        return resolved, resolved.select(outputs)

    def _fidelity(self, answers: Floats, imitated: Floats, table: Table, target: Target) -> list[str]:
        left, total = ((part**2).sum(axis=0) for part in (answers - imitated, answers - answers.mean(axis=0)))
        shares = 1.0 - np.divide(left, total, out=np.where(left > 0, np.inf, 0.0), where=total > 0)
        said = ", ".join(f"{name} {share:.3g}" for name, share in zip(target.names, shares, strict=True))
        seen = table.fingerprint() == self._background.table.fingerprint()
        notes = [f"fidelity on {len(table):,} rows{', which it learnt from' if seen else ''}: R² {said}"]
        if target.mix is not None and answers.shape[1] > 1:
            same = (answers.argmax(axis=1) == imitated.argmax(axis=1)).mean()
            notes.append(f"fidelity: the same largest output as the model on {same:.1%} of them")
        return notes
