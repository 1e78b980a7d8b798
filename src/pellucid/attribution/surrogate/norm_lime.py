"""NormLIME: LIME explanations of many rows, normalised and averaged into one importance for each class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.surrogate.explanation_matrix import ExplanationMatrix
from pellucid.attribution.surrogate.local_surrogates import SETTINGS, LocalSurrogates
from pellucid.core.attribution import Attribution
from pellucid.core.card import Card
from pellucid.core.importance import Importance
from pellucid.core.model import Model
from pellucid.core.params import Constraint, OneOf
from pellucid.core.target import TargetSpec
from pellucid.models import as_model

__all__ = ["NormLIME", "normalised_importance"]

Floats = NDArray[np.float64]


class NormLIME(LocalSurrogates):
    """How much each feature counts for a class, over all local surrogates that use it.

    ``S_j = mean over rows i with w_ij ≠ 0 of |w_ij| · |w_ij| / Σ_k |w_ik|``, of LIME's values w for one output: each
    size is weighed by its share of its row, and a feature that is rare and decisive is not averaged away by the rows in
    which it plays no part.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, ``(rows, weights)``, or a masker such as ``Text()``, whose features are the words of all texts.
    rows_of : ``"predicted"`` averages over the rows of which the model predicts the class, where one output of several
        is explained; ``"all"`` over all rows.
    samples, features, discretize, categorical, seed, batch_size, progress : as in :class:`LIME`.

    Raises
    ------
    ParameterError : no background, or a setting outside what it may be.
    InputError, ColumnsError : the background does not fit the model.

    Source
    ------
    Ahern, Noack, Guzman-Nateras, Dou, Li & Huan (2019), "NormLime: a new feature importance metric for explaining deep
    neural networks", arXiv:1909.04200. Of the paper only abstract and introduction were at hand; the formula is the one
    in which two codes agree: InterpretDL's for images, in ``interpretdl/interpreter/_normlime_base.py``, and that of
    ciebson123/lime-sampling, in ``aggregators/norm_lime.py``. The second names as its source Li, Xiong, Li, Zhang, Liu,
    Jiang, Chen & Dou (2023), "G-LIME: statistical learning for local interpretations of deep neural networks using
    global priors", Artificial Intelligence 314, 103823, whose code is part of InterpretDL.

    Deviations
    ----------
    From both codes: a feature that a surrogate did not choose, with w = 0, does not count as used. From InterpretDL:
    its images' features are clusters of superpixels, by a network of its own; of texts it averages over positive w
    alone, where here, as in the other code, what speaks against a class counts too.
    """

    card: ClassVar[Card] = Card(
        summary="LIME of many rows, normalised and averaged into one importance a feature and class",
        paper="Ahern et al. (2019), NormLime: a new feature importance metric for explaining deep neural networks",
        explains="Importance",
        needs="predict",
        background="required",
        completeness="not promised",
        cost="LIME of every row",
        limits="has no sign: a feature that speaks against a class counts as one that speaks for it",
        takes="tables, texts",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "rows_of": OneOf(("predicted", "all")),
        **SETTINGS,
    }

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        rows_of: str = "predicted",
        samples: int | None = None,
        features: int | str | None = "auto",
        discretize: str | None = "quartile",
        categorical: Iterable[str | int] = (),
        seed: int = 0,
        batch_size: int | None = None,
        progress: bool | None = None,
    ) -> None:
        self.rows_of, self.samples, self.features = rows_of, samples, features
        self.discretize = discretize
        self.categorical: Any = categorical
        self.seed, self.batch_size, self.progress = seed, batch_size, progress
        self.set_model(model, background)

    def explain(self, rows: Any, target: TargetSpec = None) -> Importance:
        """Importance of each column, or of each word of all texts.

        Parameters
        ----------
        rows : the rows to explain and average over.
        target : which outputs; None is every output.

        Returns
        -------
        Importance (features, targets) in the model's unit, with the standard error of the mean over the rows; nan where
        fewer than two rows use a feature, and importance 0 where none does.

        Raises
        ------
        InputError, ColumnsError : the rows do not fit the model or the background.
        ParameterError : no such target, or images, whose regions have nothing in common.
        ModelFailedError : the model raised, or answered with something that is not a number.
        """
        started = perf_counter()
        model = as_model(self.model, rows=rows)
        every = self.local(rows, target, False)
        names = self.conditions(rows) if every.data is None else [every.feature_names] * len(every)
        matrix = ExplanationMatrix.of(every, names, method="NormLIME")
        counted = self._counted(model, rows, every)
        found = [
            normalised_importance(matrix.rows, matrix.features, matrix.values[:, t], which, len(matrix.names))
            for t, which in enumerate(counted.T)
        ]
        receipt = replace(
            every.receipt,
            evaluations=every.receipt.evaluations + (len(every) if not counted.all() else 0),
            seconds=perf_counter() - started,
            notes=(_note(every.target_names, counted), *every.receipt.notes),
        )
        values, errors = (np.stack([one[part] for one in found], axis=1) for part in (0, 1))
        return Importance(receipt, values=values, stderr=errors, feature_names=matrix.names)

    def _counted(self, model: Model, rows: Any, every: Attribution) -> NDArray[np.bool_]:
        """(rows, targets) which rows count for which target."""
        counted = np.ones((len(every), len(every.target_names)), dtype=np.bool_)
        outputs = model.output_names
        if self.rows_of == "all" or len(outputs) < 2:
            return counted
        winners = model.predict(self.masker.read(rows, model)).argmax(axis=1)
        for t, name in enumerate(every.target_names):
            if name in outputs:
                counted[:, t] = winners == outputs.index(name)
        return counted


def normalised_importance(
    rows: NDArray[np.intp], features: NDArray[np.intp], values: Floats, counted: NDArray[np.bool_], count: int
) -> tuple[Floats, Floats]:
    """``S_j`` and its standard error.

    Parameters
    ----------
    rows, features, values : (entries,) of the explanation matrix.
    counted : (rows,) which rows are averaged over.
    count : number of features.

    Returns
    -------
    (features,) twice.
    """
    used = counted[rows] & (values != 0)
    rows, features, sizes = rows[used], features[used], np.abs(values[used])
    norms = np.bincount(rows, weights=sizes, minlength=len(counted))
    weighed = sizes * sizes / norms[rows]
    seen = np.bincount(features, minlength=count)
    mean = np.bincount(features, weights=weighed, minlength=count) / np.maximum(seen, 1)
    squares = np.bincount(features, weights=(weighed - mean[features]) ** 2, minlength=count)
    error = np.sqrt(squares / np.maximum(seen * (seen - 1), 1))
    return mean, np.where(seen > 1, error, np.nan)


def _note(targets: tuple[str, ...], counted: NDArray[np.bool_]) -> str:
    shares = ", ".join(f"{name}: {int(which.sum()):,}" for name, which in zip(targets, counted.T, strict=True))
    return f"rows averaged over, out of {len(counted):,}: {shares}"
