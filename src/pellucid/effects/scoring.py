"""Scores of predictions by scikit-learn's own scorers, given answers instead of a model to ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ArgumentTypeError, ModelFailedError, ParameterError
from pellucid.core.model import Model
from pellucid.core.tables import read_table

__all__ = ["Scorers", "answering", "can_answer", "part_of"]

Floats = NDArray[np.float64]
#: chances as near as this are left to the model itself
TIE = 1e-5


class Scorers:
    """Named scorers, each a function (estimator, rows, y) → number, the larger the better.

    Parameters
    ----------
    scoring : None for the model's own score (R² or accuracy), a name that scikit-learn knows, a function, a list of
        names, or a mapping of names to names or functions.

    Raises
    ------
    ParameterError : an unknown name.
    ArgumentTypeError : something else.
    """

    def __init__(self, scoring: Any) -> None:
        self._by_name = {name: _scorer(scorer) for name, scorer in _named(scoring).items()}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._by_name)

    @property
    def only_answers(self) -> bool:
        """Whether all are scikit-learn's, which look at an estimator's answers to the rows and at nothing else."""
        return all(type(scorer).__module__.startswith("sklearn.") for scorer in self._by_name.values())

    def __call__(self, estimator: Any, rows: Any, y: Any, weights: Floats | None) -> Floats:
        """(scorers,) scores.

        Raises
        ------
        ModelFailedError : a scorer raised, or answered with something that is not a finite number.
        """
        extra = {} if weights is None else {"sample_weight": weights}
        found = []
        for name, scorer in self._by_name.items():
            try:
                score = float(scorer(estimator, rows, y, **extra))
            except Exception as error:  # whatever a scorer raises becomes one sentence
                raise ModelFailedError(
                    f"scoring: {name!r} raised {type(error).__name__}: {' '.join(str(error).split())}; "
                    f"check that it suits the model and y."
                ) from error
            if not np.isfinite(score):
                raise ModelFailedError(f"scoring: {name!r} answered {score}; importances need finite scores.")
            found.append(score)
        return np.array(found)


def can_answer(model: Model) -> bool:
    """Whether predictions, and chances of classes where there are any, follow from the model's raw outputs."""
    if model.classes is None:
        return True
    return len(model.classes) > 1 and "probability" in (model.unit, model.response and model.response.name)


def answering(model: Model, raw: Floats, ask: Callable[[NDArray[np.intp]], Any]) -> Any:
    """An estimator that has been asked already: it answers what follows from the model's raw outputs.

    Parameters
    ----------
    raw : (rows, outputs).
    ask : numbers of rows → these rows, for the model itself: it settles which of two equally likely classes it names.
    """
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    classes = None if model.classes is None else np.asarray(model.classes)

    def of_rows(_estimator: Any, part: NDArray[np.intp]) -> Any:
        return answering(model, raw[part], lambda rows: ask(part[rows]))

    class Regressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
        _of_rows = of_rows
        __sklearn_is_fitted__ = _fitted

        def predict(self, rows: Any) -> Floats:
            values = _linked(model, raw)
            return values[:, 0] if values.shape[1] == 1 else values

    class Classifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
        _of_rows = of_rows
        __sklearn_is_fitted__ = _fitted
        classes_ = classes

        def predict_proba(self, rows: Any) -> Floats:
            chances = _linked(model, raw)
            return np.column_stack([1 - chances, chances]) if chances.shape[1] == 1 else chances

        def predict(self, rows: Any) -> NDArray[Any]:
            chances = self.predict_proba(rows)
            named = np.asarray(classes)[np.argmax(chances, axis=1)]
            first, second = np.partition(chances, -2, axis=1)[:, [-1, -2]].T
            even = np.flatnonzero(first - second < TIE)
            if len(even):
                named[even] = np.ravel(model.native.predict(ask(even)))
            return np.asarray(named)

    return Regressor() if classes is None else Classifier()


def part_of(estimator: Any, rows: Any, part: NDArray[np.intp]) -> tuple[Any, Any]:
    """What is scored and the rows to hand to it, of some rows alone; one that was asked already is not asked again."""
    asked = getattr(estimator, "_of_rows", None)
    return estimator if asked is None else asked(part), read_table(rows).rows(part).native


def _fitted(_estimator: Any) -> bool:
    return True


def _linked(model: Model, raw: Floats) -> Floats:
    return raw if model.response is None else model.response.link(raw)


def _named(scoring: Any) -> dict[str, Any]:
    if scoring is None:
        return {"score": None}
    if isinstance(scoring, str):
        return {scoring: scoring}
    if isinstance(scoring, Mapping) and scoring:
        return {str(name): scorer for name, scorer in scoring.items()}
    if isinstance(scoring, Sequence) and scoring and all(isinstance(name, str) for name in scoring):
        return {name: name for name in scoring}
    if callable(scoring):
        return {getattr(scoring, "__name__", "score"): scoring}
    raise ArgumentTypeError(
        f"scoring must be None, a name, a function, a list of names or a mapping, got {type(scoring).__name__}."
    )


def _scorer(scorer: Any) -> Any:
    from sklearn.metrics import get_scorer, get_scorer_names

    if scorer is None:
        return _OwnScore()
    if isinstance(scorer, str):
        if scorer not in get_scorer_names():
            raise ParameterError(f"scoring: scikit-learn has no scorer {scorer!r}; see sklearn.metrics.")
        return get_scorer(scorer)
    if not callable(scorer):
        raise ArgumentTypeError(f"scoring: a scorer must be a name or a function, got {type(scorer).__name__}.")
    return scorer


class _OwnScore:
    """R² of a regressor, accuracy of a classifier."""

    __module__ = "sklearn.base"

    def __call__(self, estimator: Any, rows: Any, y: Any, **weights: Any) -> float:
        return float(estimator.score(rows, y, **weights))
