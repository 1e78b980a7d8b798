"""Importance: how much each input matters overall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.explanation import Explanation, as_float, check_shape
from pellucid.core.ranks import rank_agreement, ranks
from pellucid.core.receipt import Receipt
from pellucid.core.storage import Arrays

__all__ = ["OWN_UNIT", "PER_UNIT", "SHARE", "Importance"]

#: units of measures that are set side by side: shares of each one's sum, or each in what it is measured in
SHARE, OWN_UNIT = "share", "its own unit"
#: end of the unit of weights, which cannot be compared where features have units of their own
PER_UNIT = " per unit"


@dataclass(frozen=True, eq=False, repr=False)
class Importance(Explanation):
    """One number a feature and target, with its standard error.

    Parameters
    ----------
    values : (features, targets), in ``receipt.unit``.
    stderr : same shape; nan where one cannot be given.
    feature_names : names along the first axis.
    row_stderr : same shape, the standard error over rows, where ``stderr`` is one over repeats on the same rows; None
        where it was not asked for.
    """

    values: NDArray[np.float64]
    stderr: NDArray[np.float64]
    feature_names: tuple[str, ...]
    row_stderr: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        shape = (len(self.feature_names), len(self.target_names))
        for name in ("values", "stderr", *(["row_stderr"] if self.row_stderr is not None else [])):
            object.__setattr__(self, name, as_float(getattr(self, name)))
            check_shape("Importance", name, getattr(self, name), shape)

    @classmethod
    def of_sizes(cls, receipt: Receipt, sizes: NDArray[np.float64], names: tuple[str, ...]) -> Importance:
        """The mean of |values| (rows, features, targets) over the rows, with the standard error of that mean."""
        spread = sizes.std(axis=0, ddof=1) / np.sqrt(len(sizes)) if len(sizes) > 1 else np.full(sizes.shape[1:], np.nan)
        return cls(receipt, values=sizes.mean(axis=0), stderr=spread, feature_names=names)

    def __len__(self) -> int:
        return len(self.feature_names)

    @property
    def error(self) -> NDArray[np.float64]:
        """(features, targets) standard error over repeats and rows together; nan where none can be given."""
        return self.stderr if self.row_stderr is None else np.hypot(np.nan_to_num(self.stderr), self.row_stderr)

    @property
    def are_weights(self) -> bool:
        """Whether the values are a model's weights: they have signs, and no sum means anything."""
        return self.unit.endswith(PER_UNIT)

    @property
    def are_measures(self) -> bool:
        """Whether the targets measure the same thing in several ways, so that their orders can be compared."""
        return self.unit in (SHARE, OWN_UNIT)

    def ranking(self, target: int = 0) -> list[str]:
        """Feature names, the most important first."""
        return [self.feature_names[j] for j in np.argsort(-self.values[:, target], kind="stable")]

    def ranks(self) -> NDArray[np.float64]:
        """(features, targets) the place of each feature by each target, 1 the largest; equal ones share their mean."""
        return ranks(self.values)

    def agreement(self, kind: str = "kendall") -> NDArray[np.float64]:
        """(targets, targets) rank correlation between the targets' orders: Kendall's τ_b, or ``"spearman"``.

        Raises
        ------
        ParameterError : another kind.
        """
        return rank_agreement(self.values, kind)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """``feature``, ``target``, ``importance``, ``stderr``, perhaps ``row stderr``; a line a feature and target."""
        f, t = self.values.shape
        return {
            "feature": np.repeat(np.array(self.feature_names, dtype=object), t),
            "target": np.array(list(self.target_names) * f, dtype=object),
            "importance": self.values.ravel(),
            "stderr": self.stderr.ravel(),
            **({} if self.row_stderr is None else {"row stderr": self.row_stderr.ravel()}),
        }

    def default_plot(self) -> str:
        return "side_by_side" if self.are_measures and len(self.target_names) > 1 else "bar"

    def _repr_html_(self) -> str:
        return f"{self.table()._repr_html_()}{super()._repr_html_()}"

    def pack(self) -> tuple[dict[str, object], Arrays]:
        return {"feature_names": list(self.feature_names)}, self._arrays()

    @classmethod
    def unpack(cls, receipt: Receipt, meta: Mapping[str, Any], arrays: Arrays) -> Importance:
        return cls(receipt, arrays["values"], arrays["stderr"], tuple(meta["feature_names"]), arrays.get("row_stderr"))

    def _arrays(self) -> Arrays:
        arrays: Arrays = {"values": self.values, "stderr": self.stderr}
        return arrays if self.row_stderr is None else {**arrays, "row_stderr": self.row_stderr}
