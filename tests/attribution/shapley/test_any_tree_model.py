"""What must hold of every tree model, tried on random small ones of every library."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st
from tests.native.laws import AVAILABLE
from tests.tree_models.case import interactions, shapley
from tests.tree_models.random_models import LIBRARIES, make, problems

from pellucid.attribution import TreeSHAP
from pellucid.core.native import forced_simd_path
from pellucid.models import as_model

EXPLAINED = 2
every_library = pytest.mark.parametrize("library", LIBRARIES)


def tried(examples):
    return trials(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def some_background(case, seed):
    """A few rows, some of them more than once, with weights that may be 0."""
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(case.X), 7)
    weights = rng.uniform(0, 2, 7) * (rng.random(7) < 0.8)
    weights[0] = 1.0
    return (case.X.iloc[chosen].reset_index(drop=True), weights)


def scale_of(case, ex):
    return max(np.abs(ex.base).max(), np.abs(case.own(case.X)).max())


@every_library
@tried(25)
@given(problem=problems)
def test_values_add_up_in_both_precisions_and_games(library, problem):
    case = make(library, problem)
    own = case.own(case.X)
    for against in (None, some_background(case, problem["seed"])):
        for exact in (True, False):
            ex = TreeSHAP(case.model, against, exact=exact).explain(case.X, check="all")
            assert np.abs(ex.predictions - own).max() <= case.relative(exact) * scale_of(case, ex)


@every_library
@tried(25)
@given(problem=problems)
def test_values_and_interactions_are_those_of_brute_force(library, problem):
    case = make(library, problem)
    rows, weights = some_background(case, problem["seed"])
    for against in (None, (rows, weights)):
        method = TreeSHAP(case.model, against, exact=True)
        ex, pairs = method.explain(case.X[:EXPLAINED]), method.interactions(case.X[:EXPLAINED]).dense()
        allowed = scale_of(case, ex) * (1e-10 if against is None else 4 * case.relative(True))
        for i in range(EXPLAINED):
            game = case.path_dependent(i) if against is None else case.interventional(i, rows, weights)
            np.testing.assert_allclose(ex.values[i], shapley(game, case.players), rtol=0, atol=allowed)
            np.testing.assert_allclose(pairs[i], interactions(game, case.players), rtol=0, atol=allowed)


@every_library
@tried(15)
@given(problem=problems)
def test_a_column_that_no_split_tests_gets_nothing(library, problem):
    case = make(library, problem)
    used = np.unique(as_model(case.model).forest.feature)
    idle = np.setdiff1d(np.arange(case.players), used)
    for against in (None, some_background(case, problem["seed"])):
        method = TreeSHAP(case.model, against)
        found = method.interactions(case.X)
        assert not method.explain(case.X).values[:, idle].any()
        assert not found.main[:, idle].any()
        assert not np.isin(found.index, idle).any()


@every_library
@tried(15)
@given(problem=problems, data=st.data())
def test_bits_depend_on_nothing_but_the_row(library, problem, data):
    case = make(library, problem)
    background = data.draw(st.sampled_from([None, some_background(case, problem["seed"])]))
    exact, threads = data.draw(st.booleans()), data.draw(st.integers(1, 4))
    order = np.random.default_rng(problem["seed"]).permutation(len(case.X))
    cut = data.draw(st.integers(1, len(case.X) - 1))
    expected = TreeSHAP(case.model, background, exact=exact, threads=1).explain(case.X).values
    with forced_simd_path(data.draw(st.sampled_from(AVAILABLE))):
        method = TreeSHAP(case.model, background, exact=exact, threads=threads)
        shuffled = case.X.iloc[order]
        parts = [method.explain(part).values for part in (shuffled[:cut], shuffled[cut:])]
    assert np.concatenate(parts).tobytes() == expected[order].tobytes()
