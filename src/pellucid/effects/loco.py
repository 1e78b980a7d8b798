"""Leave one covariate out: how much worse a model scores that was never given a feature."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.card import Card
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.errors import ParameterError
from pellucid.core.importance import Importance
from pellucid.core.method import Method
from pellucid.core.params import Constraint, Either, Flag, Nothing, Whole
from pellucid.core.progress import track
from pellucid.core.receipt import Completeness
from pellucid.core.target import TargetSpec, resolve_target
from pellucid.core.truth import sample_weights, true_values
from pellucid.effects.features import column_groups
from pellucid.effects.refits import Refits
from pellucid.effects.scoring import Scorers
from pellucid.models import as_model

__all__ = ["LOCO"]

NO_SUM = "falls of a score do not add up to it"

Floats = NDArray[np.float64]


class LOCO(Method):
    """The fall of a score when a model is fitted again without a feature (drop-column importance).

    ``I_j = (1/K) Σ_k s(f_k; X_k, y_k) − s(f_k without j; X_k without j, y_k)`` over K folds: both models learn from the
    other folds' rows and are scored on the fold's own.

    Unlike permutation importance it asks what the *data* lose: a feature whose part others can take over falls to zero,
    and no row that could not exist is ever looked at. A class that a fold does not train on or is not scored on is left
    for the scorer to judge; a note names it.

    Parameters
    ----------
    model : an estimator in the manner of scikit-learn; its own fit is left as it is.
    X : rows.
    y : (rows,) or (rows, outputs) what is true of them.
    scoring : None for R² or accuracy; a name that scikit-learn knows, a function (estimator, X, y), a list of names,
        or a mapping of names to either.
    cv : number of folds, a splitter of scikit-learn, or a list of (training rows, test rows).
    seed : of the folds where ``cv`` is a number; classes have the same shares in each.
    sample_weight : (rows,) how much each counts, in the fits and in the score.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    InputError, ColumnsError : rows that do not fit the model or cannot be split so; y or weights that do not fit them.
    ParameterError, ArgumentTypeError : an unknown scorer, or a model that cannot be fitted again.

    Source
    ------
    Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018), "Distribution-free predictive inference for regression",
    Journal of the American Statistical Association 113, section 6.
    """

    card: ClassVar[Card] = Card(
        summary="Fall of a score when the model is fitted again without a feature",
        paper="Lei et al. (2018), Distribution-free predictive inference for regression",
        explains="Importance",
        needs="predict",
        background="none",
        completeness="not promised",
        cost="folds · (features + 1) fits",
        limits="of two features that tell the same, neither is missed: leave them out as a group",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "seed": Whole(0),
        "progress": Either(Nothing(), Flag()),
    }

    def __init__(
        self,
        model: Any,
        X: Any,
        y: Any,
        *,
        scoring: Any = None,
        cv: Any = 5,
        seed: int = 0,
        sample_weight: Any = None,
        progress: bool | None = None,
    ) -> None:
        self.seed, self.progress = seed, progress
        self.check_settings()
        self._scorers = Scorers(scoring)
        self.model = as_model(model, rows=X)
        self._table = self.model.table(X, what="X")
        truth = true_values(y, len(self._table))
        weights = None if sample_weight is None else sample_weights(sample_weight, len(self._table))
        self._refits = Refits(self.model.native, self._table, truth, weights, cv, seed)

    def explain(self, features: Any = None, target: TargetSpec = None) -> Importance:
        """Importance of features, or of groups that are left out together.

        Parameters
        ----------
        features : a name or number, several as a tuple that is left out as one, a list of these, or a mapping of a
            group's name to its columns; None is every feature.
        target : None: the scorers are the targets.

        Returns
        -------
        Importance (features, scorers) in units of the score, with the standard error of the mean over the folds, as
        if they were independent: each is scored on rows of its own, so it is one over rows.

        Raises
        ------
        ColumnsError, ParameterError : no such feature, nothing left to learn from, or a target other than None.
        ModelFailedError : a fit or a scorer raised, or a score is no finite number.
        """
        started = perf_counter()
        if target is not None:
            raise ParameterError(f"LOCO: a score is of all outputs, got target={target!r}; choose with scoring=.")
        groups = column_groups(features, self._table.names)
        for name, columns in groups.items():
            if len(columns) == len(self._table.names):
                raise ParameterError(f"features: without {name} there is nothing to learn from; leave out fewer.")
        whole = self._refits.scores(self._scorers, ())
        steps = track(groups.values(), total=len(groups), label="LOCO", show=self.progress)
        falls = np.array([whole - self._refits.scores(self._scorers, columns) for columns in steps])
        receipt = effect_receipt(
            self,
            self.model,
            resolve_target(None, self._scorers.names, n_rows=0),
            Completeness("not promised", reason=NO_SUM),
            probe=self._table,
            evaluations=0,
            started=started,
            unit="score",
            seed=self.seed,
            notes=(self._note(whole), *self._refits.notes()),
        )
        spread = falls.std(axis=1, ddof=1) / np.sqrt(falls.shape[1]) if falls.shape[1] > 1 else falls[:, 0] * np.nan
        return Importance(receipt, values=falls.mean(axis=1), stderr=spread, feature_names=tuple(groups))

    def _note(self, whole: Floats) -> str:
        scores = ", ".join(
            f"{name} {mean:.3g} ± {spread:.2g}"
            for name, mean, spread in zip(self._scorers.names, whole.mean(axis=0), whole.std(axis=0), strict=True)
        )
        return (
            f"{self._refits.fits:,} fits in {len(whole)} folds; with all features {scores} (mean and spread over folds)"
        )
