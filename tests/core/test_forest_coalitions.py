"""Answers to every coalition against predictions of rows put together by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.native import brute_force as twin
from tests.native import forests
from tests.native.laws import PATHS

from pellucid.core import native
from pellucid.core.errors import InputError, ParameterError
from pellucid.core.forest_coalitions import ForestCoalitions


def together(coalitions, rows, background, threads=1):
    """(rows, background rows, coalitions, outputs)"""
    out = np.full((len(rows), len(background), coalitions.count, coalitions.forest.n_outputs), np.nan)
    for some, against, raw in coalitions.blocks(rows, background, threads=threads):
        out[some, against] = raw
    return out


def by_hand(coalitions, players, row, other):
    """(coalitions, outputs)"""
    answers = []
    for number in range(coalitions.count):
        present = {int(p) for i, p in enumerate(coalitions.used) if number >> i & 1}
        mixed = np.where([int(p) in present for p in players], row, other)
        answers.append(twin.route(coalitions.forest, mixed))
    return np.array(answers)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 6),
    st.integers(0, 4),
    st.integers(0, 7),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
)
def test_answers_are_predictions_of_rows_put_together(seed, features, trees, depth, outputs, vector, grouped):
    rng = np.random.default_rng(seed)
    shape = {"n_features": features, "n_trees": trees, "depth": depth, "n_outputs": outputs, "vector": vector}
    forest = forests.random_forest(rng, **shape)
    players = rng.integers(0, 3, features) if grouped else np.arange(features)
    rows, background = forests.random_rows(rng, 2, features), forests.random_rows(rng, 3, features)
    coalitions = ForestCoalitions(forest, players)
    read = {int(players[f]) for f in forest.feature if f >= 0}
    assert set(coalitions.used.tolist()) == read
    got = together(coalitions, rows, background)
    for i, row in enumerate(rows):
        for b, other in enumerate(background):
            np.testing.assert_allclose(got[i, b], by_hand(coalitions, players, row, other), atol=1e-12)


def test_a_deep_chain_of_many_players_is_answered():
    rng = np.random.default_rng(2)
    forest = forests.chain(13, 200, rng, vector_outputs=2)
    row, other = rng.normal(size=(1, 13)) - 2, rng.normal(size=(1, 13)) - 2
    coalitions = ForestCoalitions(forest)
    got = together(coalitions, row, other)[0, 0]
    for number in rng.integers(0, coalitions.count, 40):
        mixed = np.where(number >> np.arange(13) & 1, row[0], other[0])
        np.testing.assert_allclose(got[number], twin.route(forest, mixed), atol=1e-12)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("threads", [1, 3])
def test_paths_threads_and_company_change_no_bit(path, threads):
    rng = np.random.default_rng(5)
    forest = forests.random_forest(rng, n_features=11, n_trees=30, depth=7, n_outputs=2)
    coalitions = ForestCoalitions(forest)
    rows, background = rng.normal(size=(40, 11)), rng.normal(size=(60, 11))
    expected = together(coalitions, rows[:1], background[7:8])
    with native.forced_simd_path(path):
        got = together(coalitions, rows[:5], background, threads)
    np.testing.assert_array_equal(got[0, 7], expected[0, 0])


def test_more_than_fifteen_players_are_refused():
    forest = forests.full_forest(3, 6, 18)
    with pytest.raises(ParameterError, match="the trees read 18 players"):
        next(ForestCoalitions(forest).blocks(np.zeros((1, 18)), np.zeros((1, 18))))


def test_rows_and_players_that_do_not_fit_are_refused_and_no_rows_have_no_answers():
    forest = forests.full_forest(1, 2, 3)
    coalitions, rows = ForestCoalitions(forest), np.zeros((2, 3))
    for some, others in ((rows[:, :2], rows), (rows, rows[:, :2]), (rows.astype(np.float32), rows)):
        with pytest.raises(InputError):
            next(coalitions.blocks(some, others))
    for players in (np.arange(2), np.array([0.0, 1.0, 2.0]), np.array([0, -1, 1])):
        with pytest.raises(ParameterError):
            ForestCoalitions(forest, players)
    assert not list(coalitions.blocks(rows, rows[:0]))
    assert not list(coalitions.blocks(rows[:0], rows))


def test_players_that_do_not_fit_the_forest_never_reach_memory():
    forest = forests.full_forest(1, 2, 3)
    rows = np.zeros((1, 3))
    for players, count in (([0, 1, 2], 2), ([0, -1, 1], 2), ([0, 1], 2), ([0, 1, 2], 21), ([0, 1, 2], -1)):
        with pytest.raises(native.engine.ForestError):
            native.engine.predict_coalitions(forest.native, np.array(players, np.int32), count, rows, rows, 1)
