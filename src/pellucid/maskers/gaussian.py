"""Absent numbers are drawn from the Gaussian that goes with the present ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ColumnsError, InputError, ParameterError
from pellucid.core.masker import MaskedBatch, Masker
from pellucid.core.rng import generator
from pellucid.core.tables import Table, read_table

__all__ = ["Gaussian"]

Floats = NDArray[np.float64]


class Gaussian(Masker):
    """The conditional masker for tables of numbers: ``v(S) = E[f(X) | X_S = x_S]`` with X Gaussian.

    With mean μ and covariance Σ of the rows, absent columns A given present ones P are
    ``N(μ_A + Σ_AP Σ_PP⁻¹ (x_P − μ_P), Σ_AA − Σ_AP Σ_PP⁻¹ Σ_PA)``. The same standard normal draws, in pairs z and −z,
    serve all coalitions and rows: a linear model is averaged exactly, and differences between coalitions are not
    blurred by other draws.

    Values then credit a column with what it tells about the others: one that the model never reads can have a value.

    Parameters
    ----------
    rows : what mean and covariance are taken from; at least two rows of numbers, none missing.
    draws : for each row and coalition; an even number.
    seed : of the draws.

    Raises
    ------
    ColumnsError : a column that holds no numbers.
    InputError : missing values, or fewer than two rows.
    ParameterError : an odd or too small number of draws.

    Source
    ------
    Aas, Jullum & Løland (2021), "Explaining individual predictions when features are dependent: More accurate
    approximations to Shapley values", Artificial Intelligence 298, 103502, section 3.1.
    """

    one_base = True

    def __init__(self, rows: Any, draws: int = 100, seed: int = 0) -> None:
        if not isinstance(draws, int) or draws < 2 or draws % 2:
            raise ParameterError(f"draws must be an even number from 2, got {draws!r}.")
        self.table = read_table(rows, what="background")
        self.draws, self.seed = draws, seed
        numbers = _numbers(self.table, "background")
        if len(numbers) < 2:
            raise InputError("background: a covariance needs at least two rows, got one; pass more.")
        self._mean, self._covariance = numbers.mean(axis=0), np.atleast_2d(np.cov(numbers, rowvar=False))
        half = generator(seed, "Gaussian").standard_normal((draws // 2, numbers.shape[1]))
        self._normal = np.concatenate([half, -half])

    @property
    def example(self) -> Table:
        """The rows that mean and covariance are taken from."""
        return self.table

    def players(self, row: Table) -> tuple[str, ...]:
        """The row's columns."""
        return row.names

    def inputs(self, rows: Table, coalitions: NDArray[np.bool_], *, batch_size: int) -> Iterator[MaskedBatch]:
        """Coalition by coalition, every row with its draws; a complete row is asked about once."""
        x = _numbers(rows, "rows")
        for number, present in enumerate(coalitions):
            draws = 1 if present.all() else self.draws
            row = np.repeat(np.arange(len(rows)), draws)
            absent = np.flatnonzero(~present)
            mean, noise = self._given(x, present)
            drawn = np.repeat(mean, draws, axis=0) + np.tile(noise[:draws], (len(rows), 1))
            for start in range(0, len(row), batch_size):
                part = slice(start, start + batch_size)
                columns = {int(j): drawn[part, i] for i, j in enumerate(absent)}
                inputs = rows.rows(row[part])
                yield MaskedBatch(
                    inputs.with_numbers(columns) if columns else inputs,
                    row[part] * len(coalitions) + number,
                    np.full(len(row[part]), 1 / draws),
                )

    def describe(self) -> Mapping[str, object]:
        """``rows``, ``fingerprint``, and how absent columns are drawn."""
        how = f"Gaussian given the present columns, {self.draws} draws, seed {self.seed}"
        return {"rows": len(self.table), "fingerprint": self.table.fingerprint(), "weighted": False, "absent": how}

    def _given(self, x: Floats, present: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """(rows, absent) conditional means, and (draws, absent) what is added to them."""
        here, gone = np.flatnonzero(present), np.flatnonzero(~present)
        across = self._covariance[np.ix_(gone, here)]
        slopes = across @ np.linalg.pinv(self._covariance[np.ix_(here, here)], hermitian=True)
        left = self._covariance[np.ix_(gone, gone)] - slopes @ across.T
        mean = self._mean[gone] + (x[:, here] - self._mean[here]) @ slopes.T
        return mean, self._normal[:, gone] @ _root(left)


def _root(covariance: Floats) -> Floats:
    """The symmetric root, of a matrix that may be singular or, by rounding, a little less than positive."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def _numbers(table: Table, what: str) -> Floats:
    for name, kind in zip(table.names, table.kinds, strict=True):
        if kind != "number":
            raise ColumnsError(
                f"{what}: column {name!r} holds no numbers, which Gaussian needs; use Neighbours instead."
            )
    numbers = table.numbers()
    if not np.isfinite(numbers).all():
        row, column = np.argwhere(~np.isfinite(numbers))[0]
        raise InputError(
            f"{what}: row {row} has no number in column {table.names[column]!r}, which Gaussian needs; fill it in, or "
            f"use Neighbours."
        )
    return numbers
