"""Estimators fitted anew on part of the rows and columns, and scored on the other rows."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ArgumentTypeError, InputError, ModelFailedError
from pellucid.core.tables import Table
from pellucid.effects.scoring import Scorers

__all__ = ["Refits"]

Floats = NDArray[np.float64]
Fold = tuple[NDArray[np.intp], NDArray[np.intp]]


class Refits:
    """Scores of clones of an estimator, each fitted to the training rows of a fold.

    Parameters
    ----------
    estimator : one that scikit-learn can clone, fitted or not.
    table, y, weights : rows, what is true of them, and how much each counts.
    cv : number of folds, a splitter of scikit-learn, or a list of (training rows, test rows).
    seed : of the folds where ``cv`` is a number.

    Raises
    ------
    ArgumentTypeError : the estimator cannot be cloned.
    InputError : rows that cannot be split so.
    """

    def __init__(
        self, estimator: Any, table: Table, y: NDArray[Any], weights: Floats | None, cv: Any, seed: int
    ) -> None:
        if not all(callable(getattr(estimator, name, None)) for name in ("fit", "predict", "get_params")):
            raise ArgumentTypeError(
                f"the model is fitted again without a feature, and {type(estimator).__name__} cannot be cloned and "
                f"fitted; pass an estimator in the manner of scikit-learn."
            )
        self._estimator, self._table, self._y, self._weights = estimator, table, y, weights
        self.folds = _folds(estimator, table, y, cv, seed)
        self.fits = 0

    def scores(self, scorers: Scorers, without: tuple[int, ...]) -> Floats:
        """(folds, scorers) without some columns.

        Raises
        ------
        ModelFailedError : it could not be fitted, or a scorer failed.
        """
        kept = [name for j, name in enumerate(self._table.names) if j not in without]
        return np.array([self._score(scorers, kept, number) for number in range(len(self.folds))])

    def notes(self) -> tuple[str, ...]:
        """Classes that some folds do not train on or are not scored on, which is for the scorers to judge."""
        from sklearn.base import is_classifier

        classes = set(self._y.ravel().tolist()) if is_classifier(self._estimator) else set()
        said: list[str] = []
        for part, rows in (("training", 0), ("test", 1)):
            lacking = {name for fold in self.folds for name in classes - set(self._y[fold[rows]].ravel().tolist())}
            said += [f"absent from the {part} rows of some folds: {', '.join(sorted(map(str, lacking)))}"] * bool(
                lacking
            )
        return tuple(said)

    def _score(self, scorers: Scorers, kept: list[str], number: int) -> Floats:
        from sklearn.base import clone

        fold = self.folds[number]
        train, test = (self._table.rows(rows).select(kept) for rows in fold)
        fitted = clone(self._estimator)
        weights = {} if self._weights is None else {"sample_weight": self._weights[fold[0]]}
        where = f"in fold {number} {_without([name for name in self._table.names if name not in kept])}"
        try:
            fitted.fit(train.native, self._y[fold[0]], **weights)
        except Exception as error:  # whatever an estimator raises becomes one sentence
            raise ModelFailedError(
                f"{type(fitted).__name__} could not be fitted {where}: "
                f"{type(error).__name__}: {' '.join(str(error).split())}; pass an estimator that takes any columns."
            ) from error
        self.fits += 1
        own = None if self._weights is None else self._weights[fold[1]]
        try:
            return scorers(fitted, test.native, self._y[fold[1]], own)
        except ModelFailedError as error:
            raise ModelFailedError(f"{where}, {error}") from error


def _without(dropped: list[str]) -> str:
    return f"without {', '.join(dropped)}" if dropped else "with all features"


def _folds(estimator: Any, table: Table, y: NDArray[Any], cv: Any, seed: int) -> list[Fold]:
    from sklearn.base import is_classifier
    from sklearn.model_selection import KFold, StratifiedKFold, check_cv

    kind = StratifiedKFold if is_classifier(estimator) else KFold
    try:
        splitter = kind(cv, shuffle=True, random_state=seed) if isinstance(cv, int) else check_cv(cv)
        with warnings.catch_warnings():
            # a class of fewer rows than folds is told of in a note
            warnings.filterwarnings("ignore", "The least populated class", UserWarning)
            found = list(splitter.split(np.zeros((len(table), 1)), y))
        folds = [(np.asarray(train), np.asarray(test)) for train, test in found]
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"cv: the {len(table)} rows cannot be split so: {' '.join(str(error).split())}.") from error
    return folds
