"""Leaves of more players than a register table has, against a background: listed patterns and whole tables."""

import numpy as np
import pytest
from tests.native import brute_force as twin
from tests.native import forests

from pellucid.core import native
from pellucid.core.forest_background import Background
from pellucid.core.forest_shapley import interventional_shapley

EXACT = pytest.mark.parametrize(("exact", "tolerance"), [(True, 1e-12), (False, 1e-5)])
PATHS = [p.name for p in native.simd_paths() if p.available]

# Enough rows that tables pay, by native/deep_cost.hpp; a row alone is held against the patterns themselves.
MANY_ROWS, BACKGROUND_ROWS = 3000, 2000


def bushy(rng, vector, trees):
    """Leaves of up to 13 players; siblings that part at a fresh split or a repeated one."""
    return forests.random_forest(rng, n_features=14, n_trees=trees, depth=13, grow=0.7, n_outputs=2, vector=vector)


def weighted(rng, rows, features):
    """Rows and weights, some of them 0."""
    return forests.random_rows(rng, rows, features), rng.uniform(0.5, 2, rows) * (np.arange(rows) % 5 > 0)


@EXACT
@pytest.mark.parametrize("vector", [False, True])
def test_values_are_those_of_leaf_games_against_weighted_rows(vector, exact, tolerance):
    rng = np.random.default_rng(1 - int(vector))
    forest = bushy(rng, vector, trees=1)
    row, (others, weights) = forests.random_rows(rng, 1, 14), weighted(rng, 15, 14)
    values, _ = interventional_shapley(forest, row, Background(forest).add(others, weights), exact=exact)
    expected = twin.deep_interventional(forest, row[0], np.arange(14, dtype=np.int32), others, weights)
    np.testing.assert_allclose(values[0], expected, rtol=0, atol=tolerance * max(1.0, float(np.abs(expected).max())))


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("vector", [False, True])
def test_a_row_alone_has_the_bits_it_has_among_thousands(vector, exact):
    rng = np.random.default_rng(1 + int(vector))
    forest = bushy(rng, vector, trees=6)
    rows, (others, weights) = forests.random_rows(rng, MANY_ROWS, 14), weighted(rng, BACKGROUND_ROWS, 14)
    background = Background(forest).add(others, weights)
    among, _ = interventional_shapley(forest, rows, background, exact=exact)
    for r in (0, 1234, MANY_ROWS - 1):
        alone, _ = interventional_shapley(forest, rows[r : r + 1], background, exact=exact)
        assert alone.tobytes() == among[r : r + 1].tobytes()
    few, _ = interventional_shapley(forest, rows[:100], background, exact=exact, threads=2)
    assert few.tobytes() == among[:100].tobytes()


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("depth", [8, 10])
def test_every_instruction_set_and_number_of_threads_gives_the_same_bits(depth, exact):
    forest = forests.full_forest(3, depth, 30)
    rng = np.random.default_rng(depth)
    rows, others = forests.random_rows(rng, MANY_ROWS, 30), forests.random_rows(rng, BACKGROUND_ROWS, 30)
    answers = set()
    for path in PATHS:
        with native.forced_simd_path(path):
            for threads in (1, 3):
                background = Background(forest).add(others, threads=threads)
                for some in (rows, rows[:7]):
                    values, _ = interventional_shapley(forest, some, background, exact=exact, threads=threads)
                    answers.add(values[:7].tobytes())
    assert len(answers) == 1


@pytest.mark.parametrize("exact", [False, True])
def test_backgrounds_added_in_another_order_give_the_same_bits(exact):
    """Weights of one are whole numbers, whose sums are exact."""
    rng = np.random.default_rng(5)
    forest = forests.full_forest(3, 9, 20)
    rows, others = forests.random_rows(rng, 50, 20), forests.random_rows(rng, 256, 20)
    forward, _ = interventional_shapley(forest, rows, Background(forest).add(others), exact=exact)
    halves = Background(forest).add(others[::-1][:100]).merge(Background(forest).add(others[::-1][100:]))
    backward, _ = interventional_shapley(forest, rows, halves, exact=exact)
    assert forward.tobytes() == backward.tobytes()


def test_players_that_nobody_lacks_or_everybody_lacks_add_up():
    rng = np.random.default_rng(8)
    forest = forests.full_forest(2, 11, 11)
    rows = forests.random_rows(rng, 30, 11)
    alike = np.repeat(rows[:1], 50, axis=0)
    values, _ = interventional_shapley(forest, rows, Background(forest).add(alike), exact=True)
    assert not values[0].any()
    assert np.isfinite(values).all()
