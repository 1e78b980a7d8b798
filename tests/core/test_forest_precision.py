"""How large leaves may be: refused where sums in float32 would overflow, right where they are in float64."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor
from tests.native import forests
from tests.native.laws import DEFAULT, EXACT, close

from pellucid.attribution import TreeBanzhaf, TreeSHAP
from pellucid.core.errors import ParameterError
from pellucid.core.forest import LARGEST_LEAF, Decision
from pellucid.core.forest_background import Background
from pellucid.core.forest_banzhaf import interventional_banzhaf, path_dependent_banzhaf
from pellucid.core.forest_interactions import interventional_interactions, path_dependent_interactions
from pellucid.core.forest_shapley import interventional_shapley, path_dependent_shapley

REFUSED = r"^a leaf holds [^ ]+ where sums in float32 have room for leaves up to 1e\+34; pass exact=True, .*\.$"
BY_COVER = (path_dependent_shapley, path_dependent_banzhaf, path_dependent_interactions)
AGAINST = (interventional_shapley, interventional_banzhaf, interventional_interactions)


def answers(forest, exact):
    """What each kernel says of the forest, by name: values, and what comes with them."""
    rng = np.random.default_rng(1)
    rows, others = forests.random_rows(rng, 20, forest.n_features), forests.random_rows(rng, 5, forest.n_features)
    background = Background(forest).add(others)
    order = 6 if forest.n_features < 10 else 3
    return {
        **{f.__name__: lambda f=f: f(forest, rows, exact=exact) for f in BY_COVER},
        **{f.__name__: lambda f=f: f(forest, rows, background, exact=exact) for f in AGAINST},
        "sets": lambda: path_dependent_interactions(forest, rows[:2], exact=exact, order=order),
        "sets against": lambda: interventional_interactions(forest, rows[:2], background, exact=exact, order=order),
    }


def some_forest(features, depth, vector, largest):
    """40 trees, more than are summed in float32, whose leaves are as large as can be: signs are all that differs."""
    rng = np.random.default_rng(features)
    kinds = (Decision.LESS_F32, Decision.IN_SET)
    shape = {"n_features": features, "n_trees": 40, "depth": depth, "n_outputs": 2, "vector": vector, "grow": 0.85}
    forest = forests.random_forest(rng, **shape, kinds=kinds)
    forest.cover[:] = np.maximum(forest.cover, 0.1)
    return replace(forest, value=np.sign(forest.value) * largest, base=np.zeros(2))


SHAPES = pytest.mark.parametrize(("features", "depth", "vector"), [(4, 5, False), (9, 6, True), (10, 9, False)])


@SHAPES
@pytest.mark.parametrize("largest", [2e34, 3e38, 1e39, 1e200])
def test_leaves_too_large_for_float32_are_refused_with_the_remedy(features, depth, vector, largest):
    for ask in answers(some_forest(features, depth, vector, largest), exact=False).values():
        with pytest.raises(ParameterError, match=REFUSED):
            ask()


@SHAPES
@pytest.mark.parametrize(("exact", "largest", "tolerance"), [(True, 1e200, EXACT), (False, LARGEST_LEAF, DEFAULT)])
def test_values_grow_with_the_leaves_up_to_the_largest(features, depth, vector, exact, largest, tolerance):
    ones = answers(some_forest(features, depth, vector, 1.0), exact=True)
    large = answers(some_forest(features, depth, vector, largest), exact=exact)
    for name, ask in ones.items():
        for got, expected in zip(large[name](), ask(), strict=True):
            whole_numbers = expected.dtype.kind == "i"
            close(got if whole_numbers else got / largest, expected, tolerance)


@pytest.mark.parametrize("method", [TreeSHAP, TreeBanzhaf])
@pytest.mark.parametrize("with_background", [False, True])
def test_a_random_forest_of_targets_of_1e39_is_explained_with_exact(method, with_background):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 5))
    model = RandomForestRegressor(10, max_depth=7, random_state=0).fit(X, 1e39 * (X[:, 0] + X[:, 1] * X[:, 2]))
    background = X[:50] if with_background else None
    with pytest.raises(ParameterError, match=REFUSED):
        method(model, background).explain(X)
    found = method(model, background, exact=True).explain(X)
    assert np.isfinite(found.values).all()
    if method is TreeSHAP:
        assert found.receipt.completeness.gap <= 1e-10 * np.abs(model.predict(X)).max()
