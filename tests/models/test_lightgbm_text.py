"""LightGBM models are read exactly: what the trees say is what the library itself predicts."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
import treelite
from tests.models.boosted import ROWS, as_kind, goal
from tests.models.lightgbm_kinds import KINDS, RAW, allowed, classifier, raw, regressor, stopped_early

from pellucid.core.forest import Missing, predict
from pellucid.models import as_model


@pytest.fixture(scope="module", params=KINDS)
def trained(request):
    return KINDS[request.param]()


@pytest.mark.parametrize("kind", ["pandas", "polars", "numpy"])
def test_the_trees_sum_to_the_raw_score_of_the_model_itself(trained, kind, route) -> None:
    native, X = trained
    own = raw(native, X)
    model = as_model(native)
    table = model.table(as_kind(kind, X))
    np.testing.assert_array_equal(model.predict(table), own)
    routed = route(model.forest, model.trees.encode(table.rows(np.arange(24))))
    np.testing.assert_allclose(routed, own[:24], rtol=0, atol=allowed(own))


def test_the_engine_routes_as_the_slow_walker_does(trained, route) -> None:
    model = as_model(trained[0])
    encoded = model.trees.encode(model.table(trained[1]))
    np.testing.assert_allclose(predict(model.forest, encoded)[:24], route(model.forest, encoded[:24]), rtol=1e-12)


def test_a_model_that_stopped_early_uses_its_best_iteration(route) -> None:
    native, X = stopped_early()
    assert as_model(native).forest.n_trees == native.best_iteration_
    y = goal(X)
    kept, held = (
        lgb.Dataset(X[:120], y[:120]),
        lgb.Dataset(X[120:], np.random.default_rng(2).normal(size=120) + y[120:]),
    )
    settings = {**RAW, "n_estimators": 60, "learning_rate": 0.5}
    stop = lgb.early_stopping(3, verbose=False)
    booster = lgb.train(settings, kept, valid_sets=[held], callbacks=[stop], keep_training_booster=True)
    assert booster.best_iteration < booster.current_iteration()
    own = raw(booster, X)
    model = as_model(booster)
    assert model.forest.n_trees == booster.best_iteration
    routed = route(model.forest, model.trees.encode(model.table(X)))
    np.testing.assert_allclose(routed, own, rtol=0, atol=allowed(own))


def test_a_random_forest_is_a_sum_and_not_a_mean_of_trees() -> None:
    native, X = KINDS["random forest"]()
    model = as_model(native)
    assert model.unit == "sum over trees"
    np.testing.assert_allclose(raw(native, X)[:, 0] / model.forest.n_trees, native.predict(X))


def test_covers_are_the_counts_in_the_dump() -> None:
    native, _ = classifier(3)
    dumped = []

    def walk(node, tree):
        leaf = "leaf_count" in node or "leaf_value" in node
        dumped.append((tree, node["leaf_count" if leaf else "internal_count"], node["leaf_value"] if leaf else 0.0))
        if not leaf:
            walk(node["left_child"], tree)
            walk(node["right_child"], tree)

    for tree in native.booster_.dump_model()["tree_info"]:
        walk(tree["tree_structure"], tree["tree_index"])
    forest = as_model(native).forest
    tree_of = np.searchsorted(forest.roots, np.arange(len(forest.left)), side="right") - 1
    ours = sorted(zip(tree_of.tolist(), forest.cover.tolist(), forest.value[:, 0].tolist(), strict=True))
    np.testing.assert_allclose(ours, sorted(dumped), rtol=1e-12)
    inner = forest.left >= 0
    np.testing.assert_array_equal(
        forest.cover[inner], forest.cover[forest.left[inner]] + forest.cover[forest.right[inner]]
    )


def test_values_at_and_next_to_a_threshold_go_where_lightgbm_sends_them(route) -> None:
    native, X = regressor()
    model = as_model(native)
    forest = model.forest
    splits = np.flatnonzero(forest.left >= 0)
    tried = []
    for move in (lambda t: t, lambda t: np.nextafter(t, np.inf), lambda t: np.nextafter(t, -np.inf)):
        rows = np.tile(np.nanmedian(X, axis=0), (len(splits), 1))
        rows[np.arange(len(splits)), forest.feature[splits]] = move(forest.threshold[splits])
        tried.append(rows)
    rows = np.concatenate(tried)
    own = raw(native.booster_, rows)
    np.testing.assert_allclose(route(forest, model.trees.encode(model.table(rows))), own, rtol=0, atol=allowed(own))


@pytest.mark.parametrize("kind", ["regression", "zeros are missing", "nothing missing in training"])
def test_missing_zero_tiny_and_infinite_values_follow_the_models_own_rule(kind, route) -> None:
    native, _ = KINDS[kind]()
    specials = np.array([np.nan, 0.0, -0.0, 1e-36, -1e-36, 1e-35, 1.1e-35, -1.1e-35, np.inf, -np.inf, 1e300, 0.05])
    rows = np.random.default_rng(0).choice(specials, size=(300, 4))
    model = as_model(native)
    expected = {"regression": Missing.NAN, "zeros are missing": Missing.ZERO}.get(kind, Missing.NAN_IS_ZERO)
    assert (model.forest.missing[model.forest.left >= 0] == expected).any()
    own = raw(native.booster_, rows)
    encoded = model.trees.encode(model.table(rows))
    np.testing.assert_allclose(route(model.forest, encoded), own, rtol=0, atol=allowed(own))
    np.testing.assert_allclose(predict(model.forest, encoded), own, rtol=0, atol=allowed(own))


def test_treelite_reads_the_same_plain_model() -> None:
    native, X = classifier(3)
    second = treelite.frontend.from_lightgbm(native.booster_)
    expected = treelite.gtil.predict(second, X.to_numpy(), pred_margin=True).reshape(ROWS, 3)
    model = as_model(native)
    np.testing.assert_allclose(
        predict(model.forest, model.trees.encode(model.table(X))), expected, rtol=0, atol=allowed(expected)
    )
