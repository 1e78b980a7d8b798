"""Interactions: what inputs do together, beyond what each of them does alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.core.errors import ColumnsError, ParameterError
from pellucid.core.explanation import Explanation, as_float, check_shape
from pellucid.core.importance import Importance
from pellucid.core.receipt import Receipt
from pellucid.core.rowwise import backend_of, one_target, pack_rows, some_rows, unpack_data
from pellucid.core.selection import column_number, row_numbers
from pellucid.core.storage import Arrays
from pellucid.core.tables import Table

__all__ = ["Interactions", "told_apart"]

ARRAYS = ("values", "main", "base", "stderr", "main_stderr")
SHOWN = 10
NO_FEATURE = -1


@dataclass(frozen=True, eq=False, repr=False)
class Interactions(Explanation):
    """Interaction values of sets of features, sparse: ``f(x) = base + Σ main + Σ values`` where the receipt says so.

    Sets that are not listed have no interaction. A set's value is its whole effect; in the matrix of the field,
    :meth:`dense`, a pair's is shared between its two places.

    Parameters
    ----------
    index : (m, k) column numbers of each set of up to k features, in ascending order; -1 fills smaller sets up.
    values : (rows, m, targets), in ``receipt.unit``.
    main : (rows, features, targets) what each feature does alone.
    base : (rows, targets) where the sum starts.
    data : the explained rows with their original categories.
    feature_names : names along the second axis of ``main``.
    stderr, main_stderr : of the same shapes as ``values`` and ``main``, where these are sampled.

    Examples
    --------
    ``ex[3]`` is the fourth row, ``ex.target("fraud")`` one target, ``ex.pair("age", "income")`` one pair's values.
    """

    index: NDArray[np.int32]
    values: NDArray[np.float64]
    main: NDArray[np.float64]
    base: NDArray[np.float64]
    feature_names: tuple[str, ...]
    data: Table | None = None
    stderr: NDArray[np.float64] | None = None
    main_stderr: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        index = np.asarray(self.index, dtype=np.int32).view()
        index.flags.writeable = False
        object.__setattr__(self, "index", index)
        check_shape("Interactions", "index", index, (None, None))
        for name in ("values", "main", "base"):
            object.__setattr__(self, name, as_float(getattr(self, name)))
        rows, features, targets = len(self.values), len(self.feature_names), len(self.target_names)
        check_shape("Interactions", "values", self.values, (rows, len(index), targets))
        check_shape("Interactions", "main", self.main, (rows, features, targets))
        check_shape("Interactions", "base", self.base, (rows, targets))
        for name, of in (("stderr", self.values), ("main_stderr", self.main)):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, as_float(getattr(self, name)))
                check_shape("Interactions", name, getattr(self, name), of.shape)
        if len(index) and (index[:, 0].min() < 0 or index.min() < NO_FEATURE or index.max() >= features):
            raise ParameterError(
                f"Interactions: the index runs from {index.min()} to {index.max()} and there are {features} features."
            )

    def __len__(self) -> int:
        return len(self.values)

    @property
    def order(self) -> int:
        """Features in the largest sets: 2 for pairs."""
        return int(self.index.shape[1])

    @property
    def sizes(self) -> NDArray[np.intp]:
        """(m,) features in each set."""
        return np.asarray((self.index != NO_FEATURE).sum(axis=1))

    @property
    def predictions(self) -> NDArray[np.float64]:
        """(rows, targets) base + Σ main + Σ values: the model's prediction where completeness holds."""
        return np.asarray(self.base + self.main.sum(axis=1) + self.values.sum(axis=1))

    def __getitem__(self, rows: object) -> Interactions:
        """Rows: ``ex[3]``, ``ex[10:20]``, ``ex[mask]``; all axes stay."""
        return some_rows(self, row_numbers(rows, len(self)), ARRAYS)

    def target(self, name: str | int) -> Interactions:
        """One target, by name or number; the target axis stays, with length one.

        Raises
        ------
        ParameterError : there is no such target.
        """
        return one_target(self, name, ARRAYS)

    def pair(self, first: str | int, second: str | int) -> NDArray[np.float64]:
        """(rows, targets) the whole effect of two features, in either order; 0 where they have none together.

        Raises
        ------
        ColumnsError : there is no such feature, or it was named twice.
        """
        return self.effect(first, second)

    def effect(self, *features: str | int) -> NDArray[np.float64]:
        """(rows, targets) what these features do together, in any order; of one, what it does alone.

        Raises
        ------
        ColumnsError : there is no such feature, or it was named twice.
        ParameterError : no feature was named, or more than the largest sets have.
        """
        numbers = sorted(column_number(name, self.feature_names) for name in features)
        if len(set(numbers)) < len(numbers):
            twice = next(self.feature_names[j] for j in numbers if numbers.count(j) > 1)
            raise ColumnsError(f"pair: {twice!r} was named twice; its own effect is in main.")
        if not 0 < len(numbers) <= max(self.order, 1):
            raise ParameterError(
                f"effect: {len(numbers)} features were named and sets have 1 to {self.order}; name as many, or ask the "
                f"method for a larger order."
            )
        if len(numbers) == 1:
            return self.main[:, numbers[0]]
        wanted = [NO_FEATURE] * (self.order - len(numbers)) + numbers
        found = np.flatnonzero((np.sort(self.index, axis=1) == wanted).all(axis=1))
        return np.asarray(self.values[:, found].sum(axis=1))

    def as_attribution(self) -> Attribution:
        """Every set as an input of its own, after the single features: for streams, reducers and plain tables."""
        settings = {**self.receipt.settings, "order": self.order}
        return Attribution(
            replace(self.receipt, settings=settings),
            values=np.concatenate([self.main, self.values], axis=1),
            base=self.base,
            stderr=None
            if self.stderr is None or self.main_stderr is None
            else np.concatenate([self.main_stderr, self.stderr], axis=1),
            data=self.data,
            feature_names=(*self.feature_names, *self.set_names()),
        )

    def dense(self) -> NDArray[np.float64]:
        """(rows, features, features, targets): Φ as Lundberg et al. (2020) have it.

        Half of each pair's value stands at each of its two places, main effects on the diagonal, so that a line sums to
        the feature's Shapley value.

        Raises
        ------
        ParameterError : these interactions are not of pairs alone.
        """
        if self.order != 2:
            raise ParameterError(f"dense: there are sets of {self.order} features; ask for interactions of order 2.")
        n, features, targets = self.main.shape
        full = np.zeros((n, features, features, targets))
        i, j = self.index.T
        full[:, i, j] = full[:, j, i] = self.values / 2
        full[:, np.arange(features), np.arange(features)] = self.main
        return full

    def importance(self) -> Importance:
        """Mean |value| of each set over the rows, with its standard error; named ``"age × income"``."""
        return Importance.of_sizes(self.receipt, np.abs(self.values), self.set_names())

    def strongest(self, n: int = SHOWN, target: int = 0) -> list[tuple[str, ...]]:
        """Names of the sets with the largest mean |value| for a target, the strongest first."""
        sizes = np.abs(self.values[:, :, target]).mean(axis=0)
        return [self.names_of(m) for m in np.argsort(-sizes, kind="stable")[:n]]

    def set_names(self) -> tuple[str, ...]:
        """One name a set, such as ``"age × income"``."""
        return tuple(" × ".join(self.names_of(m)) for m in range(len(self.index)))

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """``row``, ``target``, ``feature 1`` … ``feature k``, ``interaction``; one line a row, set and target."""
        n, m, t = self.values.shape
        names = np.array([*self.feature_names, None], dtype=object)  # None stands where a set has no such place
        sets = {
            f"feature {place + 1}": np.tile(np.repeat(names[self.index[:, place]], t), n) for place in range(self.order)
        }
        targets = np.array(list(self.target_names) * (n * m), dtype=object)
        return {"row": np.repeat(np.arange(n), m * t), "target": targets, **sets, "interaction": self.values.ravel()}

    def default_plot(self) -> str:
        return "interactions"

    def pack(self) -> tuple[dict[str, object], Arrays]:
        return pack_rows(self, ("index", *ARRAYS))

    @classmethod
    def unpack(cls, receipt: Receipt, meta: Mapping[str, Any], arrays: Arrays) -> Interactions:
        return cls(
            receipt,
            index=arrays["index"],
            values=arrays["values"],
            main=arrays["main"],
            base=arrays["base"],
            feature_names=tuple(meta["feature_names"]),
            data=unpack_data(meta, arrays),
            stderr=arrays.get("stderr"),
            main_stderr=arrays.get("main_stderr"),
        )

    def names_of(self, number: int) -> tuple[str, ...]:
        """Names of the features of one set."""
        return tuple(self.feature_names[j] for j in self.index[number] if j != NO_FEATURE)

    def _backend(self) -> str | None:
        return backend_of(self)

    def _headline(self) -> str:
        shape = " × ".join(f"{length:,}" for length in self.values.shape)
        return f"Interactions by {self.receipt.method}: {shape} (rows × sets × targets) in {self.unit}"


def told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """Names of which none comes twice: the second "good" of a text is "good (2)"."""
    found: list[str] = []
    for name in names:
        times = 1
        while (numbered := name if times == 1 else f"{name} ({times})") in found:
            times += 1
        found.append(numbered)
    return tuple(found)
