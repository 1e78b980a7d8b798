"""One test a kind of tree model: exact against the library's own raw prediction and brute force, or refused by name."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from tests.tree_models import catboost_models, lightgbm_models, sklearn_models, xgboost_models
from tests.tree_models.case import Case, interactions, shapley

from pellucid.attribution import TreeSHAP
from pellucid.core.errors import UnsupportedModelError

LIBRARIES = (xgboost_models, lightgbm_models, sklearn_models, catboost_models)
MODELS = {name: make for library in LIBRARIES for name, make in library.MODELS.items()}
REFUSED = {name: refused for library in LIBRARIES[1:] for name, refused in library.REFUSED.items()}
SEEDS = (0, 1, 2)
EXPLAINED = (0, 3)
BACKGROUND, WEIGHTS = slice(20, 27), np.arange(1.0, 8.0)

every_model = pytest.mark.parametrize("name", MODELS)
every_seed = pytest.mark.parametrize("seed", SEEDS)


@cache
def trained(name, seed) -> Case:
    return MODELS[name](seed)


def background(case):
    return (case.X[BACKGROUND], WEIGHTS)


def largest(*arrays):
    return max(np.abs(array).max() for array in arrays)


@every_seed
@every_model
def test_values_and_interactions_add_up_to_the_librarys_own_raw_prediction(name, seed):
    case = trained(name, seed)
    own = case.own(case.X)
    for against in (None, background(case)):
        exact, quick = TreeSHAP(case.model, against, exact=True), TreeSHAP(case.model, against)
        for made, strict in (
            (exact.explain(case.X, check="all"), True),
            (quick.explain(case.X, check="all"), False),
            (exact.interactions(case.X[:30], check="all"), True),
        ):
            gap = np.abs(made.predictions - own[: len(made)]).max()
            assert gap <= case.relative(strict) * largest(made.base, own)


@every_seed
@every_model
def test_path_dependent_values_are_brute_force_over_the_librarys_own_trees(name, seed):
    case = trained(name, seed)
    method = TreeSHAP(case.model, exact=True)
    found, pairs = method.explain(case.X[:4]), method.interactions(case.X[:4])
    scale = largest(found.base, case.own(case.X))
    for i in EXPLAINED:
        game = case.path_dependent(i)
        np.testing.assert_allclose(found.values[i], shapley(game, case.players), rtol=0, atol=1e-10 * scale)
        expected = interactions(game, case.players)
        np.testing.assert_allclose(pairs.dense()[i], expected, rtol=0, atol=1e-10 * scale)


@every_seed
@every_model
def test_interventional_values_are_brute_force_over_the_librarys_own_predictions(name, seed):
    case = trained(name, seed)
    rows, weights = background(case)
    method = TreeSHAP(case.model, (rows, weights), exact=True)
    found, pairs = method.explain(case.X[:4]), method.interactions(case.X[:4])
    allowed = case.relative(True) * largest(found.base, case.own(case.X))
    for i in EXPLAINED:
        game = case.interventional(i, rows, weights)
        np.testing.assert_allclose(found.base[i], game[frozenset()], rtol=0, atol=allowed)
        np.testing.assert_allclose(found.values[i], shapley(game, case.players), rtol=0, atol=2 * allowed)
        expected = interactions(game, case.players)
        np.testing.assert_allclose(pairs.dense()[i], expected, rtol=0, atol=4 * allowed)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_exactly_is_refused_with_the_reason_and_what_to_use(name):
    make, why = REFUSED[name]
    with pytest.raises(UnsupportedModelError, match=why):
        TreeSHAP(make())
