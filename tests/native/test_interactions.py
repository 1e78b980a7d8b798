"""Interactions of pairs against their slow twin, a second library, and the values they share out."""

import numpy as np
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.native import brute_force as twin
from tests.native import forests
from tests.native.laws import AVAILABLE, EXACT, PATHS, close, seeds, shapes, some_players

from pellucid.core import native
from pellucid.core.errors import InputError, ParameterError, UnsupportedModelError
from pellucid.core.forest import predict
from pellucid.core.forest_background import Background
from pellucid.core.forest_interactions import interventional_interactions, path_dependent_interactions
from pellucid.core.forest_shapley import interventional_shapley, path_dependent_shapley
from pellucid.models import as_model

FLOAT = 2e-6
SHAPES = shapes(n_trees=(0, 3))


def matrices(parts):
    """(rows, players, players, outputs) with half of each pair at both of its places, main effects on the diagonal."""
    pairs, values, main, *_ = parts
    n, players, outputs = main.shape
    full = np.zeros((n, players, players, outputs))
    for m, (i, j) in enumerate(pairs):
        full[:, i, j] += values[:, m] / 2
        full[:, j, i] += values[:, m] / 2
    full[:, np.arange(players), np.arange(players)] = main
    return full


def whole(pairs, values, players):
    """(rows, players, players, outputs) the whole of each pair at both of its places."""
    return 2 * matrices((pairs, values, np.zeros((len(values), players, values.shape[-1]))))


@settings(max_examples=40, deadline=None)
@given(SHAPES, seeds, st.booleans(), st.booleans())
def test_path_dependent_interactions_are_those_of_enumeration(shape, seed, grouped, exact):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, **shape)
    players = some_players(rng, forest.n_features, grouped)
    rows = forests.random_rows(rng, 3, forest.n_features)
    got = matrices(path_dependent_interactions(forest, rows, players, exact=exact))
    for matrix, row in zip(got, rows, strict=True):
        game = twin.path_dependent_game(forest, row, players)
        close(matrix, twin.interaction_matrix(game, int(players.max()) + 1), EXACT if exact else FLOAT)


@settings(max_examples=30, deadline=None)
@given(SHAPES, seeds, st.booleans(), st.booleans())
def test_interventional_interactions_are_those_of_enumeration(shape, seed, grouped, exact):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, **shape)
    players = some_players(rng, forest.n_features, grouped)
    rows, others = forests.random_rows(rng, 2, forest.n_features), forests.random_rows(rng, 5, forest.n_features)
    weights = rng.uniform(0.1, 2, len(others))
    background = Background(forest, players).add(others, weights)
    got = matrices(interventional_interactions(forest, rows, background, exact=exact))
    for matrix, row in zip(got, rows, strict=True):
        game = twin.interventional_game(forest, row, players, others, weights)
        close(matrix, twin.interaction_matrix(game, int(players.max()) + 1), EXACT if exact else FLOAT)


def listed(parts):
    """Each set's values (rows, outputs), single players' too."""
    sets, values, main, _ = parts
    named = {tuple(int(j) for j in row if j >= 0): values[:, m] for m, row in enumerate(sets)}
    return named | {(j,): main[:, j] for j in range(main.shape[1])}


def close_to_all(got, expected, row, tolerance):
    """Sets that are not listed have no interaction."""
    close(np.array([got.get(T, 0 * got[(0,)])[row] for T in expected]), np.array(list(expected.values())), tolerance)


@settings(max_examples=30, deadline=None)
@given(SHAPES, seeds, st.booleans(), st.booleans(), st.integers(2, 5))
def test_larger_sets_have_the_n_shapley_values_of_enumeration(shape, seed, grouped, exact, order):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, **shape)
    players = some_players(rng, forest.n_features, grouped)
    n_players, tolerance = int(players.max()) + 1, EXACT if exact else FLOAT
    rows, others = forests.random_rows(rng, 2, forest.n_features), forests.random_rows(rng, 4, forest.n_features)
    weights = rng.uniform(0.1, 2, len(others))
    background = Background(forest, players).add(others, weights)
    by_cover = listed(path_dependent_interactions(forest, rows, players, order=order, exact=exact))
    by_rows = listed(interventional_interactions(forest, rows, background, order=order, exact=exact))
    for number, row in enumerate(rows):
        game = twin.path_dependent_game(forest, row, players)
        close_to_all(by_cover, twin.n_shapley_values(game, n_players, order), number, tolerance)
        game = twin.interventional_game(forest, row, players, others, weights)
        close_to_all(by_rows, twin.n_shapley_values(game, n_players, order), number, tolerance)


@pytest.mark.parametrize("order", [3, 4])
@pytest.mark.parametrize("vector", [0, 3])
def test_larger_sets_at_deep_leaves_have_the_n_shapley_values_of_enumeration(order, vector):
    rng = np.random.default_rng(order)
    forest = forests.chain(10, 14, rng, vector_outputs=vector)
    row, others = forests.random_rows(rng, 1, 10), forests.random_rows(rng, 3, 10)
    players = np.arange(10, dtype=np.int32)
    got = listed(path_dependent_interactions(forest, row, order=order, exact=True))
    game = twin.path_dependent_game(forest, row[0], players)
    close_to_all(got, twin.n_shapley_values(game, 10, order), 0, EXACT)
    got = listed(interventional_interactions(forest, row, Background(forest).add(others), order=order, exact=True))
    game = twin.interventional_game(forest, row[0], players, others, np.ones(3))
    close_to_all(got, twin.n_shapley_values(game, 10, order), 0, EXACT)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("path", PATHS)
def test_larger_sets_add_up_and_have_the_same_bits_on_every_path(path, exact):
    rng = np.random.default_rng(3)
    forest = forests.random_forest(rng, n_features=12, n_trees=6, depth=9, grow=0.9, n_outputs=2)
    rows, others = forests.random_rows(rng, 300, 12), forests.random_rows(rng, 20, 12)
    background = Background(forest).add(others)
    for explain, *game in ((path_dependent_interactions,), (interventional_interactions, background)):
        sets, values, main, base = explain(forest, rows, *game, order=3, exact=exact, threads=2)
        close(base + values.sum(axis=1) + main.sum(axis=1), predict(forest, rows), 1e-10 if exact else 1e-5)
        with native.forced_simd_path(path):
            again = explain(forest, rows[:35], *game, order=3, exact=exact, threads=1)
        np.testing.assert_array_equal(again[0], sets)
        np.testing.assert_array_equal(again[1], values[:35])
        np.testing.assert_array_equal(again[2], main[:35])


def test_an_order_that_cannot_be_is_refused():
    forest = forests.random_forest(np.random.default_rng(0))
    for order in (1, 7, True, 2.0):
        with pytest.raises(ParameterError, match="players from 2 to 6"):
            path_dependent_interactions(forest, np.zeros((1, 4)), order=order)
    wide = forests.chain(120, 120, np.random.default_rng(0))
    with pytest.raises(UnsupportedModelError, match="more than 10000000 sets of 5 players; ask for a smaller order"):
        path_dependent_interactions(wide, np.zeros((1, 120)), order=5)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(("players", "vector"), [(7, 0), (8, 0), (9, 3), (12, 0), (13, 0), (13, 11), (20, 0)])
def test_deep_leaves_match_leaf_games(players, vector, exact):
    rng = np.random.default_rng(players)
    forest = forests.chain(players, players + 5, rng, vector_outputs=vector)
    each = np.arange(players, dtype=np.int32)
    row, others = forests.random_rows(rng, 1, players), forests.random_rows(rng, 2, players)
    weights = rng.uniform(0.5, 2, len(others))
    tolerance = EXACT if exact else FLOAT
    pairs, values, *_ = path_dependent_interactions(forest, row, exact=exact)
    close(whole(pairs, values, players)[0], twin.deep_path_dependent_pairs(forest, row[0], each), tolerance)
    pairs, values, *_ = interventional_interactions(forest, row, Background(forest).add(others, weights), exact=exact)
    expected = twin.deep_interventional_pairs(forest, row[0], each, others, weights)
    close(whole(pairs, values, players)[0], expected, tolerance)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_bushy_trees_with_shallow_and_deep_leaves_match_leaf_games(seed, exact):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(
        rng, n_features=16, n_trees=1, depth=8, grow=0.92, n_outputs=2, vector=bool(seed % 2)
    )
    forest.cover[:] = np.maximum(forest.cover, 0.1)
    players = np.arange(16, dtype=np.int32)
    row, others = forests.random_rows(rng, 1, 16), forests.random_rows(rng, 2, 16)
    tolerance = EXACT if exact else FLOAT
    pairs, values, *_ = path_dependent_interactions(forest, row, exact=exact)
    close(whole(pairs, values, 16)[0], twin.deep_path_dependent_pairs(forest, row[0], players), tolerance)
    pairs, values, *_ = interventional_interactions(forest, row, Background(forest).add(others), exact=exact)
    expected = twin.deep_interventional_pairs(forest, row[0], players, others, np.ones(2))
    close(whole(pairs, values, 16)[0], expected, tolerance)


def both_games(forest, rows, others, **how):
    """Interactions, Shapley values and base, path-dependent and interventional."""
    background = Background(forest).add(others)
    yield path_dependent_interactions(forest, rows, **how), path_dependent_shapley(forest, rows, **how)
    yield (
        interventional_interactions(forest, rows, background, **how),
        interventional_shapley(forest, rows, background, **how),
    )


DEEP = {
    "depth 16": lambda rng: forests.random_forest(rng, n_features=20, n_trees=2, depth=16, grow=0.78),
    "vectors, depth 16": lambda rng: forests.random_forest(
        rng, n_features=20, n_trees=1, depth=16, grow=0.78, n_outputs=11, vector=True
    ),
    "a path of 90 players": lambda rng: forests.chain(90, 95, rng),
    "a path 500 deep": lambda rng: forests.chain(40, 500, rng),
}


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("kind", list(DEEP))
def test_lines_of_a_matrix_sum_to_shapley_values_and_all_of_it_to_the_prediction(kind, exact):
    rng = np.random.default_rng(1)
    forest = DEEP[kind](rng)
    rows, others = (forests.random_rows(rng, n, forest.n_features) for n in (40, 12))
    for parts, (phi, base) in both_games(forest, rows, others, exact=exact):
        full = matrices(parts)
        close(full.sum(axis=2), phi, 1e-10)
        close(parts[3], base, 1e-12)
        close(base + full.sum(axis=(1, 2)), predict(forest, rows), 1e-10 if exact else 1e-5)


BUSHY = {
    "deep": {"n_trees": 4, "depth": 10, "grow": 0.9, "n_outputs": 2},
    "vectors": {"n_trees": 2, "depth": 9, "grow": 0.9, "n_outputs": 3, "vector": True},
    "many small": {"n_trees": 70, "depth": 6, "grow": 0.95},
}


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("kind", list(BUSHY))
@pytest.mark.parametrize("path", PATHS)
def test_every_instruction_path_and_number_of_threads_gives_the_same_bits(path, kind, exact):
    rng = np.random.default_rng(2)
    forest = forests.random_forest(rng, n_features=14, **BUSHY[kind])
    rows, others = forests.random_rows(rng, 700, 14), forests.random_rows(rng, 30, 14)
    expected = [parts for parts, _ in both_games(forest, rows, others, threads=2, exact=exact)]
    with native.forced_simd_path(path):
        for (pairs, values, main, _), first in zip(
            (parts for parts, _ in both_games(forest, rows[:33], others, threads=1, exact=exact)),
            expected,
            strict=True,
        ):
            np.testing.assert_array_equal(pairs, first[0])
            np.testing.assert_array_equal(values, first[1][:33])
            np.testing.assert_array_equal(main, first[2][:33])


def test_tables_kept_on_one_instruction_path_serve_no_other():
    rng = np.random.default_rng(4)
    forest = forests.random_forest(rng, n_features=9, n_trees=3, depth=7, grow=0.95)
    rows = forests.random_rows(rng, 40, 9)
    first = path_dependent_interactions(forest, rows)
    for path in AVAILABLE * 2:
        with native.forced_simd_path(path):
            np.testing.assert_array_equal(path_dependent_interactions(forest, rows)[1], first[1])


@pytest.mark.parametrize("depth", [2, 6])
@pytest.mark.parametrize("seed", range(2))
def test_xgboosts_own_interactions_are_the_same_where_those_are_exact(depth, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(400, 9))
    X[rng.random(X.shape) < 0.1] = np.nan
    y = np.nan_to_num(X[:, 0] * X[:, 1] + X[:, 2] * X[:, 3] * X[:, 4] + X[:, 5])
    model = xgboost.XGBRegressor(n_estimators=5, max_depth=depth, n_jobs=1, random_state=seed).fit(X, y)
    theirs = model.get_booster().predict(xgboost.DMatrix(X[:20]), pred_interactions=True)
    ours = matrices(path_dependent_interactions(as_model(model).forest, X[:20]))[..., 0]
    close(ours, theirs[:, :9, :9], 2e-6)


def test_players_that_share_no_path_make_no_pair():
    builder = forests.Builder(4)
    leaves = [builder.leaf(float(value)) for value in range(4)]
    one, two = builder.split(1, 0.0), builder.split(2, 0.0)
    root = builder.split(0, 0.0, cover=4.0)
    builder.link(root, builder.link(one, leaves[0], leaves[1]), builder.link(two, leaves[2], leaves[3]))
    builder.tree(root)
    forest = builder.forest()
    pairs, values, main, _ = path_dependent_interactions(forest, np.zeros((3, 4)))
    assert pairs.tolist() == [[0, 1], [0, 2]]
    assert values.shape == (3, 2, 1)
    assert (main[:, 3] == 0).all()
    grouped, *_ = path_dependent_interactions(forest, np.zeros((3, 4)), np.array([0, 0, 1, 1]))
    assert grouped.tolist() == [[0, 1]]


def test_one_leaf_trees_and_single_splits_have_main_effects_alone():
    builder = forests.Builder(2)
    builder.tree(builder.leaf(3.0))
    builder.tree(builder.link(builder.split(1, 0.0), builder.leaf(1.0), builder.leaf(2.0)))
    forest = builder.forest()
    rows = np.array([[0.0, -1.0], [0.0, 1.0]])
    for (pairs, values, main, _), (phi, _) in both_games(forest, rows, rows):
        assert pairs.shape == (0, 2)
        assert values.shape == (2, 0, 1)
        np.testing.assert_array_equal(main, phi)


def test_no_rows_have_no_interactions():
    forest = forests.random_forest(np.random.default_rng(0))
    pairs, values, main, _ = path_dependent_interactions(forest, np.zeros((0, 4)))
    assert values.shape == (0, len(pairs), 1)
    assert main.shape == (0, 4, 1)


def test_what_does_not_fit_is_refused():
    forest, other = (forests.random_forest(np.random.default_rng(seed)) for seed in (0, 1))
    rows = np.zeros((2, 4))
    with pytest.raises(InputError, match="rows have 3 columns"):
        path_dependent_interactions(forest, np.zeros((2, 3)))
    with pytest.raises(ParameterError, match="another forest"):
        interventional_interactions(forest, rows, Background(other).add(rows))
    with pytest.raises(ParameterError, match="total weight of 0"):
        interventional_interactions(forest, rows, Background(forest))
