"""Of very many categories the rarest stand together, against the mean over each of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

import pellucid
from pellucid.core.effect_axis import Axis
from pellucid.core.errors import ParameterError
from pellucid.effects import ALE, ICE, HStatistic, PartialDependence, PredictionPlot, TargetPlot
from pellucid.effects.rare_levels import drawn_rows

RNG = np.random.default_rng(5)
N = 300
FRAME = pd.DataFrame(
    {
        "town": RNG.choice(np.array([*"abcdefghij"], dtype=object), N, p=np.arange(10, 0, -1) / 55),
        "age": RNG.normal(40, 10, N),
    }
)
WORTH = dict(zip("abcdefghij", RNG.normal(size=10), strict=True))


def additive(X):
    return X["town"].map(WORTH).to_numpy(dtype=float) + X["age"].to_numpy() / 10


def together(X):
    return X["town"].map(WORTH).to_numpy(dtype=float) * X["age"].to_numpy()


def forest():
    X = FRAME.assign(town=FRAME["town"].astype("category"))
    y = together(FRAME)
    return HistGradientBoostingRegressor(max_iter=20, categorical_features="from_dtype", random_state=0).fit(X, y), X


def most_frequent(count, weights=None):
    sizes = FRAME.groupby("town").size() if weights is None else pd.Series(weights).groupby(FRAME["town"]).sum()
    ordered = sizes.sort_values(ascending=False, kind="stable")
    return sorted(ordered.index[:count]), ordered.iloc[count:]


def test_of_trees_the_others_are_the_exact_mean_over_each_of_them():
    model, X = forest()
    weights = np.arange(N) % 3 + 1.0
    each = PartialDependence(model, (X, weights)).explain(["town", ("town", "age")])
    found = PartialDependence(model, (X, weights), levels=4).explain(["town", ("town", "age")])
    kept, rare = most_frequent(4, weights)
    at = each.curves[0].axes[0].at.tolist()
    for whole, folded in zip(each.curves, found.curves, strict=True):
        assert folded.axes[0].at.tolist() == kept
        assert folded.axes[0].others == 6
        expected = np.average([whole.values[at.index(name)] for name in rare.index], axis=0, weights=rare.to_numpy())
        np.testing.assert_allclose(folded.values[4], expected, rtol=1e-12)
        np.testing.assert_array_equal(folded.values[:4], whole.values[[at.index(name) for name in kept]])
        assert folded.axes[0].share[4] == pytest.approx(rare.sum() / weights.sum())
    means = [curve.share @ curve.values[:, 0] for curve in (each.curves[0], found.curves[0])]
    assert means[0] == pytest.approx(means[1])


def test_bands_and_rows_of_trees_are_folded_alike():
    model, X = forest()
    each = ICE(model, X).explain(features="town").curves[0]
    found = ICE(model, X, levels=4).explain(features="town").curves[0]
    kept, rare = most_frequent(4)
    at = each.axes[0].at.tolist()
    expected = np.average(each.rows[:, [at.index(name) for name in rare.index], 0], axis=1, weights=rare.to_numpy())
    np.testing.assert_allclose(found.rows[:, len(kept), 0], expected, rtol=1e-12)
    banded = PartialDependence(model, X, levels=4, resamples=50).explain("town").curves[0]
    np.testing.assert_allclose(banded.values, found.values, rtol=1e-9)
    assert ((banded.low <= banded.values) & (banded.values <= banded.high)).all()


def test_on_a_grid_each_row_has_one_of_the_others_as_often_as_they_occur():
    found = PartialDependence(additive, FRAME, levels=4).explain(["town", ("town", "age")])
    kept, rare = most_frequent(4)
    expected = np.average([WORTH[name] for name in rare.index], weights=rare.to_numpy())
    curve = found.curves[0]
    assert curve.axes[0].at.tolist() == kept
    # a draw of N rows has the shares of the others but for rounding
    assert curve.values[4, 0] == pytest.approx(expected + FRAME["age"].mean() / 10, abs=0.02)
    slopes = np.diff(found.curves[1].values[4, :, 0]) - np.diff(found.curves[1].values[0, :, 0])
    np.testing.assert_allclose(slopes, 0, atol=1e-12)


def test_single_rows_of_a_grid_take_one_of_the_others():
    rows = FRAME[:50]
    found = ICE(additive, FRAME, levels=4).explain(rows, features="town").curves[0]
    _, rare = most_frequent(4)
    own = found.rows[:, 4, 0] - rows["age"].to_numpy() / 10
    assert all(np.isclose(value, [WORTH[name] for name in rare.index]).any() for value in own)
    assert len(np.unique(np.round(own, 9))) > 2


def test_rows_are_drawn_by_their_weights_and_the_same_each_time():
    drawn = drawn_rows(np.array([4, 7, 9]), np.array([1.0, 2.0, 1.0]), 400, 0)
    np.testing.assert_array_equal(np.unique(drawn, return_counts=True), [[4, 7, 9], [100, 200, 100]])
    np.testing.assert_array_equal(drawn, drawn_rows(np.array([4, 7, 9]), np.array([1.0, 2.0, 1.0]), 400, 0))
    assert set(drawn_rows(np.array([4, 7]), np.zeros(2), 10, 0)) == {4, 7}


def test_bins_of_the_others_hold_all_their_rows():
    y = together(FRAME)
    kept, rare = most_frequent(4)
    truth = TargetPlot(FRAME, y, levels=4).explain("town").curves[0]
    said = PredictionPlot(together, FRAME, levels=4).explain("town").curves[0]
    here = FRAME["town"].isin(rare.index).to_numpy()
    assert truth.axes[0].at.tolist() == said.axes[0].at.tolist() == kept
    assert truth.values[4, 0] == pytest.approx(y[here].mean())
    assert said.values[4, 0] == pytest.approx(np.median(y[here]))
    assert truth.counts[4] == said.counts[4] == here.sum()
    assert truth.counts.sum() == N


@pytest.mark.parametrize("method", ["PartialDependence", "ICE", "TargetPlot", "PredictionPlot"])
def test_ten_thousand_categories_are_the_top_ones_and_others_and_it_is_said(method, tmp_path):
    shops = [f"shop {k % 10_000:05d}" if k % 4 else f"shop {k % 30:05d}" for k in range(12_000)]
    X = pd.DataFrame({"shop": shops, "age": np.arange(12_000.0)})
    worth = {name: k % 7 for k, name in enumerate(sorted(set(shops)))}

    def model(rows):
        return rows["shop"].map(worth).to_numpy(dtype=float) + rows["age"].to_numpy() / 1e4

    effect = {
        "PartialDependence": lambda: PartialDependence(model, X[::3]).explain("shop"),
        "ICE": lambda: ICE(model, X).explain(X[:20], features="shop"),
        "TargetPlot": lambda: TargetPlot(X, model(X)).explain("shop"),
        "PredictionPlot": lambda: PredictionPlot(model, X).explain("shop"),
    }[method]()
    axis = effect.curves[0].axes[0]
    assert (len(axis.at), axis.places) == (40, 41)
    assert axis.others > 900
    assert axis.share.sum() == pytest.approx(1)
    assert f"shop: the 40 most frequent categories; the {axis.others:,} others, " in effect.receipt.notes[0]
    assert effect.receipt.notes[0].endswith("stand together at one place")
    assert f"Of shop the {axis.others:,} rarest categories are taken together." in effect.describe()
    assert f"shop 中最少见的 {axis.others:,} 个类别合并在一处。" in effect.describe(language="zh")
    assert axis.others_name in [text.get_text() for text in effect.plot().get_xticklabels()]
    assert axis.others_name in set(effect.to_frame()["value"])
    assert np.isnan(effect.at("shop", ["no such shop"])).all()
    effect.save(tmp_path / "effect.npz")
    assert pellucid.load(tmp_path / "effect.npz").curves[0].axes[0].others == axis.others


def test_trees_over_ten_thousand_categories_and_what_is_asked_of_each_row():
    rng = np.random.default_rng(0)
    shop = np.concatenate([np.arange(10_000), rng.integers(0, 30, 2_000)])
    X = pd.DataFrame({"shop": pd.Categorical([f"shop {k}" for k in shop]), "age": rng.normal(size=12_000)})
    few = X.assign(shop=pd.Categorical([f"shop {k}" if k < 200 else None for k in shop]))
    model = HistGradientBoostingRegressor(max_iter=10, categorical_features="from_dtype", random_state=0)
    model.fit(few, shop % 7 + few["age"])
    effect = PartialDependence(model, few).explain(["shop", ("shop", "age")])
    assert effect.receipt.completeness.kind == "checked"
    assert [curve.axes[0].places for curve in effect.curves] == [42, 42]
    rows = ICE(model, few).explain(few[:100], features="shop").curves[0].rows
    assert rows.shape[1] == 42
    assert HStatistic(model, few[:2_000]).explain(["shop", ("shop", "age")]).values.shape == (2, 1)
    found = ALE(lambda rows: rows["age"].to_numpy(), X, resamples=0).explain("shop")
    assert found.receipt.notes[0].startswith("shop: the 40 most frequent categories; rows of the others, ")


def test_one_other_is_named_in_the_singular_and_only_categories_have_others():
    assert PartialDependence(additive, FRAME, levels=9).explain("town").curves[0].axes[0].others_name == "1 other"
    with pytest.raises(ParameterError, match="only categories have others"):
        Axis("age", "points", np.arange(3.0), False, np.zeros(3), 2)
    with pytest.raises(ParameterError, match="levels"):
        PartialDependence(additive, FRAME, levels=0)
