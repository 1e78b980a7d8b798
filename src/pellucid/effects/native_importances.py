"""Native importances: what a library says of its own model, beside Shapley values and permutation, on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.card import Card
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.errors import InputError, ParameterError, UnsupportedModelError
from pellucid.core.importance import OWN_UNIT, SHARE, Importance
from pellucid.core.method import Method
from pellucid.core.params import Constraint, Either, Flag, Nothing, Whole
from pellucid.core.progress import track
from pellucid.core.ranks import least_agreeing, most_moved, ranks
from pellucid.core.receipt import Completeness, Receipt
from pellucid.core.tables import Table
from pellucid.core.target import TargetSpec, resolve_target
from pellucid.core.truth import true_values
from pellucid.effects.answers import answers_of
from pellucid.effects.features import feature_sets
from pellucid.effects.measures import Measure, linear_measures, mean_shapley, reported_measures
from pellucid.effects.scoring import Scorers
from pellucid.effects.shuffles import Shuffles, error_of_mean
from pellucid.models import as_model

__all__ = ["NativeImportances"]

Floats = NDArray[np.float64]
APART = "each measure has its own unit and sum"


class NativeImportances(Method):
    """Every importance a model has, side by side, and where they disagree.

    ``share_jm = max(I_jm, 0) / Σ_k max(I_km, 0)`` for the measure m, or ``I_jm`` itself: sizes of weights, gain, cover,
    split counts, fall of impurity as the library itself reports them; with rows mean |Shapley value| and weights times
    the spread; with what is true of the rows the fall of the score under permutation.

    Parameters
    ----------
    model : any model; without measures of its own it needs X and y.
    X : rows, for mean |Shapley value| (path-dependent for trees, from independent columns for weights).
    y : (rows,) what is true of them, for permutation importance, and for standard errors of weights.
    scoring : of the permutation, as in PermutationImportance; a single scorer.
    shares : give shares of each measure's sum; False gives the measures in their own units.
    n_repeats, seed : orders for each feature of the permutation.
    threads : for trees; None takes what the machine grants. The values have the same bits for any number.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    InputError, ColumnsError : rows that do not fit the model, or y without rows or of another length.
    ParameterError, ArgumentTypeError : an unknown scorer, or several.
    UnsupportedModelError : a model without measures of its own, and not both X and y.

    Source
    ------
    Breiman, Friedman, Olshen & Stone (1984), "Classification and regression trees", section 5.3 (fall of impurity);
    Chen & Guestrin (2016), "XGBoost", KDD, equation 7 (gain); Strobl, Boulesteix, Zeileis & Hothorn (2007), "Bias in
    random forest variable importance measures", BMC Bioinformatics 8 (why they disagree).
    """

    card: ClassVar[Card] = Card(
        summary="Weights, gain, cover, splits, Shapley values and permutation side by side, and where they disagree",
        paper="Strobl, Boulesteix, Zeileis & Hothorn (2007), Bias in random forest variable importance measures",
        explains="Importance",
        needs="predict",
        background="none",
        completeness="not promised",
        cost="reading the model; with rows one pass of TreeSHAP, with y that of PermutationImportance",
        limits="gain, cover and splits are of training: they favour features with many values and see no overfitting",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "shares": Flag(),
        "n_repeats": Whole(1),
        "seed": Whole(0),
        "threads": Either(Nothing(), Whole(1)),
        "progress": Either(Nothing(), Flag()),
    }

    def __init__(
        self,
        model: Any,
        X: Any = None,
        y: Any = None,
        *,
        scoring: Any = None,
        shares: bool = True,
        n_repeats: int = 5,
        seed: int = 0,
        threads: int | None = None,
        progress: bool | None = None,
    ) -> None:
        self.shares, self.n_repeats, self.seed = shares, n_repeats, seed
        self.threads, self.progress = threads, progress
        self.check_settings()
        self._scorers = Scorers(scoring)
        if len(self._scorers.names) > 1:
            raise ParameterError(f"NativeImportances: scoring must be one scorer, got {len(self._scorers.names)}.")
        self.model = as_model(model, rows=X)
        if X is None and y is not None:
            raise InputError("NativeImportances: y was given without X; pass the rows it is true of as well.")
        if X is None and self.model.digest is None:
            raise InputError(f"{self.model.kind} can be told from others by its answers alone; pass X, some rows.")
        self._table = None if X is None else self.model.table(X, what="X")
        self._y = None if y is None or self._table is None else true_values(y, len(self._table))

    def explain(self, features: Any = None, target: TargetSpec = None) -> Importance:
        """All measures that can be had.

        Parameters
        ----------
        features : a name or number, or a list of these, to be shown; shares are of all features. None shows all.
        target : None: the measures are the targets.

        Returns
        -------
        Importance (features, measures); ``agreement()`` and ``ranks()`` say how far their orders agree, and the receipt
        what each means. A share's standard error takes the measure's sum as known.

        Raises
        ------
        ColumnsError, ParameterError : no such feature, or a target other than None.
        UnsupportedModelError : nothing to show.
        ModelFailedError : a scorer raised, or gave no finite number.
        """
        started = perf_counter()
        if target is not None:
            raise ParameterError(f"NativeImportances: the measures are the targets, got target={target!r}; pass None.")
        names = self._names()
        shown = [j for (j,) in feature_sets(features, names, most=1)]
        measures, evaluations, notes = self._measures(len(names))
        if not measures:
            raise UnsupportedModelError(
                f"{self.model.kind} reports no importances of its own columns; pass X and y, to permute them."
            )
        raw = np.stack([measure.values for measure in measures], axis=1)
        errors = np.stack([measure.stderr for measure in measures], axis=1)
        titles = tuple(measure.name for measure in measures)
        means = [f"{measure.name}: {measure.meaning}" for measure in measures]
        receipt = self._receipt(titles, started, evaluations, (*means, *_disagreement(raw, titles, names), *notes))
        values, errors = _shares(raw, errors) if self.shares else (raw, errors)
        return Importance(receipt, values[shown], errors[shown], tuple(names[j] for j in shown))

    def _receipt(self, titles: tuple[str, ...], started: float, evaluations: int, notes: tuple[str, ...]) -> Receipt:
        table = self._table
        return effect_receipt(
            self,
            self.model,
            resolve_target(None, titles, n_rows=0),
            Completeness("not promised", reason=APART),
            probe=table,
            evaluations=evaluations,
            started=started,
            unit=SHARE if self.shares else OWN_UNIT,
            seed=self.seed,
            notes=notes,
        )

    def _names(self) -> tuple[str, ...]:
        if self._table is not None:
            return tuple(self._table.names)
        if self.model.feature_names is not None:
            return self.model.feature_names
        if self.model.n_features is None:
            raise InputError(f"{self.model.kind} does not know its columns; pass X.")
        return tuple(f"x{j}" for j in range(self.model.n_features))

    def _measures(self, count: int) -> tuple[list[Measure], int, tuple[str, ...]]:
        """Measures, model evaluations, and notes."""
        found = reported_measures(self.model, count)
        notes: tuple[str, ...] = ()
        evaluations = 0
        if self.model.linear is not None:
            of_weights, notes = linear_measures(self.model, count, self._table, self._y)
            found += of_weights
        if self._table is not None and self.model.trees is not None:
            found.append(mean_shapley(self.model, self._table, count, self.threads))
        if self._table is not None and self._y is not None:
            permutation, evaluations = self._permutation(self._table, self._y, count)
            found.append(permutation)
        return found, evaluations, notes

    def _permutation(self, table: Table, y: NDArray[Any], count: int) -> tuple[Measure, int]:
        answers = answers_of(self.model, table, self._scorers, self.threads)
        shuffles = Shuffles(answers, self._scorers, y, None, self.n_repeats, self.seed)
        columns = track([(j,) for j in range(count)], total=count, label="NativeImportances", show=self.progress)
        falls = shuffles.falls(columns)[:, :, 0]
        score = "R² or accuracy" if self._scorers.names == ("score",) else self._scorers.names[0]
        meaning = f"fall of the score ({score}) on these rows when the feature is shuffled among them"
        return Measure(
            "permutation", meaning, falls.mean(axis=1)[:, 0], error_of_mean(falls)[:, 0]
        ), answers.evaluations


def _shares(raw: Floats, errors: Floats) -> tuple[Floats, Floats]:
    sizes = np.maximum(raw, 0.0)
    total = sizes.sum(axis=0)
    scale = np.divide(1.0, total, out=np.zeros(len(total)), where=total > 0)
    return sizes * scale, errors * np.where(scale > 0, scale, np.nan)


def _disagreement(raw: Floats, titles: tuple[str, ...], names: tuple[str, ...]) -> Iterator[str]:
    """How far the orders agree, and which features move most between them."""
    least = least_agreeing(raw)
    if least is not None:
        tau, a, b = least
        yield f"the measures' orders agree least between {titles[a]} and {titles[b]} (Kendall's τ {tau:.2f})"
    places = ranks(raw)
    for j, best, worst in most_moved(raw, 3):
        yield (
            f"{names[j]} has place {places[j, best]:g} of {len(names)} by {titles[best]} "
            f"and {places[j, worst]:g} by {titles[worst]}"
        )
