"""Interaction indices against their definitions: discrete derivatives, and Shapley's weighted fit."""

from __future__ import annotations

from itertools import chain, combinations
from math import comb, factorial

import numpy as np
import pandas as pd
import pytest

from pellucid.attribution import ShapleyInteractions
from pellucid.core.errors import ParameterError
from pellucid.core.streams import MeanAbsolute
from pellucid.maskers import Grouped

P = 5


def model(rows):
    x = np.asarray(rows, dtype=float)
    return np.stack([x[:, 0] * x[:, 1] * x[:, 2] + x[:, 3], np.tanh(x.sum(axis=1)) + x[:, 4] * x[:, 0]], axis=1)


def subsets(players):
    return [frozenset(s) for s in chain.from_iterable(combinations(players, n) for n in range(len(players) + 1))]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    return rng.normal(size=(3, P)), rng.normal(size=(7, P))


@pytest.fixture(scope="module")
def games(data):
    rows, background = data

    def game(x):
        worth = {}
        for present in subsets(range(P)):
            mixed = background.copy()
            mixed[:, sorted(present)] = x[sorted(present)]
            worth[present] = model(mixed).mean(axis=0)
        return worth

    return [game(x) for x in rows]


def derivative(game, s, t):
    return sum((-1) ** (len(s) - len(part)) * game[t | part] for part in subsets(sorted(s)))


def by_derivatives(game, s, weight):
    others = sorted(set(range(P)) - s)
    return sum(weight(len(t), len(s)) * derivative(game, s, t) for t in subsets(others))


def sii(game, s):
    return by_derivatives(game, s, lambda t, k: factorial(P - t - k) * factorial(t) / factorial(P - k + 1))


def banzhaf(game, s):
    return by_derivatives(game, s, lambda t, k: 2.0 ** -(P - k))


def stii(game, s, order):
    if len(s) < order:
        return derivative(game, s, frozenset())
    return by_derivatives(game, s, lambda t, k: order / P / comb(P - 1, t))


def faith(game, order):
    """The least squares fit that Shapley's kernel weighs, exact for nobody and everybody."""
    sets = [s for s in subsets(range(P)) if len(s) <= order]
    rows = list(game)
    design = np.array([[float(s <= t) for s in sets] for t in rows])
    weight = np.array([1e9 if len(t) in (0, P) else (P - 1) / comb(P, len(t)) / len(t) / (P - len(t)) for t in rows])
    root = np.sqrt(weight)[:, None]
    fit = np.linalg.lstsq(design * root, np.array([game[t] for t in rows]) * root, rcond=None)[0]
    return dict(zip(sets, fit, strict=True))


def explained(data, **how):
    rows, background = data
    return ShapleyInteractions(model, background, **how).explain(rows)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(
    ("index", "definition"),
    [("SII", lambda g, s, k: sii(g, s)), ("Banzhaf", lambda g, s, k: banzhaf(g, s)), ("STII", stii)],
)
def test_indices_are_sums_of_discrete_derivatives(data, games, index, definition, order):
    ex = explained(data, index=index, order=order)
    for row, game in enumerate(games):
        for s in [s for s in subsets(range(P)) if 0 < len(s) <= order]:
            np.testing.assert_allclose(ex.effect(*sorted(s))[row], definition(game, s, order), atol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_faith_shap_is_the_weighted_fit(data, games, order):
    ex = explained(data, index="FSII", order=order)
    for row, game in enumerate(games):
        for s, expected in faith(game, order).items():
            if s:
                np.testing.assert_allclose(ex.effect(*sorted(s))[row], expected, atol=1e-6)


def test_moebius_values_are_derivatives_at_nobody(data, games):
    ex = explained(data, index="Möbius", order=5)
    for row, game in enumerate(games):
        for s in subsets(range(P))[1:]:
            np.testing.assert_allclose(ex.effect(*sorted(s))[row], derivative(game, s, frozenset()), atol=1e-12)
    assert ex.receipt.completeness.kind == "checked"


def test_k_sii_of_pairs_is_the_matrix_that_the_field_draws(data, games):
    """Half of each pair at both places and a diagonal that completes each line to the Shapley value."""
    ex = explained(data, index="k-SII", order=2)
    for row, game in enumerate(games):
        for i, j in combinations(range(P), 2):
            np.testing.assert_allclose(ex.effect(i, j)[row], sii(game, frozenset({i, j})), atol=1e-12)
        for j in range(P):
            np.testing.assert_allclose(ex.dense()[row, j].sum(axis=0), sii(game, frozenset({j})), atol=1e-12)


@pytest.mark.parametrize("index", ["k-SII", "STII", "FSII"])
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_these_add_up_to_the_prediction(data, index, order):
    ex = explained(data, index=index, order=order)
    assert ex.receipt.completeness.kind == "checked"
    np.testing.assert_allclose(ex.predictions, model(data[0]), atol=1e-12)


@pytest.mark.parametrize("index", ["k-SII", "STII", "FSII"])
def test_of_order_one_all_are_shapley_values(data, games, index):
    ex = explained(data, index=index, order=1)
    for row, game in enumerate(games):
        shapley = [sii(game, frozenset({j})) for j in range(P)]  # of a single player SII is its Shapley value
        np.testing.assert_allclose(ex.main[row], shapley, atol=1e-12)


def test_what_need_not_add_up_says_so(data):
    completeness = explained(data, index="SII").receipt.completeness
    assert completeness.kind == "not promised"
    assert "the SII of sets of up to 2 players need not add up" in completeness.reason


def test_players_may_be_groups_of_columns(data):
    rows, background = (pd.DataFrame(part, columns=list("abcde")) for part in data)
    ex = ShapleyInteractions(model, Grouped(background, {"ab": ["a", "b"]})).explain(rows)
    assert ex.feature_names == ("ab", "c", "d", "e")
    np.testing.assert_allclose(ex.predictions, model(rows), atol=1e-12)


def test_results_are_drawn_and_told(data):
    ex = explained(data)
    assert ex.target(0).plot() is not None
    assert "x0" in ex.describe()


def test_what_cannot_be_is_refused(data):
    with pytest.raises(ParameterError, match="index must be"):
        ShapleyInteractions(model, data[1], index="SIII")
    with pytest.raises(ParameterError, match="20 players are too many"):
        ShapleyInteractions(lambda rows: rows.sum(axis=1), np.zeros((2, 20))).explain(np.zeros((1, 20)))


def test_a_stream_makes_each_set_a_feature_of_its_own(data):
    rows, background = data
    method = ShapleyInteractions(model, background)
    mean = method.stream(rows, MeanAbsolute(), chunk=2, target=0)
    ex = method.explain(rows, 0)
    sizes = np.abs(np.concatenate([ex.main, ex.values], axis=1)).mean(axis=0)
    assert mean.result().feature_names == (*ex.feature_names, *ex.set_names())
    np.testing.assert_allclose(mean.result().values, sizes)
