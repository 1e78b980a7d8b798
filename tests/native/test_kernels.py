"""The kernels against their slow twin: random forests with every kind of split, deep ones, and odd ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.native import brute_force as twin
from tests.native import forests
from tests.native.laws import DEFAULT, EXACT, PATHS, TOLERANCES, close, seeds, shapes, some_players

from pellucid.core import native
from pellucid.core.forest import Decision, predict
from pellucid.core.forest_background import Background
from pellucid.core.forest_shapley import interventional_shapley, path_dependent_shapley


@settings(max_examples=60, deadline=None)
@given(shapes(), seeds)
def test_predictions_are_the_leaves_that_rows_reach(shape, seed):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, **shape)
    rows = forests.random_rows(rng, 12, forest.n_features)
    close(predict(forest, rows), np.array([twin.route(forest, row) for row in rows]), EXACT)


@settings(max_examples=40, deadline=None)
@given(shapes(), seeds, st.booleans(), st.booleans())
def test_path_dependent_values_are_those_of_enumeration(shape, seed, exact, grouped):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, **shape)
    players = some_players(rng, forest.n_features, grouped)
    rows = forests.random_rows(rng, 3, forest.n_features)
    values, base = path_dependent_shapley(forest, rows, players, exact=exact)
    for got, row in zip(values, rows, strict=True):
        expected, expected_base = twin.path_dependent(forest, row, players)
        close(got, expected, EXACT if exact else DEFAULT)
        close(base, expected_base, EXACT)


@settings(max_examples=30, deadline=None)
@given(shapes(), seeds, st.booleans(), st.booleans())
def test_interventional_values_are_those_of_enumeration(shape, seed, exact, grouped):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, **shape)
    players = some_players(rng, forest.n_features, grouped)
    rows, others = forests.random_rows(rng, 2, forest.n_features), forests.random_rows(rng, 6, forest.n_features)
    weights = rng.uniform(0.1, 2, len(others))
    values, base = interventional_shapley(forest, rows, Background(forest, players).add(others, weights), exact=exact)
    for got, row in zip(values, rows, strict=True):
        expected, expected_base = twin.interventional(forest, row, players, others, weights)
        close(got, expected, EXACT if exact else DEFAULT)
        close(base, expected_base, EXACT)


@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("seed", range(3))
def test_every_decision_alone_with_every_missing_rule(decision, seed):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, n_features=3, n_trees=4, depth=4, kinds=(decision,), grow=1.0)
    rows = forests.random_rows(rng, 40, 3)
    close(predict(forest, rows), np.array([twin.route(forest, row) for row in rows]), EXACT)
    values, _ = path_dependent_shapley(forest, rows, exact=True)
    for got, row in zip(values[:4], rows[:4], strict=True):
        close(got, twin.path_dependent(forest, row, np.arange(3, dtype=np.int32))[0], EXACT)


@TOLERANCES
@pytest.mark.parametrize(
    ("players", "vector"), [(7, 0), (8, 0), (9, 3), (12, 0), (13, 0), (13, 11), (20, 0), (31, 0), (70, 0)]
)
def test_deep_leaves_match_leaf_games(players, vector, exact, tolerance):
    rng = np.random.default_rng(players)
    forest = forests.chain(players, players + 5, rng, vector_outputs=vector)
    each = np.arange(players, dtype=np.int32)
    rows, others = forests.random_rows(rng, 2, players), forests.random_rows(rng, 3, players)
    weights = rng.uniform(0.5, 2, len(others))
    by_cover, _ = path_dependent_shapley(forest, rows, exact=exact)
    against, _ = interventional_shapley(forest, rows, Background(forest).add(others, weights), exact=exact)
    for i, row in enumerate(rows):
        close(by_cover[i], twin.deep_path_dependent(forest, row, each), tolerance)
        close(against[i], twin.deep_interventional(forest, row, each, others, weights), tolerance)


@TOLERANCES
@pytest.mark.parametrize("seed", range(4))
def test_bushy_trees_with_shallow_and_deep_leaves_match_leaf_games(seed, exact, tolerance):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(
        rng, n_features=16, n_trees=1, depth=9, grow=0.92, n_outputs=2, vector=bool(seed % 2)
    )
    forest.cover[:] = np.maximum(forest.cover, 0.1)
    players = np.arange(16, dtype=np.int32)
    row, others = forests.random_rows(rng, 1, 16), forests.random_rows(rng, 2, 16)
    by_cover, _ = path_dependent_shapley(forest, row, exact=exact)
    close(by_cover[0], twin.deep_path_dependent(forest, row[0], players), tolerance)
    against, _ = interventional_shapley(forest, row, Background(forest).add(others), exact=exact)
    close(against[0], twin.deep_interventional(forest, row[0], players, others, np.ones(2)), tolerance)


@TOLERANCES
@pytest.mark.parametrize("features", [3, 40, 500])
def test_values_of_trees_500_deep_add_up(features, exact, tolerance):
    rng = np.random.default_rng(features)
    forest = forests.chain(features, 500, rng)
    rows, others = forests.random_rows(rng, 20, features), forests.random_rows(rng, 30, features)
    expected = predict(forest, rows)
    scale = tolerance * 100 if exact else tolerance
    for values, base in (
        path_dependent_shapley(forest, rows, exact=exact),
        interventional_shapley(forest, rows, Background(forest).add(others), exact=exact),
    ):
        close(base + values.sum(axis=1), expected, scale)


def test_500_equal_players_share_a_conjunction_equally():
    builder = forests.Builder(500)
    below = builder.leaf(1.0, 99.0)
    for feature in range(500):
        split = builder.split(feature, 0.0)
        below = builder.link(split, below, builder.leaf(0.0, builder.rows[below][7] / 99))
        builder.rows[split] = (*builder.rows[split][:7], builder.rows[below][7])
        builder.rows[split] = (*builder.rows[split][:7], builder.rows[builder.rows[split][2]][7] * 100 / 99)
    builder.tree(below)
    forest = builder.forest()
    rows = -np.ones((1, 500))
    values, base = path_dependent_shapley(forest, rows, exact=True)
    np.testing.assert_allclose(values[0, :, 0], (1 - 0.99**500) / 500, rtol=1e-10)
    np.testing.assert_allclose(base, 0.99**500, rtol=1e-10)
    values, base = interventional_shapley(forest, rows, Background(forest).add(np.ones((2, 500))), exact=True)
    np.testing.assert_allclose(values[0, :, 0], 1 / 500, rtol=1e-10)


def test_a_deep_tree_of_few_groups_matches_enumeration():
    rng = np.random.default_rng(3)
    forest = forests.chain(60, 120, rng)
    players = (np.arange(60) % 4).astype(np.int32)
    rows = forests.random_rows(rng, 2, 60)
    values, base = path_dependent_shapley(forest, rows, players, exact=True)
    for got, row in zip(values, rows, strict=True):
        expected, expected_base = twin.path_dependent(forest, row, players)
        close(got, expected, EXACT)
        close(base, expected_base, EXACT)


@pytest.mark.parametrize("vector", [False, True])
def test_one_leaf_trees_have_no_effects(vector):
    builder = forests.Builder(3, 2, vector=vector)
    for output in (0, 1, 1):
        builder.tree(builder.leaf(2.5), -1 if vector else output)
    forest = builder.forest([1.0, -1.0])
    rows = np.zeros((4, 3))
    expected = [8.5, 6.5] if vector else [3.5, 4.0]
    np.testing.assert_array_equal(predict(forest, rows), np.tile(expected, (4, 1)))
    values, base = path_dependent_shapley(forest, rows)
    assert values.shape == (4, 3, 2)
    assert not values.any()
    np.testing.assert_array_equal(base, expected)
    values, base = interventional_shapley(forest, rows, Background(forest).add(rows))
    assert not values.any()
    np.testing.assert_array_equal(base, expected)


def test_a_forest_without_trees_is_its_base():
    forest = forests.Builder(2).forest([0.25])
    rows = np.zeros((3, 2))
    np.testing.assert_array_equal(predict(forest, rows), np.full((3, 1), 0.25))
    for values, base in (
        path_dependent_shapley(forest, rows),
        interventional_shapley(forest, rows, Background(forest).add(rows)),
    ):
        assert not values.any()
        np.testing.assert_array_equal(base, [0.25])


def test_constant_trees_have_no_effects():
    rng = np.random.default_rng(0)
    forest = forests.random_forest(rng, n_features=4, depth=6, grow=1.0)
    forest.value[:] = 3.0
    values, base = path_dependent_shapley(forest, forests.random_rows(rng, 5, 4))
    assert not values.any()
    np.testing.assert_allclose(base, forest.base + 3.0 * forest.n_trees)


def test_values_keep_their_digits_where_predictions_are_large():
    rng = np.random.default_rng(1)
    forest = forests.random_forest(rng, n_features=5, n_trees=5, depth=6, grow=1.0)
    rows = forests.random_rows(rng, 50, 5)
    small, _ = path_dependent_shapley(forest, rows, exact=True)
    forest.value[:] += 1e6
    forest.__dict__.pop("native"), forest.__dict__.pop("_explainers")
    shifted, _ = path_dependent_shapley(forest, rows)
    np.testing.assert_allclose(shifted, small, atol=1e-5)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("exact", [True, False])
def test_every_instruction_set_gives_the_same_bits(path, exact):
    rng = np.random.default_rng(9)
    rows, others = forests.random_rows(rng, 300, 18), forests.random_rows(rng, 90, 18)
    for vector in (False, True):
        forest = forests.random_forest(rng, n_features=18, n_trees=6, depth=10, n_outputs=3, vector=vector, grow=0.92)
        forest.cover[:] = np.maximum(forest.cover, 0.1)
        answers = []
        for name in ("portable", path):
            forest.__dict__.pop("_explainers", None)
            with native.forced_simd_path(name):
                background = Background(forest).add(others)
                against, base = interventional_shapley(forest, rows, background, exact=exact)
                by_cover, mean = path_dependent_shapley(forest, rows, exact=exact)
                answers.append([a.tobytes() for a in (predict(forest, rows), against, base, by_cover, mean)])
        assert answers[0] == answers[1]


@pytest.mark.parametrize("exact", [True, False])
def test_bits_depend_neither_on_threads_nor_on_rows_a_call(exact):
    rng = np.random.default_rng(4)
    forest = forests.random_forest(rng, n_features=18, n_trees=5, depth=9, n_outputs=2, grow=0.95)
    forest.cover[:] = np.maximum(forest.cover, 0.1)
    rows, others = forests.random_rows(rng, 2100, 18), forests.random_rows(rng, 700, 18)
    weights = rng.uniform(0, 1, len(others))
    whole = Background(forest).add(others, weights, threads=1)
    chunked = Background(forest)
    for start in range(0, 700, 130):
        chunked.add(others[start : start + 130], weights[start : start + 130], threads=3)

    def answers(rows, threads, background):
        values, base = path_dependent_shapley(forest, rows, exact=exact, threads=threads)
        against, mean = interventional_shapley(forest, rows, background, exact=exact, threads=threads)
        return predict(forest, rows, threads=threads), values, against, np.concatenate([base, mean])

    expected = answers(rows, 1, whole)
    for threads in (2, 5):
        for got, want in zip(answers(rows, threads, chunked), expected, strict=True):
            assert got.tobytes() == want.tobytes()
    for size in (1, 17, 64, 1000):
        for got, want in zip(answers(rows[:size], 2, whole)[:3], expected[:3], strict=True):
            assert got.tobytes() == want[:size].tobytes()


def test_backgrounds_merge_into_what_one_would_hold():
    rng = np.random.default_rng(6)
    for depth, grow in ((5, 0.9), (16, 0.75)):
        forest = forests.random_forest(rng, n_features=20, n_trees=4, depth=depth, grow=grow)
        rows, others = forests.random_rows(rng, 30, 20), forests.random_rows(rng, 200, 20)
        whole = Background(forest).add(others)
        halves = Background(forest).add(others[:77]).merge(Background(forest).add(others[77:]))
        assert halves.total == whole.total == 200
        expected, base = interventional_shapley(forest, rows, whole, exact=True)
        got, got_base = interventional_shapley(forest, rows, halves, exact=True)
        np.testing.assert_allclose(got, expected, atol=1e-13)
        np.testing.assert_allclose(got_base, base, atol=1e-13)
