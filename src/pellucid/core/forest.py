"""One layout for the trees of every library; the calls into the kernels that read it lie beside it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, fields
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import InputError, ParameterError, UnsupportedModelError
from pellucid.core.native import engine, thread_count
from pellucid.core.semivalue import Semivalue

__all__ = [
    "Decision",
    "Forest",
    "Missing",
    "check_rows",
    "checked_players",
    "checked_precision",
    "checked_rows",
    "checked_weights",
    "predict",
]

MOST_PLAYERS = 2**31 - 1
#: leaves up to here leave room in float32 for sums over 32 trees of what sets of six players do together
LARGEST_LEAF = 1e34


class Decision(IntEnum):
    """When a present value goes to the left child."""

    LESS_F32 = 0  #: float32(x) < threshold (XGBoost)
    LESS_EQUAL_F32 = 1  #: float32(x) <= threshold (scikit-learn trees, CatBoost)
    LESS_EQUAL_F64 = 2  #: x <= threshold (LightGBM, HistGradientBoosting)
    IN_SET = 3  #: category in the node's set goes left, any other right (LightGBM)
    NOT_IN_SET = 4  #: category in the node's set goes right, any other left (XGBoost)


class Missing(IntEnum):
    """Which values count as missing and follow the node's default side."""

    NAN = 0  #: NaN is missing
    NAN_IS_ZERO = 1  #: nothing is missing: NaN is read as 0 (LightGBM missing_type None)
    ZERO = 2  #: NaN and |x| <= 1e-35 are missing (LightGBM zero_as_missing)


@dataclass(frozen=True, eq=False)
class Forest:
    """A sum of trees: ``f(x)[o] = base[o] + Σ_trees leaf value(x)``.

    All nodes of all trees lie one after another; children are absolute node numbers. A tree whose leaves
    hold one number adds it to the output ``tree_output[t]``; ``-1`` means that its leaves hold a vector, one number an
    output. Averages (a random forest's) are folded into the values when a model is read.
    """

    feature: NDArray[np.int32]  #: (nodes,) column tested, -1 at a leaf
    threshold: NDArray[np.float64]  #: (nodes,)
    left: NDArray[np.int32]  #: (nodes,) absolute; -1 at a leaf
    right: NDArray[np.int32]  #: (nodes,) absolute; -1 at a leaf
    decision: NDArray[np.uint8]  #: (nodes,) a :class:`Decision`
    missing: NDArray[np.uint8]  #: (nodes,) a :class:`Missing`
    default_left: NDArray[np.bool_]  #: (nodes,) side of a missing value
    cover: NDArray[np.float64]  #: (nodes,) weight of the training rows that reached the node
    value: NDArray[np.float64]  #: (nodes, width) width 1, or the number of outputs; read at leaves only
    set_start: NDArray[np.int64]  #: (nodes + 1,) first word of the node's category set in ``set_words``
    set_words: NDArray[np.uint32]  #: category sets as bits: category c is bit c % 32 of word c // 32
    roots: NDArray[np.int32]  #: (trees,) node number of each root
    tree_output: NDArray[np.int32]  #: (trees,) output of a width-1 tree, -1 where leaves are vectors
    base: NDArray[np.float64]  #: (outputs,)
    n_features: int

    @property
    def n_trees(self) -> int:
        return len(self.roots)

    @property
    def n_outputs(self) -> int:
        return len(self.base)

    @cached_property
    def native(self) -> engine.Forest:
        """The packed forest that the kernels read, checked when it is made.

        Raises
        ------
        UnsupportedModelError : the arrays are no forest: a cycle, a shared or missing node, a child or feature out of
            range, a NaN threshold, an infinite leaf …
        """
        try:
            return engine.pack(
                **{name: self._array(name, dtype) for name, dtype in _DTYPES.items()}, n_features=self.n_features
            )
        except engine.ForestError as error:
            raise UnsupportedModelError(
                f"the trees of this model cannot be read, because {error}; save the model anew with its own library"
            ) from error

    def _array(self, name: str, dtype: type[np.generic]) -> NDArray[Any]:
        array = getattr(self, name)
        ndim = 2 if name == "value" else 1
        if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != ndim:
            got = f"{array.dtype}, {array.ndim}-D" if isinstance(array, np.ndarray) else type(array).__name__
            raise UnsupportedModelError(
                f"the forest's {name} must be a {ndim}-D {dtype.__name__} array, got {got}; convert it first"
            )
        return np.ascontiguousarray(array)

    @cached_property
    def _largest_leaf(self) -> float:
        leaves = self.value[self.feature < 0]
        return float(max(leaves.max(initial=0.0), -leaves.min(initial=0.0)))

    @cached_property
    def _own_players(self) -> NDArray[np.int32]:
        return np.arange(self.n_features, dtype=np.int32)

    @cached_property
    def _explainers(self) -> OrderedDict[tuple[bytes, int, Semivalue], engine.PathDependent]:
        return OrderedDict()

    def __getstate__(self) -> dict[str, Any]:
        """The arrays alone: what the engine made of them stays in its process."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


_DTYPES: dict[str, type[np.generic]] = {
    "feature": np.int32,
    "threshold": np.float64,
    "left": np.int32,
    "right": np.int32,
    "decision": np.uint8,
    "missing": np.uint8,
    "default_left": np.bool_,
    "cover": np.float64,
    "value": np.float64,
    "set_start": np.int64,
    "set_words": np.uint32,
    "roots": np.int32,
    "tree_output": np.int32,
    "base": np.float64,
}


def predict(forest: Forest, rows: NDArray[np.float64], *, threads: int | None = None) -> NDArray[np.float64]:
    """Route every row through every tree and add up the leaves in float64.

    Parameters
    ----------
    rows : (n, n_features) float64, NaN = missing.
    threads : None = all processors this process may use.

    Returns
    -------
    (n, outputs) ``base + Σ_trees leaf value``, in the unit of the leaves; the same bits for any number of threads.

    Raises
    ------
    InputError : the rows are not a float64 matrix with the forest's columns.
    """
    return engine.predict(forest.native, checked_rows(forest, rows), thread_count(threads))


def check_rows(forest: Forest, rows: NDArray[np.float64]) -> None:
    """Raise InputError unless the rows are a float64 matrix with the forest's columns."""
    if not isinstance(rows, np.ndarray) or rows.dtype != np.float64 or rows.ndim != 2:
        got = f"{rows.dtype}, {rows.ndim}-D" if isinstance(rows, np.ndarray) else type(rows).__name__
        raise InputError(f"rows must be a 2-D float64 array, got {got}; convert them first")
    if rows.shape[1] != forest.n_features:
        raise InputError(
            f"rows have {rows.shape[1]} columns where the forest has {forest.n_features} features; give one column each"
        )


def checked_rows(forest: Forest, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rows one after another in memory; errors as :func:`check_rows`."""
    check_rows(forest, rows)
    return np.ascontiguousarray(rows)


def checked_weights(weights: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """(n,) weights of rows; raises InputError unless they are finite numbers from 0, one a row."""
    if not isinstance(weights, np.ndarray) or weights.dtype != np.float64 or weights.shape != (n,):
        got = f"{weights.dtype} {weights.shape}" if isinstance(weights, np.ndarray) else type(weights).__name__
        raise InputError(f"weights must be float64 of shape {(n,)}, got {got}; give one number a row")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise InputError(f"a weight is {weights[~(weights >= 0) | np.isinf(weights)][0]}; give finite weights from 0")
    return np.ascontiguousarray(weights)


def checked_precision(forest: Forest, exact: bool) -> bool:
    """Whether to compute in float64 throughout; raises ParameterError where leaves are too large for float32."""
    if not exact and forest._largest_leaf > LARGEST_LEAF:
        raise ParameterError(
            f"a leaf holds {forest._largest_leaf:.4g} where sums in float32 have room for leaves up to "
            f"{LARGEST_LEAF:g}; pass exact=True, which sums in float64."
        )
    return bool(exact)


def checked_players(
    forest: Forest, players: NDArray[np.integer[Any]] | None, n_players: int | None
) -> tuple[NDArray[np.int32], int]:
    """The player of each column, and how many there are; raises ParameterError unless there is one a column."""
    if players is None:
        players = forest._own_players
    if not isinstance(players, np.ndarray) or players.dtype.kind not in "iu" or players.shape != (forest.n_features,):
        got = f"{players.dtype} {players.shape}" if isinstance(players, np.ndarray) else type(players).__name__
        raise ParameterError(
            f"players must be whole numbers of shape {(forest.n_features,)}, got {got}; give one a column"
        )
    smallest, largest = (int(players.min()), int(players.max())) if players.size else (0, -1)
    count = largest + 1 if n_players is None else int(n_players)
    if smallest < 0 or largest >= min(count, MOST_PLAYERS):
        raise ParameterError(
            f"players run from {smallest} to {largest}; number them from 0 to {min(count, MOST_PLAYERS) - 1}"
        )
    return np.ascontiguousarray(players, dtype=np.int32), count
