"""Effects by the kernels against mean predictions of changed rows, point by point."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from tests.native import forests, laws
from tests.native.laws import PATHS, seeds, shapes, some_players

from pellucid.core import native
from pellucid.core.errors import InputError, ParameterError
from pellucid.core.forest import Decision, predict
from pellucid.core.forest_effects import (
    Domain,
    ForestEffects,
    individual,
    left_out,
    positions,
    predict_trees,
    thresholds,
)

SHAPES = shapes(depth=(0, 7), zero_covers=False)
close = partial(laws.close, tolerance=1e-11)


def steps(forest, feature):
    """A point in each piece of a column, and the missing value."""
    points = np.concatenate([thresholds(forest, feature), [np.inf, np.nan]])
    return Domain(feature, points[:, np.newaxis], ascending=True)


def mean(forest, rows, weights, columns, values):
    changed = rows.copy()
    changed[:, columns] = values
    return weights @ predict(forest, changed) / weights.sum()


@settings(max_examples=60, deadline=None)
@given(SHAPES, seeds)
def test_curves_are_mean_predictions_at_every_point(shape, seed):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, **shape)
    rows = forests.random_rows(rng, 30, forest.n_features)
    weights = rng.uniform(0, 2, len(rows))
    effects = ForestEffects(forest).add(rows, weights)
    domains = [steps(forest, f) for f in range(forest.n_features)]
    close(effects.base, weights @ predict(forest, rows) / weights.sum())
    assert effects.total == pytest.approx(weights.sum())
    for f, curve in enumerate(effects.curves(domains)):
        close(curve, [mean(forest, rows, weights, [f], point) for point in domains[f].points])


@settings(max_examples=60, deadline=None)
@given(SHAPES, seeds)
def test_no_split_changes_its_answer_within_a_piece(shape, seed):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, **shape)
    rows = forests.random_rows(rng, 60, forest.n_features)
    for f in range(forest.n_features):
        points = steps(forest, f).points[:, 0]
        same = rows.copy()
        same[:, f] = points[positions(thresholds(forest, f), rows[:, f])]
        np.testing.assert_array_equal(predict(forest, rows), predict(forest, same))


@pytest.mark.parametrize("decision", [Decision.LESS_F32, Decision.LESS_EQUAL_F32])
@pytest.mark.parametrize("t", [0.0, 0.1, -3.5, 1e-45, 3.4028234663852886e38, -3.4028234663852886e38, np.inf, -np.inf])
def test_an_edge_is_the_last_double_on_its_side_of_a_float_threshold(decision, t):
    b = forests.Builder(1, 1)
    split = b.split(0, float(np.float32(t)), decision=decision)
    b.tree(b.link(split, b.leaf(1.0), b.leaf(2.0)))
    forest = b.forest()
    edges = thresholds(forest, 0)
    assert len(edges) <= 1
    for edge in edges:
        beyond = np.nextafter(edge, np.inf)
        assert predict(forest, np.array([[edge], [beyond]])).tolist() == [[1.0], [2.0]]


@settings(max_examples=40, deadline=None)
@given(SHAPES, seeds)
def test_groups_of_columns_are_looked_at_together(shape, seed):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, **shape)
    players = some_players(rng, forest.n_features)
    rows = forests.random_rows(rng, 20, forest.n_features)
    weights = np.ones(len(rows))
    effects = ForestEffects(forest, players).add(rows)
    groups = [np.flatnonzero(players == p) for p in range(players.max() + 1)]
    domains = [Domain(p, forests.random_rows(rng, 5, len(group))) for p, group in enumerate(groups)]
    for group, domain, curve in zip(groups, domains, effects.curves(domains), strict=True):
        close(curve, [mean(forest, rows, weights, group, point) for point in domain.points])


@settings(max_examples=40, deadline=None)
@given(SHAPES, seeds)
def test_surfaces_of_pairs_are_mean_predictions(shape, seed):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, **{**shape, "n_features": shape["n_features"] + 1})
    rows = forests.random_rows(rng, 20, forest.n_features)
    weights = rng.uniform(0, 2, len(rows))
    effects = ForestEffects(forest, pairs=True).add(rows, weights)
    p, q = rng.permutation(forest.n_features)[:2].tolist()
    domains = [steps(forest, p), steps(forest, q)]
    first, second = effects.curves(domains)
    (joint,) = effects.joint(domains, [(0, 1)])
    surface = first[:, np.newaxis] + second - effects.base + joint
    for i, j in rng.integers([len(first), len(second)], size=(10, 2)):
        point = [domains[0].points[i, 0], domains[1].points[j, 0]]
        close(surface[i, j], mean(forest, rows, weights, [p, q], point))


@settings(max_examples=40, deadline=None)
@given(SHAPES, seeds)
def test_curves_of_single_rows_are_predictions(shape, seed):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, **shape)
    rows = forests.random_rows(rng, 9, forest.n_features)
    f = int(rng.integers(forest.n_features))
    domain = steps(forest, f)
    players = np.arange(forest.n_features, dtype=np.int32)
    curves = individual(forest, players, forest.n_features, domain, rows)
    for k, point in enumerate(domain.points):
        changed = rows.copy()
        changed[:, f] = point
        close(curves[:, k], predict(forest, changed))


@settings(max_examples=40, deadline=None)
@given(SHAPES, seeds)
def test_one_player_averaged_out_leaves_the_mean_over_its_own_values(shape, seed):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, **shape)
    rows = forests.random_rows(rng, 12, forest.n_features)
    weights = rng.uniform(0.1, 2, len(rows))
    domains = [steps(forest, f) for f in range(forest.n_features)]
    places = [positions(thresholds(forest, f), rows[:, f]) for f in range(forest.n_features)]
    shares = [
        np.bincount(at, weights, len(domain.points)) / weights.sum() for at, domain in zip(places, domains, strict=True)
    ]
    players = np.arange(forest.n_features, dtype=np.int32)
    change = left_out(forest, players, forest.n_features, domains, shares, rows)
    for r, row in enumerate(rows):
        for f in range(forest.n_features):
            others = np.repeat(row[np.newaxis], len(rows), axis=0)
            others[:, f] = rows[:, f]
            close(predict(forest, row[np.newaxis])[0] + change[r, f], weights @ predict(forest, others) / weights.sum())


@pytest.mark.parametrize(("players", "vector"), [(1, 0), (13, 0), (30, 3), (70, 0)])
@pytest.mark.parametrize("pairs", [False, True])
def test_deep_paths_are_right(players, vector, pairs):
    rng = np.random.default_rng(players)
    forest = forests.chain(players, players + 40, rng, vector_outputs=vector)
    rows = forests.random_rows(rng, 700, players)
    effects = ForestEffects(forest, pairs=pairs).add(rows)
    for f in (0, players - 1):
        domain = steps(forest, f)
        (curve,) = effects.curves([domain])
        close(curve, [mean(forest, rows, np.ones(len(rows)), [f], point) for point in domain.points])


def test_bushy_trees_with_many_leaves_are_right_by_sets_and_lists():
    rng = np.random.default_rng(0)
    forest = forests.random_forest(rng, n_features=14, n_trees=2, depth=11, grow=0.97)
    rows = forests.random_rows(rng, 5_000, 14)
    weights = rng.uniform(0, 1, len(rows))
    effects = ForestEffects(forest, pairs=True).add(rows, weights)
    domains = [steps(forest, 3), steps(forest, 8)]
    first, second = effects.curves(domains)
    (joint,) = effects.joint(domains, [(0, 1)])
    for i, j in rng.integers([len(first), len(second)], size=(8, 2)):
        x, y = domains[0].points[i, 0], domains[1].points[j, 0]
        close(first[i], mean(forest, rows, weights, [3], [x]))
        close(first[i] + second[j] - effects.base + joint[i, j], mean(forest, rows, weights, [3, 8], [x, y]))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("weighted", [False, True])
def test_chunks_threads_layouts_and_paths_have_the_same_bits(path, weighted):
    rng = np.random.default_rng(3)
    forest = forests.random_forest(rng, n_features=9, n_trees=5, depth=9, grow=0.95, n_outputs=2, vector=True)
    rows = forests.random_rows(rng, 9_001, 9)
    weights = rng.uniform(0, 2, len(rows)) if weighted else None
    domains = [steps(forest, f) for f in range(9)]
    with native.forced_simd_path("portable"):
        whole = ForestEffects(forest).add(rows, weights, threads=1).curves(domains, threads=1)
    with native.forced_simd_path(path):
        parts = ForestEffects(forest)
        for cut in (slice(0, 17), slice(17, 5_000), slice(5_000, None)):
            parts.add(np.asfortranarray(rows[cut]), None if weights is None else weights[cut], threads=3)
        for got, expected in zip(parts.curves(domains, threads=2), whole, strict=True):
            np.testing.assert_array_equal(got, expected)


def test_some_trees_add_up_to_all():
    rng = np.random.default_rng(0)
    forest = forests.random_forest(rng, n_trees=6, n_outputs=2)
    rows = forests.random_rows(rng, 40, 4)
    parts = [predict_trees(forest, np.array(some), rows) for some in ([0, 3], [1, 2, 4, 5])]
    close(forest.base + parts[0] + parts[1], predict(forest, rows))


def test_rows_that_do_not_fit_add_nothing():
    forest = forests.random_forest(np.random.default_rng(0))
    effects = ForestEffects(forest)
    with pytest.raises(InputError, match="rows have 3 columns where the forest has 4"):
        effects.add(np.zeros((2, 3)))
    with pytest.raises(InputError, match="must be a 2-D float64 array, got float32"):
        effects.add(np.zeros((2, 4), dtype=np.float32))
    with pytest.raises(InputError, match=r"weights must be float64 of shape \(2,\)"):
        effects.add(np.zeros((2, 4)), np.ones(3))
    assert effects.total == 0


def test_players_out_of_range_are_refused():
    forest = forests.random_forest(np.random.default_rng(0))
    with pytest.raises(ParameterError, match="give one a column"):
        ForestEffects(forest, np.zeros(3, dtype=np.int32))
    with pytest.raises(ParameterError, match="number them from 0 to 1"):
        ForestEffects(forest, np.arange(4, dtype=np.int32), n_players=2)


def at(player, columns=1, *, ascending=True):
    return Domain(player, np.zeros((2, columns)), ascending)


def test_domains_pairs_and_trees_that_are_not_there_never_reach_memory():
    forest = forests.random_forest(np.random.default_rng(0), n_trees=3)
    rows, players = np.zeros((5, 4)), np.array([0, 1, 1, 2], np.int32)
    counts = ForestEffects(forest, players, pairs=True).add(rows)
    for domain in (at(3), at(-1), at(0, 2), at(1), at(1, 2), at(2, 0)):
        for ask in (
            lambda domain=domain: counts.curves([domain]),
            lambda domain=domain: counts.joint([at(0), domain], [(0, 1)]),
            lambda domain=domain: individual(forest, players, 3, domain, rows),
            lambda domain=domain: left_out(forest, players, 3, [domain], [np.full(2, 0.5)], rows),
        ):
            with pytest.raises(ParameterError, match=r"there is no player|the points of player \d have shape"):
                ask()
    for pair in ((0, 2), (-1, 0), (1, 1)):
        with pytest.raises(ParameterError, match="is not of two of 2 domains"):
            counts.joint([at(0), at(2)], [pair])
    for tree in (3, -1):
        with pytest.raises(ParameterError, match=f"there is no tree {tree}; number the 3 trees from 0"):
            predict_trees(forest, np.array([0, tree]), rows)
    with pytest.raises(ParameterError, match="number them from 0 to 2"):
        individual(forest, np.array([0, 1, 1, 9], np.int32), 3, at(0), rows)
    with pytest.raises(ParameterError, match="not one a point"):
        left_out(forest, players, 3, [at(0)], [np.ones(1)], rows)
    assert np.isfinite(counts.curves([at(1, 2, ascending=False)])[0]).all()


def test_what_was_not_counted_is_not_told():
    forest = forests.random_forest(np.random.default_rng(0))
    with pytest.raises(ParameterError, match="have a total weight of 0; add rows"):
        ForestEffects(forest).add(np.zeros((2, 4)), np.zeros(2)).curves([at(0)])
    with pytest.raises(ParameterError, match="have a total weight of 0; add rows"):
        np.isfinite(ForestEffects(forest).base)
    with pytest.raises(ParameterError, match=r"count with pairs=True\.$"):
        ForestEffects(forest).add(np.zeros((2, 4))).joint([at(0), at(1)], [(0, 1)])
