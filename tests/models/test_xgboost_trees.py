"""XGBoost models are read exactly: what the trees say is what the library itself predicts."""

from __future__ import annotations

import json

import numpy as np
import pytest
import treelite
import xgboost as xgb
from tests.models.boosted import ROWS, as_kind, numbers
from tests.models.xgboost_kinds import KINDS, allowed, classifier, regressor, several, stopped_early

from pellucid.core.errors import UnsupportedModelError
from pellucid.core.forest import predict
from pellucid.models import as_model


@pytest.fixture(scope="module", params=KINDS)
def trained(request):
    return KINDS[request.param]()


@pytest.mark.parametrize("kind", ["pandas", "polars", "numpy"])
def test_the_trees_sum_to_the_margin_that_the_model_itself_predicts(trained, kind, route) -> None:
    native, X = trained
    own = native.predict(X, output_margin=True).reshape(ROWS, -1)
    model = as_model(native)
    table = model.table(as_kind(kind, X))
    np.testing.assert_array_equal(model.predict(table), own)
    some = table.rows(np.arange(24))
    routed = route(model.forest, model.trees.encode(some))
    np.testing.assert_allclose(routed, own[:24], rtol=0, atol=allowed(model, own))


def test_the_engine_routes_as_the_slow_walker_does(trained, route) -> None:
    model = as_model(trained[0])
    encoded = model.trees.encode(model.table(trained[1]))
    np.testing.assert_allclose(predict(model.forest, encoded)[:24], route(model.forest, encoded[:24]), rtol=1e-12)


def test_the_booster_of_a_scikit_learn_model_gives_all_its_trees(trained, route) -> None:
    native, X = trained
    booster = native.get_booster()
    own = booster.predict(xgb.DMatrix(X), output_margin=True).reshape(ROWS, -1)
    model = as_model(booster)
    table = model.table(X)
    np.testing.assert_array_equal(model.predict(table), own)
    routed = route(model.forest, model.trees.encode(table)[:20])
    np.testing.assert_allclose(routed, own[:20], rtol=0, atol=allowed(model, own))


def test_a_scikit_learn_model_that_stopped_early_uses_its_best_iteration() -> None:
    native, _ = stopped_early()
    best, last = native.best_iteration + 1, native.get_booster().num_boosted_rounds()
    assert best < last
    assert as_model(native).forest.n_trees == best
    assert as_model(native.get_booster()).forest.n_trees == last
    assert as_model(native.get_booster()[:2]).forest.n_trees == 2


def test_covers_are_the_sums_of_hessians_in_the_dump() -> None:
    native, _ = classifier(2)
    dumped = []

    def walk(node):
        dumped.append((node["cover"], node.get("leaf")))
        for child in node.get("children", []):
            walk(child)

    for tree in native.get_booster().get_dump(dump_format="json", with_stats=True):
        walk(json.loads(tree))
    forest = as_model(native).forest
    inner = forest.left >= 0
    assert len(dumped) == len(forest.cover)
    np.testing.assert_allclose(np.sort(forest.cover), np.sort([cover for cover, _ in dumped]), rtol=1e-5)
    leaves = [leaf for _, leaf in dumped if leaf is not None]
    np.testing.assert_allclose(np.sort(forest.value[~inner, 0]), np.sort(leaves), rtol=1e-5)
    np.testing.assert_allclose(
        forest.cover[inner], forest.cover[forest.left[inner]] + forest.cover[forest.right[inner]], rtol=1e-5
    )


def test_values_at_and_next_to_a_threshold_go_where_xgboost_sends_them(route) -> None:
    native, X = regressor(X=numbers(0.0))
    model = as_model(native)
    forest = model.forest
    splits = np.flatnonzero(forest.left >= 0)
    probes = np.tile(np.nanmedian(X, axis=0), (len(splits), 1))
    tried = []
    for step in (0.0, 1e-9, -1e-9, 1e-6, -1e-6):
        rows = probes.copy()
        rows[np.arange(len(splits)), forest.feature[splits]] = forest.threshold[splits] * (1 + step)
        tried.append(rows)
    rows = np.concatenate(tried)
    own = native.predict(rows, output_margin=True)
    routed = route(forest, model.trees.encode(model.table(rows)))[:, 0]
    np.testing.assert_allclose(routed, own, rtol=0, atol=allowed(model, own))


def test_treelite_reads_the_same_plain_model() -> None:
    native, X = classifier(3)
    second = treelite.frontend.from_xgboost(native.get_booster())
    expected = treelite.gtil.predict(second, X.to_numpy(dtype=np.float32), pred_margin=True).reshape(ROWS, 3)
    model = as_model(native)
    routed = predict(model.forest, model.trees.encode(model.table(X)))
    np.testing.assert_allclose(routed, expected, atol=allowed(model, expected))


def test_vector_leaves_without_weights_of_nodes_are_refused() -> None:
    from pellucid.models.xgboost_trees import read_forest

    native, _ = regressor(several, multi_strategy="multi_output_tree")
    document = json.loads(native.get_booster().save_raw("json"))
    for tree in document["learner"]["gradient_booster"]["model"]["trees"]:
        del tree["sum_hessian"]
    with pytest.raises(UnsupportedModelError, match=r"saved by a version before 3\.2"):
        read_forest(json.dumps(document).encode(), "identity")


def test_weights_of_dropped_trees_are_found_where_any_version_keeps_them() -> None:
    from pellucid.models.xgboost_trees import read_forest

    native, _ = KINDS["dart"]()
    document = json.loads(native.get_booster().save_raw("json"))
    inside = document["learner"]["gradient_booster"]
    if "gbtree" in inside:
        moved = {"name": "gbtree", "model": {**inside["gbtree"]["model"], "weight_drop": inside["weight_drop"]}}
    else:
        kept = dict(inside["model"])
        moved = {"name": "dart", "weight_drop": kept.pop("weight_drop"), "gbtree": {"name": "gbtree", "model": kept}}
    document["learner"]["gradient_booster"] = moved
    other = read_forest(json.dumps(document).encode(), "identity")
    np.testing.assert_array_equal(other.value, as_model(native).forest.value)
