"""One layout for the trees of every library, and the calls into the kernels that read it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["Decision", "Forest", "Missing"]


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
