"""One layout for the trees of every library, and the calls into the kernels that read it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
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
    "Background",
    "Decision",
    "Forest",
    "Missing",
    "interventional_interactions",
    "interventional_shapley",
    "interventional_values",
    "path_dependent_interactions",
    "path_dependent_shapley",
    "path_dependent_values",
    "predict",
]

KEPT_PLAYER_MAPS = 4
MOST_ORDER = 6
MOST_PLAYERS = 2**31 - 1

Values = tuple[NDArray[np.float64], NDArray[np.float64]]
SetValues = tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


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
    return engine.predict(forest.native, _checked_rows(forest, rows), thread_count(threads))


def path_dependent_shapley(
    forest: Forest,
    rows: NDArray[np.float64],
    players: NDArray[np.integer[Any]] | None = None,
    *,
    n_players: int | None = None,
    exact: bool = False,
    threads: int | None = None,
) -> Values:
    """Shapley values of the players when absent ones follow the training rows' weights.

    A leaf with value v is worth ``v(S) = v · Π_{j∈S} b_j · Π_{j∉S} r_j`` to a set S of players: b_j says whether
    the row satisfies all of j's splits on the way to the leaf, r_j is the product of these splits' cover ratios
    ``cover(child) / (cover(left) + cover(right))`` (a half where both covers are 0). Exact for any depth.

    Parameters
    ----------
    rows : (n, n_features) float64, NaN = missing.
    players : (n_features,) the player of each column, 0 … n_players - 1; None = every column its own.
    n_players : None = one more than the largest player.
    exact : float64 throughout; otherwise float32 within a tree and float64 from tree to tree.
    threads : None = all processors this process may use.

    Returns
    -------
    values (n, n_players, outputs) and base (outputs,), in the unit of the leaves; ``base + values.sum(axis=1)`` is
    :func:`predict` up to 1e-10 of its scale if exact, else 1e-5. The same bits for any number of threads, or of
    rows a call.

    Raises
    ------
    InputError : the rows are not a float64 matrix with the forest's columns.
    ParameterError : the players are not one a column, or the threads not a whole number from 1.
    UnsupportedModelError : the forest's covers are negative, not finite or not recorded.

    Source
    ------
    Lundberg, Erion & Lee (2018), "Consistent individualized feature attribution for tree ensembles", section 3.
    """
    return path_dependent_values(
        Semivalue.SHAPLEY, forest, rows, players, n_players=n_players, exact=exact, threads=threads
    )


def path_dependent_values(
    semivalue: Semivalue,
    forest: Forest,
    rows: NDArray[np.float64],
    players: NDArray[np.integer[Any]] | None = None,
    *,
    n_players: int | None = None,
    exact: bool = False,
    threads: int | None = None,
) -> Values:
    """A semivalue of the game of :func:`path_dependent_shapley`, whose parameters, shapes and errors it has."""
    checked = _checked_rows(forest, rows)
    explainer = _path_dependent(forest, *_checked_players(forest, players, n_players), semivalue)
    return explainer.explain(checked, bool(exact), thread_count(threads)), explainer.base()


def path_dependent_interactions(
    forest: Forest,
    rows: NDArray[np.float64],
    players: NDArray[np.integer[Any]] | None = None,
    *,
    n_players: int | None = None,
    order: int = 2,
    exact: bool = False,
    threads: int | None = None,
) -> SetValues:
    """Shapley interaction values of pairs of players, or larger sets, for the game of :func:`path_dependent_shapley`.

    ``I_ij = Σ_{S ⊆ N∖{i,j}} |S|! (n−|S|−2)! / (n−1)! · (v(S ∪ {i,j}) − v(S ∪ i) − v(S ∪ j) + v(S))`` is the whole
    effect of a pair; a player's main effect is what is left of its Shapley value, ``φ_i − ½ Σ_j I_ij``. Sets that
    share no path of any tree have no interaction and are left out. Exact for any depth.

    For a larger order, sets of that many players get
    ``I_T = Σ_{S ⊆ N∖T} |S|! (n−|S|−|T|)! / (n−|T|+1)! · Σ_{L ⊆ T} (−1)^{|T|−|L|} v(S ∪ L)``, and smaller ones
    get what is left of theirs, so that all of it adds up to the prediction:
    ``Φ_S = Σ_{T ⊇ S, |T| ≤ order} B_{|T|−|S|} I_T`` with Bernoulli's numbers ``1, −½, ⅙, 0, −1/30`` (n-Shapley values).

    Parameters
    ----------
    rows : (n, n_features) float64, NaN = missing.
    players : (n_features,) the player of each column, 0 … n_players - 1; None = every column its own.
    n_players : None = one more than the largest player.
    order : 2 to 6, players in the largest sets.
    exact : float64 throughout; otherwise float32 within a tree and for the sums of up to 32 trees, float64 beyond.
    threads : None = all processors this process may use.

    Returns
    -------
    sets (m, order), smaller before larger, their players ascending and then -1; values (n, m, outputs), main (n,
    n_players, outputs) and base (outputs,), in the unit of the leaves. Base + the sum of main and values is
    :func:`predict` up to 1e-10 of its scale if exact, else 1e-5. The same bits for any number of threads, or of
    rows a call.

    Raises
    ------
    InputError : the rows are not a float64 matrix with the forest's columns.
    ParameterError : the players are not one a column, or the threads not a whole number from 1.
    UnsupportedModelError : the forest's covers are negative, not finite or not recorded; or its paths hold more than
        10 million sets of a size.

    Source
    ------
    Lundberg et al. (2020), "From local explanations to global understanding with explainable AI for trees", Methods,
    "SHAP interaction values", whose Φ_ij = Φ_ji = I_ij / 2; larger sets: Grabisch & Roubens (1999), "An axiomatic
    approach to the concept of interaction among players in cooperative games"; n-Shapley values: Bordt & von Luxburg
    (2023), "From Shapley values to generalized additive models and back".
    """
    checked = _checked_rows(forest, rows)
    explainer = _path_dependent(forest, *_checked_players(forest, players, n_players), Semivalue.SHAPLEY)
    return *_interactions(explainer, checked, order, exact, thread_count(threads)), explainer.base()


def _interactions(
    explainer: engine.PathDependent | engine.Background,
    rows: NDArray[np.float64],
    order: int,
    exact: bool,
    threads: int,
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Sets of all sizes as one, their values, and main effects."""
    if isinstance(order, bool) or not isinstance(order, int) or not 2 <= order <= MOST_ORDER:
        raise ParameterError(f"order is {order!r}; give a whole number of players from 2 to {MOST_ORDER}")
    try:
        by_size, main = explainer.interactions(rows, order, bool(exact), threads)
    except engine.ForestError as error:
        raise UnsupportedModelError(f"{error}; ask for a smaller order or group columns into fewer players") from error
    if len(by_size) == 1:
        return *by_size[0], main
    sets = [np.pad(sets, ((0, 0), (0, order - sets.shape[1])), constant_values=-1) for sets, _ in by_size]
    return np.concatenate(sets), np.concatenate([values for _, values in by_size], axis=1), main


def _path_dependent(
    forest: Forest, players: NDArray[np.int32], n_players: int, semivalue: Semivalue
) -> engine.PathDependent:
    """The explainer for these players; the last few are kept, with their tables."""
    kept, key = forest._explainers, (players.tobytes(), n_players, semivalue)
    explainer = kept.get(key)
    if explainer is None:
        try:
            explainer = engine.path_dependent(forest.native, players, n_players, semivalue)
        except engine.ForestError as error:
            raise UnsupportedModelError(
                f"path-dependent values need the training weight at every node, but {error}; give a background instead"
            ) from error
        kept[key] = explainer
        if len(kept) > KEPT_PLAYER_MAPS:
            kept.popitem(last=False)
    return explainer


class Background:
    """Weighted rows that stand for absent players, kept as counts of what each leaf sees of them.

    Built from chunks and merged, so the rows never need to be in memory together; one chunk or many give the same bits.
    While counts would take more memory than the rows, as for forests of deep trees, the rows are kept instead.

    Parameters
    ----------
    forest : the trees to explain.
    players : (n_features,) the player of each column, 0 … n_players - 1; None = every column its own.
    n_players : None = one more than the largest player.

    Raises
    ------
    ParameterError : the players are not one a column.
    UnsupportedModelError : the forest cannot be read, or a path has more than 4,096 players.
    """

    def __init__(
        self, forest: Forest, players: NDArray[np.integer[Any]] | None = None, *, n_players: int | None = None
    ) -> None:
        self.forest = forest
        self.players, self.n_players = _checked_players(forest, players, n_players)
        native = forest.native
        try:
            self._native = engine.background(native, self.players, self.n_players)
        except engine.ForestError as error:
            raise UnsupportedModelError(f"{error}; group columns into fewer players") from error

    def add(
        self, rows: NDArray[np.float64], weights: NDArray[np.float64] | None = None, *, threads: int | None = None
    ) -> Background:
        """Add rows (n, n_features), NaN = missing, with weights (n,) from 0, None = 1 each; returns itself.

        Raises
        ------
        InputError : rows or weights of the wrong shape or type, or a weight that is negative or not finite; nothing
            is added.
        ParameterError : another thread is using the background.
        """
        checked = _checked_rows(self.forest, rows)
        weights = np.ones(len(checked)) if weights is None else _checked_weights(weights, len(checked))
        count = thread_count(threads)
        with _exclusive():
            self._native.add(checked, weights, count)
        return self

    def merge(self, other: Background, *, threads: int | None = None) -> Background:
        """Add everything that another background of the same forest and players holds; returns itself.

        Raises
        ------
        ParameterError : the other background has another forest or other players, or one of the two is in use.
        """
        same_players = self.n_players == other.n_players and np.array_equal(self.players, other.players)
        if other is self:
            raise ParameterError("a background was merged with itself; add its rows again instead")
        if other.forest is not self.forest or not same_players:
            raise ParameterError(
                "backgrounds of different forests or players were merged; build both from the same ones"
            )
        with _exclusive():
            self._native.merge(other._native, thread_count(threads))
        return self

    @property
    def total(self) -> float:
        """Sum of the weights."""
        return self._native.total()

    @property
    def base(self) -> NDArray[np.float64]:
        """(outputs,) weighted mean prediction over the background."""
        self._check_not_empty()
        return self._native.base()

    def explain(
        self, rows: NDArray[np.float64], exact: bool, threads: int, semivalue: Semivalue
    ) -> NDArray[np.float64]:
        """(n, players, outputs) values of checked rows; :func:`interventional_values` is the way in."""
        self._check_not_empty()
        with _exclusive():
            return self._native.explain(rows, exact, threads, semivalue)

    def interactions(
        self, rows: NDArray[np.float64], order: int, exact: bool, threads: int
    ) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
        """Sets, values and main effects of checked rows; :func:`interventional_interactions` is the way in."""
        self._check_not_empty()
        with _exclusive():
            return _interactions(self._native, rows, order, exact, threads)

    def _check_not_empty(self) -> None:
        if not self.total > 0:
            raise ParameterError(f"the background has a total weight of {self.total:g}; add rows with positive weights")


def interventional_shapley(
    forest: Forest,
    rows: NDArray[np.float64],
    background: Background,
    *,
    exact: bool = False,
    threads: int | None = None,
) -> Values:
    """Shapley values of the players when absent ones take their values from background rows.

    ``v(S) = Σ_b w_b f(x_S, b_rest) / Σ_b w_b``, exactly. Up to 12 players on a path, a row costs the same for any
    number of background rows; beyond, the cost grows with the distinct patterns that the background shows at a leaf.

    Parameters
    ----------
    rows : (n, n_features) float64, NaN = missing.
    background : rows added to a :class:`Background` of this forest, which also says who the players are.
    exact : float64 throughout; otherwise float32 within a tree and float64 from tree to tree.
    threads : None = all processors this process may use.

    Returns
    -------
    values (n, players, outputs) and base (outputs,), the weighted mean prediction over the background, both in the
    unit of the leaves; ``base + values.sum(axis=1)`` is :func:`predict` up to 1e-10 of its scale if exact, else 1e-5.

    Raises
    ------
    InputError : the rows are not a float64 matrix with the forest's columns.
    ParameterError : the background is empty, of another forest, or being changed by another thread.

    Source
    ------
    Lundberg et al. (2020), "From local explanations to global understanding with explainable AI for trees", Methods;
    pattern tables: Nadel & Wettenstein (2025), "From decision trees to Boolean logic".
    """
    return interventional_values(Semivalue.SHAPLEY, forest, rows, background, exact=exact, threads=threads)


def interventional_values(
    semivalue: Semivalue,
    forest: Forest,
    rows: NDArray[np.float64],
    background: Background,
    *,
    exact: bool = False,
    threads: int | None = None,
) -> Values:
    """A semivalue of the game of :func:`interventional_shapley`, whose parameters, shapes and errors it has."""
    checked = _checked_rows(_of_background(forest, background), rows)
    return background.explain(checked, bool(exact), thread_count(threads), semivalue), background.base


def interventional_interactions(
    forest: Forest,
    rows: NDArray[np.float64],
    background: Background,
    *,
    order: int = 2,
    exact: bool = False,
    threads: int | None = None,
) -> SetValues:
    """Shapley interaction values of pairs of players, or larger sets, for the game of :func:`interventional_shapley`.

    The values and main effects of :func:`path_dependent_interactions`, with absent players taking their values from
    background rows. Up to 8 players on a path, a row costs the same for any number of background rows; beyond, the cost
    grows with the distinct patterns that the background shows at a leaf.

    Parameters
    ----------
    rows : (n, n_features) float64, NaN = missing.
    background : rows added to a :class:`Background` of this forest, which also says who the players are.
    order, exact, threads : as :func:`path_dependent_interactions`.

    Returns
    -------
    sets, values, main and base, as :func:`path_dependent_interactions`; base is the weighted mean prediction over the
    background.

    Raises
    ------
    InputError : the rows are not a float64 matrix with the forest's columns.
    ParameterError : the background is empty, of another forest, or being changed by another thread.
    UnsupportedModelError : the paths hold more than 10 million sets of a size.

    Source
    ------
    As :func:`path_dependent_interactions`.
    """
    checked = _checked_rows(_of_background(forest, background), rows)
    return *background.interactions(checked, order, exact, thread_count(threads)), background.base


def _of_background(forest: Forest, background: Background) -> Forest:
    if background.forest is not forest:
        raise ParameterError("the background was built for another forest; build it from the one that is explained")
    return forest


@contextmanager
def _exclusive() -> Iterator[None]:
    try:
        yield
    except engine.BusyError as error:
        raise ParameterError(
            "the background is being changed by another thread; wait for it, or build one a thread and merge them"
        ) from error


def _checked_rows(forest: Forest, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    if not isinstance(rows, np.ndarray) or rows.dtype != np.float64 or rows.ndim != 2:
        got = f"{rows.dtype}, {rows.ndim}-D" if isinstance(rows, np.ndarray) else type(rows).__name__
        raise InputError(f"rows must be a 2-D float64 array, got {got}; convert them first")
    if rows.shape[1] != forest.n_features:
        raise InputError(
            f"rows have {rows.shape[1]} columns where the forest has {forest.n_features} features; give one column each"
        )
    return np.ascontiguousarray(rows)


def _checked_weights(weights: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    if not isinstance(weights, np.ndarray) or weights.dtype != np.float64 or weights.shape != (n,):
        got = f"{weights.dtype} {weights.shape}" if isinstance(weights, np.ndarray) else type(weights).__name__
        raise InputError(f"weights must be float64 of shape {(n,)}, got {got}; give one number a row")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise InputError(f"a weight is {weights[~(weights >= 0) | np.isinf(weights)][0]}; give finite weights from 0")
    return np.ascontiguousarray(weights)


def _checked_players(
    forest: Forest, players: NDArray[np.integer[Any]] | None, n_players: int | None
) -> tuple[NDArray[np.int32], int]:
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
