"""LIME's values of many rows side by side, feature by feature: a column's bin, a column, or a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.core.errors import ParameterError
from pellucid.core.images import Images

__all__ = ["ExplanationMatrix"]


@dataclass(frozen=True, eq=False)
class ExplanationMatrix:
    """The entries of rows × features that are not zero; a feature that a row has twice, such as a word, is summed.

    Parameters
    ----------
    rows, features : (entries,) numbers of both.
    values : (entries, targets)
    names : of the features.
    """

    rows: NDArray[np.intp]
    features: NDArray[np.intp]
    values: NDArray[np.float64]
    names: tuple[str, ...]

    @classmethod
    def of(cls, explanation: Attribution, names: Sequence[Sequence[str]], *, method: str) -> ExplanationMatrix:
        """The matrix of an explanation.

        Parameters
        ----------
        names : for each row, one for each of its values; equal names are one feature.
        method : who asks, for the error.

        Raises
        ------
        ParameterError : images, whose regions have nothing to do with those of other images.
        """
        if isinstance(explanation.parted, Images):
            raise ParameterError(
                f"{method}: region 3 of one image is not region 3 of another, so images have no features in common; "
                f"look at single images with LIME."
            )
        numbers = {name: number for number, name in enumerate(dict.fromkeys(name for row in names for name in row))}
        rows = np.repeat(np.arange(len(names)), [len(row) for row in names])
        features = np.array([numbers[name] for row in names for name in row], dtype=np.intp)
        values = np.concatenate([explanation.values[i, : len(row)] for i, row in enumerate(names)])
        cells, which = np.unique(rows * len(numbers) + features, return_inverse=True)
        summed = np.zeros((len(cells), values.shape[1]))
        np.add.at(summed, which, values)
        rows, features = np.divmod(cells, len(numbers))
        used = summed.any(axis=1)
        return cls(rows[used], features[used], summed[used], tuple(numbers))
