"""CatBoost models are read exactly: what the trees say is what the library itself predicts."""

from __future__ import annotations

import itertools
import json

import catboost as cb
import numpy as np
import pytest
from tests.models.boosted import ROWS, as_kind, numbers
from tests.models.catboost_kinds import KINDS, SMALL, allowed, classifier, raw, stopped_early
from tests.tree_models import catboost_json

from pellucid.attribution import TreeSHAP
from pellucid.core.errors import UnsupportedModelError
from pellucid.core.forest import predict
from pellucid.models import as_model, catboost


@pytest.fixture(scope="module", params=KINDS)
def trained(request):
    return KINDS[request.param]()


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "numpy"])
def test_the_trees_sum_to_the_raw_value_of_the_model_itself(trained, kind, route) -> None:
    native, X = trained
    own = raw(native, X)
    model = as_model(native)
    table = model.table(as_kind(kind, X))
    np.testing.assert_array_equal(model.predict(table), own)
    encoded = model.trees.encode(table)
    np.testing.assert_allclose(route(model.forest, encoded[:24]), own[:24], rtol=0, atol=allowed(own))
    np.testing.assert_allclose(predict(model.forest, encoded), own, rtol=0, atol=allowed(own))


def test_an_early_stopped_model_has_only_the_trees_that_training_kept() -> None:
    native, _ = stopped_early()
    assert as_model(native).forest.n_trees == native.tree_count_ == native.best_iteration_ + 1 < 300


@pytest.mark.parametrize("form", ["cbm", "json"])
def test_a_model_read_from_a_file_is_the_same_model(form, tmp_path) -> None:
    native, X = classifier(3, ["low", "middle", "high"])
    native.save_model(str(tmp_path / "model"), format=form)
    loaded = cb.CatBoost().load_model(str(tmp_path / "model"), format=form)
    model = as_model(loaded)
    assert (model.output_names, model.unit) == (("high", "low", "middle"), "logit")
    encoded = model.trees.encode(model.table(X))
    np.testing.assert_allclose(predict(model.forest, encoded), raw(native, X), rtol=0, atol=1e-10)


@pytest.mark.parametrize("kind", ["regression", "missing values largest", "lossguide", "depthwise"])
def test_values_at_and_next_to_a_border_go_where_catboost_sends_them(kind, route) -> None:
    native, X = KINDS[kind]()
    model = as_model(native)
    forest = model.forest
    splits = np.flatnonzero(forest.left >= 0)
    tried = []
    for to, dtype in itertools.product((None, np.inf, -np.inf), (np.float32, np.float64)):
        borders = forest.threshold[splits].astype(dtype)
        rows = np.tile(np.nanmedian(X, axis=0), (len(splits), 1))
        with np.errstate(over="ignore"):
            moved = borders if to is None else np.nextafter(borders, dtype(to))
        rows[np.arange(len(splits)), forest.feature[splits]] = moved
        tried.append(rows)
    rows = np.concatenate(tried)
    own = raw(native, rows)
    np.testing.assert_allclose(route(forest, model.trees.encode(model.table(rows))), own, rtol=0, atol=allowed(own))


@pytest.mark.parametrize("kind", ["regression", "missing values largest", "missing values forbidden", "depthwise"])
def test_missing_infinite_and_huge_values_follow_the_models_own_rule(kind, route) -> None:
    native, _ = KINDS[kind]()
    most = np.finfo(np.float32).max
    specials = np.array([np.nan, np.inf, -np.inf, 1e300, -1e300, most, -most, 0.0, -0.0, 1e-40, 0.05])
    rows = np.random.default_rng(0).choice(specials, size=(300, 4))
    model = as_model(native)
    own = raw(native, rows)
    encoded = model.trees.encode(model.table(rows))
    np.testing.assert_allclose(route(model.forest, encoded), own, rtol=0, atol=allowed(own))
    np.testing.assert_allclose(predict(model.forest, encoded), own, rtol=0, atol=allowed(own))


@pytest.mark.parametrize("mode", ["Min", "Max"])
@pytest.mark.parametrize("policy", ["SymmetricTree", "Lossguide"])
def test_a_split_on_missing_alone_is_read_as_catboost_reads_it(mode, policy, route) -> None:
    X = numbers()
    native = cb.CatBoostRegressor(**SMALL, nan_mode=mode, grow_policy=policy).fit(X, X["a"].isna() * 5.0)
    model = as_model(native)
    own = raw(native, X)
    assert own[X["a"].isna()].min() > own[X["a"].notna()].max() + 1
    np.testing.assert_allclose(route(model.forest, model.trees.encode(model.table(X))), own, rtol=0, atol=1e-10)


def test_covers_are_the_weights_that_the_model_keeps(tmp_path) -> None:
    for kind in ("regression", "lossguide multiclass"):
        native, _ = KINDS[kind]()
        forest = as_model(native).forest
        inner = forest.left >= 0
        np.testing.assert_array_equal(
            forest.cover[inner], forest.cover[forest.left[inner]] + forest.cover[forest.right[inner]]
        )
        np.testing.assert_array_equal(forest.cover[forest.roots], ROWS)
        np.testing.assert_allclose(np.sort(forest.cover[~inner]), np.sort(leaf_weights(native, tmp_path)))


def leaf_weights(native, folder):
    def of(tree):
        return [tree[0]] if len(tree) == 2 else of(tree[1]) + of(tree[2])

    return [weight for tree in catboost_json.trees(catboost_json.dump(native, folder)) for weight in of(tree)]


def test_without_leaf_weights_path_dependent_values_are_refused_and_interventional_ones_work(tmp_path) -> None:
    native, X = KINDS["regression"]()
    dumped = catboost_json.dump(native, tmp_path)
    for tree in dumped["oblivious_trees"]:
        del tree["leaf_weights"]
    (tmp_path / "light.json").write_text(json.dumps(dumped))
    light = cb.CatBoost().load_model(str(tmp_path / "light.json"), format="json")
    ex = TreeSHAP(light, X[:20], exact=True).explain(X[:5])
    np.testing.assert_allclose(ex.values, TreeSHAP(native, X[:20], exact=True).explain(X[:5]).values, atol=1e-12)
    with pytest.raises(UnsupportedModelError, match=r"need the training weight at every node.*give a background"):
        TreeSHAP(light).explain(X[:5])


@pytest.mark.parametrize("kind", ["regression", "depth 9", "missing values largest", "stopped early", "binary"])
def test_oblivious_trees_have_the_values_that_catboost_itself_computes(kind) -> None:
    native, X = KINDS[kind]()
    own = native.get_feature_importance(cb.Pool(X), type="ShapValues")
    ex = TreeSHAP(native, exact=True).explain(X)
    np.testing.assert_allclose(ex.values[:, :, 0], own[:, :-1], rtol=0, atol=1e-9)
    np.testing.assert_allclose(ex.base[:, 0], own[:, -1], rtol=0, atol=1e-9)


@pytest.mark.parametrize("exact", [False, True], ids=["float32 tables", "exact"])
def test_values_add_up_to_the_raw_value(trained, exact) -> None:
    native, X = trained
    own = raw(native, X)
    for background in (None, X[40:70]):
        ex = TreeSHAP(native, background, exact=exact).explain(X, check="all")
        scale = max(np.abs(ex.base).max(), np.abs(own).max())
        gap = np.abs(ex.base + ex.values.sum(axis=1) - own).max()
        assert gap <= (1e-10 if exact else 1e-5) * scale


def test_trees_too_large_to_write_out_are_refused_with_their_size(monkeypatch) -> None:
    native, X = KINDS["depth 9"]()
    monkeypatch.setattr(catboost, "MOST_NODES", 1000)
    model = as_model(native)
    assert model.predict(model.table(X)).shape == (ROWS, 1)
    assert model.fingerprint(model.table(X)) == as_model(native).fingerprint(model.table(X))
    with pytest.raises(UnsupportedModelError, match="3,069 nodes when written out, where 1,000 are read at most"):
        _ = model.forest
