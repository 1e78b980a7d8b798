"""An estimator trained anew on part of the rows and tried on others, many times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ArgumentTypeError, InputError, ModelFailedError
from pellucid.core.model import Model
from pellucid.core.tables import Table
from pellucid.models import as_model
from pellucid.performance.judged import Labels, score_classes, scoring

__all__ = ["check_trainable", "shuffled_splits", "trained"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]
Split = tuple[Numbers, Numbers]


def check_trainable(estimator: Any) -> None:
    """Raise ArgumentTypeError for what cannot be cloned and trained."""
    if not (hasattr(estimator, "fit") and hasattr(estimator, "get_params")) or isinstance(estimator, type):
        raise ArgumentTypeError(
            f"refit=True trains an estimator anew on each split, and {type(estimator).__name__} has no fit and "
            f"get_params; pass refit=False to judge it as it is."
        )


def shuffled_splits(truth: Numbers, labels: Labels, given: Any, *, n_splits: int, test_size: float, seed: int) -> Any:
    """Pairs of numbers of training and of test rows.

    Parameters
    ----------
    given : a splitter of scikit-learn's, or pairs; None draws ``n_splits`` in which every class has its share.

    Raises
    ------
    InputError : a class is absent from either part of a split.
    """
    from sklearn.model_selection import StratifiedShuffleSplit

    splitter = StratifiedShuffleSplit(n_splits, test_size=test_size, random_state=seed) if given is None else given
    try:
        drawn = splitter.split(np.zeros((len(truth), 1)), truth) if hasattr(splitter, "split") else splitter
        pairs = [(np.asarray(train), np.asarray(test)) for train, test in drawn]
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{len(truth):,} rows with {_census(truth, labels)} cannot be split like this: "
            f"{' '.join(str(error).split()).rstrip('.')}; pass more rows or another test_size."
        ) from error
    for number, pair in enumerate(pairs):
        for part, rows in zip(("training", "test"), pair, strict=True):
            absent = np.setdiff1d(truth, truth[rows])
            if len(absent):
                raise InputError(
                    f"split {number}: class {labels[absent[0]]!r} is absent from the {part} rows ({len(rows):,} of "
                    f"{len(truth):,}; y has {_census(truth, labels)}); pass more rows of it or another test_size."
                )
    return pairs


def trained(
    estimator: Any, table: Table, labels: Labels, truth: Numbers, weights: Floats | None, splits: Iterable[Split]
) -> Iterator[tuple[Model, Floats, Numbers]]:
    """For each split a model trained on its first rows, its (rows, classes) scores of the second, and these rows.

    Raises
    ------
    ModelFailedError : the estimator raised while it was trained.
    """
    from sklearn.base import clone

    named = np.asarray(labels)
    for number, (train, test) in enumerate(splits):
        copy = clone(estimator)
        extra = {} if weights is None else {"sample_weight": weights[train]}
        try:
            copy.fit(_given(table.rows(train)), named[truth[train]], **extra)
        except Exception as error:  # whatever a foreign estimator raises becomes one sentence
            raise ModelFailedError(
                f"{type(estimator).__name__} raised {type(error).__name__} while it was trained on split {number}: "
                f"{' '.join(str(error).split()).rstrip('.')}; check that it can be trained on these rows by itself."
            ) from error
        model = scoring(as_model(copy))
        yield model, score_classes(model, model.table(table.rows(test)), len(labels)), test


def _given(table: Table) -> Any:
    return table.native.to_pandas() if table.backend == "pyarrow" else table.given()


def _census(truth: Numbers, labels: Labels) -> str:
    counts = np.bincount(truth, minlength=len(labels))
    return ", ".join(f"{number:,} of {label!r}" for label, number in zip(labels, counts.tolist(), strict=True))
