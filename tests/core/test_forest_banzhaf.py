"""Banzhaf values of trees against enumeration and leaf games: both games, any depth, every path the same bits."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.native import brute_force as twin
from tests.native import forests
from tests.native.laws import DEFAULT, EXACT, PATHS, TOLERANCES, close, seeds, shapes, some_players
from tests.tree_models.case import banzhaf, coalitions

from pellucid.core import native
from pellucid.core.errors import InputError, UnsupportedModelError
from pellucid.core.forest_background import Background
from pellucid.core.forest_banzhaf import interventional_banzhaf, path_dependent_banzhaf
from pellucid.core.forest_shapley import interventional_shapley, path_dependent_shapley


def enumerated(value, n_players):
    """(players, outputs)"""
    return banzhaf({s: value(s) for s in coalitions(range(n_players))}, n_players)


def of_a_leaf(present, absent):
    """Banzhaf values of ``v(S) = Π_{j∈S} present_j · Π_{j∉S} absent_j``: the others are in S by the toss of a coin."""
    k = len(present)
    return [
        (present[i] - absent[i]) * math.prod((present[j] + absent[j]) / 2 for j in range(k) if j != i) for i in range(k)
    ]


@settings(max_examples=40, deadline=None)
@given(shapes(), seeds, st.booleans(), st.booleans())
def test_path_dependent_values_are_those_of_enumeration(shape, seed, exact, grouped):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, **shape)
    players = some_players(rng, forest.n_features, grouped)
    rows = forests.random_rows(rng, 3, forest.n_features)
    values, base = path_dependent_banzhaf(forest, rows, players, exact=exact)
    for got, row in zip(values, rows, strict=True):
        game = twin.path_dependent_game(forest, row, players)
        close(got, enumerated(game, values.shape[1]), EXACT if exact else DEFAULT)
        close(base, game(frozenset()), EXACT)


@settings(max_examples=30, deadline=None)
@given(shapes(), seeds, st.booleans(), st.booleans())
def test_interventional_values_are_those_of_enumeration(shape, seed, exact, grouped):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, **shape)
    players = some_players(rng, forest.n_features, grouped)
    rows, others = forests.random_rows(rng, 2, forest.n_features), forests.random_rows(rng, 6, forest.n_features)
    weights = rng.uniform(0.1, 2, len(others))
    values, base = interventional_banzhaf(forest, rows, Background(forest, players).add(others, weights), exact=exact)
    for got, row in zip(values, rows, strict=True):
        game = twin.interventional_game(forest, row, players, others, weights)
        close(got, enumerated(game, values.shape[1]), EXACT if exact else DEFAULT)
        close(base, game(frozenset()), EXACT)


@TOLERANCES
@pytest.mark.parametrize(
    ("players", "vector"), [(7, 0), (8, 0), (9, 3), (12, 0), (13, 0), (13, 11), (20, 0), (70, 0), (100, 0)]
)
def test_deep_leaves_match_leaf_games(players, vector, exact, tolerance):
    rng = np.random.default_rng(players)
    forest = forests.chain(players, players + 5, rng, vector_outputs=vector)
    each = np.arange(players, dtype=np.int32)
    rows, others = forests.random_rows(rng, 2, players), forests.random_rows(rng, 3, players)
    weights = rng.uniform(0.5, 2, len(others))
    by_cover, _ = path_dependent_banzhaf(forest, rows, exact=exact)
    against, _ = interventional_banzhaf(forest, rows, Background(forest).add(others, weights), exact=exact)
    for i, row in enumerate(rows):
        close(by_cover[i], twin.deep_path_dependent(forest, row, each, of_a_leaf), tolerance)
        close(against[i], twin.deep_interventional(forest, row, each, others, weights, of_a_leaf), tolerance)


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
    by_cover, _ = path_dependent_banzhaf(forest, row, exact=exact)
    close(by_cover[0], twin.deep_path_dependent(forest, row[0], players, of_a_leaf), tolerance)
    against, _ = interventional_banzhaf(forest, row, Background(forest).add(others), exact=exact)
    close(against[0], twin.deep_interventional(forest, row[0], players, others, np.ones(2), of_a_leaf), tolerance)


def test_a_conjunction_of_30_gives_each_the_chance_that_all_others_hold():
    builder = forests.Builder(30)
    below = builder.leaf(1.0, 99.0)
    for level in reversed(range(30)):
        below = builder.link(builder.split(level, 0.0), below, builder.leaf(0.0, 1.0))
    builder.tree(below)
    forest = builder.forest()
    background = Background(forest).add(np.ones((2, 30)))
    against, _ = interventional_banzhaf(forest, -np.ones((1, 30)), background, exact=True)
    np.testing.assert_allclose(against[0, :, 0], 2.0**-29, rtol=1e-9)


def test_two_players_have_the_same_banzhaf_and_shapley_values_and_three_have_not():
    rng = np.random.default_rng(3)
    for features, same in ((2, True), (3, False)):
        forest = forests.random_forest(rng, n_features=features, n_trees=6, depth=5, grow=1.0)
        rows, background = forests.random_rows(rng, 30, features), forests.random_rows(rng, 9, features)
        against = Background(forest).add(background)
        for banzhaf_of, shapley_of in (
            (path_dependent_banzhaf(forest, rows, exact=True), path_dependent_shapley(forest, rows, exact=True)),
            (
                interventional_banzhaf(forest, rows, against, exact=True),
                interventional_shapley(forest, rows, against, exact=True),
            ),
        ):
            assert np.allclose(banzhaf_of[0], shapley_of[0], rtol=0, atol=1e-12) is same
            np.testing.assert_array_equal(banzhaf_of[1], shapley_of[1])


@pytest.mark.parametrize("exact", [True, False])
def test_one_forest_and_one_background_serve_shapley_and_banzhaf_values_in_any_order(exact):
    rng = np.random.default_rng(5)
    rows, others = forests.random_rows(rng, 40, 18), forests.random_rows(rng, 60, 18)

    def made():
        forest = forests.random_forest(np.random.default_rng(8), n_features=18, n_trees=3, depth=10, grow=0.92)
        forest.cover[:] = np.maximum(forest.cover, 0.1)
        return forest, Background(forest).add(others)

    def asked(forest, background, name):
        calls = {
            "by cover, Banzhaf": lambda: path_dependent_banzhaf(forest, rows, exact=exact),
            "by cover, Shapley": lambda: path_dependent_shapley(forest, rows, exact=exact),
            "against, Banzhaf": lambda: interventional_banzhaf(forest, rows, background, exact=exact),
            "against, Shapley": lambda: interventional_shapley(forest, rows, background, exact=exact),
        }
        return calls[name]()[0].tobytes()

    names = ("by cover, Banzhaf", "by cover, Shapley", "against, Banzhaf", "against, Shapley")
    alone = {name: asked(*made(), name) for name in names}
    for order in (names, names[::-1], (*names[1:], names[0])):
        forest, background = made()
        assert all(asked(forest, background, name) == alone[name] for name in (*order, *order))


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
                against, _ = interventional_banzhaf(forest, rows, background, exact=exact)
                by_cover, _ = path_dependent_banzhaf(forest, rows, exact=exact)
                answers.append([against.tobytes(), by_cover.tobytes()])
        assert answers[0] == answers[1]


@pytest.mark.parametrize("exact", [True, False])
def test_bits_depend_neither_on_threads_nor_on_rows_a_call(exact):
    rng = np.random.default_rng(4)
    forest = forests.random_forest(rng, n_features=18, n_trees=5, depth=9, n_outputs=2, grow=0.95)
    forest.cover[:] = np.maximum(forest.cover, 0.1)
    rows, others = forests.random_rows(rng, 2100, 18), forests.random_rows(rng, 300, 18)
    background = Background(forest).add(others)

    def answers(rows, threads):
        return (
            path_dependent_banzhaf(forest, rows, exact=exact, threads=threads)[0],
            interventional_banzhaf(forest, rows, background, exact=exact, threads=threads)[0],
        )

    expected = answers(rows, 1)
    for size, threads in ((2100, 2), (2100, 5), (1, 2), (17, 2), (64, 1), (1000, 3)):
        for got, want in zip(answers(rows[:size], threads), expected, strict=True):
            assert got.tobytes() == want[:size].tobytes()


def test_a_player_that_no_split_tests_has_no_value_and_constant_trees_give_none():
    rng = np.random.default_rng(0)
    forest = forests.random_forest(rng, n_features=4, depth=6, grow=1.0)
    forest.feature[forest.feature == 2] = 1
    rows = forests.random_rows(rng, 5, 4)
    assert not path_dependent_banzhaf(forest, rows)[0][:, 2].any()
    flat = forests.random_forest(rng, n_features=4, depth=6, grow=1.0)
    flat.value[:] = 3.0
    assert not path_dependent_banzhaf(flat, rows)[0].any()
    assert not interventional_banzhaf(flat, rows, Background(flat).add(rows))[0].any()


def test_what_does_not_fit_is_refused():
    forest = forests.random_forest(np.random.default_rng(0), n_features=3, depth=3, grow=1.0)
    with pytest.raises(InputError, match="rows have 2 columns"):
        path_dependent_banzhaf(forest, np.zeros((1, 2)))
    forest.cover[:] = np.nan
    with pytest.raises(UnsupportedModelError, match="give a background"):
        path_dependent_banzhaf(forest, np.zeros((1, 3)))
