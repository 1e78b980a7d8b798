"""ALE against its definition written out row by row, closed forms, and PyALE."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor

from pellucid.core.errors import ColumnsError, ModelFailedError, ParameterError
from pellucid.effects import ALE


def tangled(X):
    a, b = np.asarray(X["a"], dtype=float), np.asarray(X["b"], dtype=float)
    return a**2 + a * b + np.sin(3 * b) + 2.0 * (np.asarray(X["kind"]) == "x") * a


@pytest.fixture
def frame(rng):
    n = 200
    a = rng.normal(size=n)
    kind = np.where(a > 0.3, "x", rng.choice(["x", "y", "z"], n))
    return pd.DataFrame({"a": a, "b": a + 0.5 * rng.normal(size=n), "kind": kind})


def type_1(values, weights, intervals):
    """Values below which at least 0, 1/K, 2/K … of the weight lies."""
    pairs = sorted(zip(values, weights, strict=True))
    total, edges = sum(weights), [pairs[0][0]]
    for k in range(1, intervals + 1):
        below = 0.0
        for value, weight in pairs:
            below += weight
            if below >= k / intervals * total - 1e-9:
                edges.append(value)
                break
    return sorted(set(edges))


def of_numbers(predict, X, name, intervals, weights):
    """Edges, and the curve by the paper's equations 15 and 16."""
    edges = type_1(X[name].tolist(), weights.tolist(), intervals)
    steps = []
    for low, high in pairwise(edges):
        first = low == edges[0]
        rows = X[((X[name] > low) | (first & (X[name] == low))) & (X[name] <= high)]
        moved = predict(rows.assign(**{name: high})) - predict(rows.assign(**{name: low}))
        steps.append(np.average(moved, weights=weights[rows.index]))
    curve = np.concatenate([[0.0], np.cumsum(steps)])
    total = 0.0
    for value, weight in zip(X[name], weights, strict=True):
        k = max(1, next(k for k, edge in enumerate(edges) if value <= edge))
        total += weight * (curve[k] + curve[k - 1]) / 2
    return np.array(edges), curve - total / weights.sum()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("intervals", [1, 7, 20, 500])
def test_numbers_follow_the_definition(frame, rng, intervals, weighted):
    weights = rng.integers(1, 4, len(frame)).astype(float) if weighted else np.ones(len(frame))
    background = (frame, weights) if weighted else frame
    effect = ALE(tangled, background, grid=intervals, resamples=0).explain("a")
    edges, curve = of_numbers(tangled, frame, "a", intervals, weights)
    np.testing.assert_array_equal(effect.curves[0].axes[0].at, edges)
    np.testing.assert_allclose(effect.curves[0].values[:, 0], curve, atol=1e-12)
    assert effect.receipt.evaluations == 2 * len(frame)


def test_categories_climb_to_either_neighbour(frame):
    order = ["y", "x", "z"]
    effect = ALE(tangled, frame, order={"kind": order}, resamples=0).explain("kind")
    curve = [0.0]
    for low, high in pairwise(order):
        rows = frame[frame["kind"].isin([low, high])]
        curve.append(curve[-1] + np.mean(tangled(rows.assign(kind=high)) - tangled(rows.assign(kind=low))))
    curve = np.array(curve) - np.mean([curve[order.index(kind)] for kind in frame["kind"]])
    assert effect.curves[0].axes[0].at.tolist() == order
    np.testing.assert_allclose(effect.curves[0].values[:, 0], curve, atol=1e-12)
    assert effect.receipt.evaluations <= 3 * len(frame)


def test_an_additive_function_is_found_up_to_a_constant(rng):
    n = 300
    size = np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n))
    shop = np.where(rng.random(n) < 0.1, None, rng.choice(["n", "s", "w", "e"], n))
    X = pd.DataFrame({"size": size, "shop": shop, "old": rng.random(n) < 0.4})
    term = {
        "size": lambda v: np.where(np.isnan(v.astype(float)), 5.0, np.sin(2 * v.astype(float))),
        "shop": lambda v: np.array([{"n": 1.0, "s": -2.0, "w": 0.5, "e": 4.0}.get(one, 9.0) for one in v]),
        "old": lambda v: 3.0 * v.astype(bool),
    }
    effect = ALE(lambda X: sum(f(X[name].to_numpy()) for name, f in term.items()), X).explain()
    for curve in effect.curves:
        axis = curve.axes[0]
        places = np.concatenate([axis.at.astype(object), [np.nan if axis.kind == "points" else None] * axis.missing])
        own = term[axis.name](places)
        np.testing.assert_allclose(curve.values[:, 0] - curve.values[0, 0], own - own[0], atol=1e-9)
        assert axis.share.sum() == pytest.approx(1.0)
        assert axis.share @ curve.values[:, 0] == pytest.approx(0.0, abs=1e-9)


def second_order(predict, X, names, edges):
    """Equations 17 to 20 cell by cell, all cells with rows."""
    first, second = names
    cell = [np.maximum(np.searchsorted(edge, X[name], side="left"), 1) for name, edge in zip(names, edges, strict=True)]
    shape = (len(edges[0]), len(edges[1]))
    count, surface = np.zeros(shape), np.zeros(shape)
    for k in range(1, shape[0]):
        for m in range(1, shape[1]):
            rows = X[(cell[0] == k) & (cell[1] == m)]
            assert len(rows)
            corner = {
                (p, q): predict(rows.assign(**{first: edges[0][k - p], second: edges[1][m - q]}))
                for p in (0, 1)
                for q in (0, 1)
            }
            count[k, m] = len(rows)
            moved = corner[0, 0] - corner[1, 0] - corner[0, 1] + corner[1, 1]
            surface[k, m] = surface[k - 1, m] + surface[k, m - 1] - surface[k - 1, m - 1] + moved.mean()
    alone = [np.zeros(shape[0]), np.zeros(shape[1])]
    for k in range(1, shape[0]):
        step = surface[k] - surface[k - 1]
        both = [(step[m] + step[m - 1]) / 2 for m in range(1, shape[1])]
        alone[0][k] = alone[0][k - 1] + np.average(both, weights=count[k, 1:])
    for m in range(1, shape[1]):
        step = surface[:, m] - surface[:, m - 1]
        both = [(step[k] + step[k - 1]) / 2 for k in range(1, shape[0])]
        alone[1][m] = alone[1][m - 1] + np.average(both, weights=count[1:, m])
    surface = surface - alone[0][:, np.newaxis] - alone[1]
    mean = 0.0
    for k in range(1, shape[0]):
        for m in range(1, shape[1]):
            mean += count[k, m] * surface[k - 1 : k + 1, m - 1 : m + 1].mean()
    return surface - mean / len(X)


def test_a_pair_follows_the_definition(rng):
    X = pd.DataFrame({"a": rng.normal(size=400), "b": rng.normal(size=400), "kind": "x"})
    effect = ALE(tangled, X, grid=4).explain(("a", "b"))
    curve = effect.curves[0]
    edges = [axis.at for axis in curve.axes]
    np.testing.assert_allclose(curve.values[:, :, 0], second_order(tangled, X, ("a", "b"), edges), atol=1e-10)
    assert effect.receipt.evaluations == 4 * len(X)


def test_a_product_of_independent_columns_is_its_own_second_order_effect(rng):
    X = rng.normal(size=(4_000, 2))
    curve = ALE(lambda X: X[:, 0] * X[:, 1] + X[:, 0] ** 2 - X[:, 1], X, grid=10).explain(("x0", "x1")).curves[0]
    a, b = (axis.at for axis in curve.axes)
    np.testing.assert_allclose(curve.values[2:-2, 2:-2, 0], np.outer(a, b)[2:-2, 2:-2], atol=0.12)


def test_an_additive_model_has_no_second_order_effect_even_across_empty_cells(frame):
    X = frame.assign(b=frame["a"])
    effect = ALE(lambda X: X["a"] ** 2 + np.sin(X["b"]) + (X["kind"] == "x"), X, grid=6).explain(
        [("a", "b"), ("a", "kind")]
    )
    for curve in effect.curves:
        np.testing.assert_allclose(curve.values, 0, atol=1e-12)


def test_categories_that_look_alike_stand_side_by_side(rng):
    place = rng.integers(0, 5, 600)
    X = pd.DataFrame({"town": np.array(["e", "a", "d", "b", "c"])[place], "height": place + 0.4 * rng.normal(size=600)})
    X["coast"] = np.where(place + 0.5 * rng.normal(size=600) > 2, "yes", "no")
    effect = ALE(lambda X: X["height"].to_numpy(), X).explain("town")
    assert effect.curves[0].axes[0].at.tolist() in (["e", "a", "d", "b", "c"], ["c", "b", "d", "a", "e"])


@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.95])
def test_bands_cover_the_curve_of_the_whole_population_as_often_as_they_say(confidence):
    covered = []
    for seed in range(200):
        rng = np.random.default_rng(1000 + seed)
        a = rng.uniform(-1, 1, 300)
        X = np.column_stack([a, a + rng.normal(size=300)])
        method = ALE(lambda X: X[:, 0] * X[:, 1] + X[:, 0], X, grid=6, confidence=confidence, seed=seed)
        curve = method.explain("x0").curves[0]
        # b is a on average, so the curve climbs by 1 + a; its mean over a is 0
        truth = curve.axes[0].at + curve.axes[0].at ** 2 / 2 - 1 / 6
        covered.append((curve.low[:, 0] <= truth) & (truth <= curve.high[:, 0]))
    assert np.mean(covered) == pytest.approx(confidence, abs=0.025)
    assert np.mean(covered, axis=0).min() > confidence - 0.06


def test_the_band_is_that_of_rows_drawn_again(frame):
    effect = ALE(tangled, frame, grid=6, resamples=400, seed=3).explain("b")
    curve, edges = effect.curves[0], effect.curves[0].axes[0].at
    random, again = np.random.default_rng(0), []
    for _ in range(400):
        weights = np.bincount(random.integers(len(frame), size=len(frame)), minlength=len(frame)).astype(float)
        again.append(_with_edges(tangled, frame, "b", edges, weights))
    low, high = np.quantile(again, [0.025, 0.975], axis=0)
    scale = (high - low).max()
    np.testing.assert_allclose(curve.low[:, 0], low, atol=0.15 * scale)
    np.testing.assert_allclose(curve.high[:, 0], high, atol=0.15 * scale)


def _with_edges(predict, X, name, edges, weights):
    k = np.maximum(np.searchsorted(edges, X[name], side="left"), 1)
    moved = predict(X.assign(**{name: edges[k]})) - predict(X.assign(**{name: edges[k - 1]}))
    steps = [np.average(moved[k == i], weights=weights[k == i]) for i in range(1, len(edges))]
    curve = np.concatenate([[0.0], np.cumsum(steps)])
    return curve - np.average((curve[k] + curve[k - 1]) / 2, weights=weights)


def test_pandas_polars_and_arrays_agree(rng):
    X = rng.normal(size=(120, 3))
    model = lambda X: np.asarray(X)[:, 0] * np.asarray(X)[:, 1]  # noqa: E731
    found = [
        ALE(model, rows).explain()
        for rows in (X, pd.DataFrame(X, columns=list("abc")), pl.DataFrame(X, schema=list("abc")))
    ]
    for one in found[1:]:
        for curve, first in zip(one.curves, found[0].curves, strict=True):
            np.testing.assert_array_equal(curve.values, first.values)
            np.testing.assert_array_equal(curve.low, first.low)


@pytest.mark.parametrize("dtype", ["category", "string", "object"])
def test_kinds_of_categories_reach_the_model_as_they_are(frame, dtype):
    X = frame.assign(kind=frame["kind"].astype(dtype))
    seen = set()

    def model(rows):
        seen.add(str(rows["kind"].dtype))
        return tangled(rows)

    values = ALE(model, X).explain("kind").curves[0].values
    assert seen == {str(X["kind"].dtype)}
    np.testing.assert_allclose(values, ALE(tangled, frame).explain("kind").curves[0].values)


def test_dates_and_nullable_numbers_are_numbers(rng):
    days = pd.to_datetime("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, 150), unit="D")
    X = pd.DataFrame({"day": days, "count": pd.array(rng.integers(0, 5, 150), dtype="Int64")})
    X.loc[:9, "count"] = pd.NA
    model = lambda X: X["day"].dt.day_of_year.to_numpy() + X["count"].fillna(7).to_numpy(dtype=float)  # noqa: E731
    effect = ALE(model, X).explain()
    assert effect.curves[0].axes[0].at.dtype.kind == "M"
    assert effect.curves[1].axes[0].missing
    assert effect.at("count", [np.nan])[0, 0] - effect.at("count", [0])[0, 0] == pytest.approx(7.0)


def test_every_class_of_a_classifier_and_functions_of_outputs(frame):
    X = frame.assign(kind=frame["kind"].astype("category"))
    model = HistGradientBoostingClassifier(max_iter=10, categorical_features="from_dtype").fit(
        X, np.digitize(X["a"], [-0.5, 0.5])
    )
    effect = ALE(model, X).explain("a")
    assert effect.target_names == ("0", "1", "2")
    difference = ALE(model, X).explain("a", lambda raw: raw[:, 2] - raw[:, 0])
    expected = effect.curves[0].values[:, 2] - effect.curves[0].values[:, 0]
    np.testing.assert_allclose(difference.curves[0].values[:, 0], expected, atol=1e-12)


def test_rare_categories_are_left_out_and_it_is_said(rng):
    code = np.concatenate([np.arange(10_000), rng.integers(0, 50, 20_000)])
    X = pd.DataFrame({"code": [f"c{k:05d}" for k in code], "size": rng.normal(size=len(code))})
    effect = ALE(lambda X: X["size"].to_numpy(), X, levels=50, resamples=0).explain("code")
    assert effect.curves[0].axes[0].places == 50
    assert effect.receipt.notes[0].startswith("code: the 50 most frequent categories; rows of the others, 33.2%")


@pytest.mark.parametrize("value", [1.0, np.nan, "x"])
def test_a_column_of_one_value_or_none_has_a_flat_effect(frame, value):
    X = frame.assign(only=value)
    effect = ALE(tangled, X).explain(["only", ("a", "only")])
    assert not effect.curves[0].values.any()
    assert not effect.curves[1].values.any()


def test_bad_input_is_one_sentence(frame):
    with pytest.raises(ColumnsError, match="there is no column"):
        ALE(tangled, frame).explain("size")
    with pytest.raises(ParameterError, match="order: name every category of 'kind' once"):
        ALE(tangled, frame, order={"kind": ["x", "y"]}).explain("kind")
    with pytest.raises(ParameterError, match=r"order must be .* or a mapping from features to their categories"):
        ALE(tangled, frame, order=["x"])
    with pytest.raises(ParameterError, match="confidence"):
        ALE(tangled, frame, confidence=1.0)
    with pytest.raises(ParameterError, match="background"):
        ALE(tangled)
    with pytest.raises(ModelFailedError):
        ALE(lambda X: np.full(len(X), np.nan), frame).explain("a")


def test_batches_change_nothing(frame):
    whole, parts = ALE(tangled, frame), ALE(tangled, frame, batch_size=17)
    for one, other in zip(whole.explain().curves, parts.explain().curves, strict=True):
        np.testing.assert_array_equal(one.values, other.values)


def test_trees_are_explained_in_their_own_unit(frame):
    model = RandomForestRegressor(10, random_state=0).fit(frame[["a", "b"]], tangled(frame))
    effect = ALE(model, frame[["a", "b"]]).explain("a")
    _, curve = of_numbers(model.predict, frame[["a", "b"]], "a", 20, np.ones(len(frame)))
    np.testing.assert_allclose(effect.curves[0].values[:, 0], curve, atol=1e-9)
    assert effect.receipt.unit == "target"


def test_rows_of_weight_zero_beyond_the_others_change_nothing_above():
    rows = np.random.default_rng(0).normal(size=(50, 2))
    weights = np.ones(50)
    weights[rows[:, 0].argmax()] = 0.0
    counted = np.flatnonzero(weights)
    with_them = ALE(lambda X: X[:, 0] ** 2, (rows, weights), grid=7, resamples=0).explain("x0").curves[0]
    without = ALE(lambda X: X[:, 0] ** 2, rows[counted], grid=7, resamples=0).explain("x0").curves[0]
    np.testing.assert_array_equal(with_them.axes[0].at, without.axes[0].at)
    np.testing.assert_allclose(with_them.values, without.values, atol=1e-12)
