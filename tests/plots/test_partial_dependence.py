"""Curves in panels, single rows beneath, and surfaces."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier

from pellucid.core.errors import ArgumentTypeError, ParameterError
from pellucid.effects import ICE, PartialDependence
from pellucid.plots.partial_dependence import partial_dependence
from pellucid.plots.style import DARK


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(1)
    X = pd.DataFrame(
        {
            "age": np.where(rng.random(300) < 0.1, np.nan, rng.integers(18, 80, 300)),
            "shop": pd.Categorical(rng.choice(["north", "south $", "west"], 300)),
            "old": rng.random(300) < 0.5,
            "size": rng.normal(size=300),
        }
    )
    return X, X["size"] * 3 + (X["shop"] == "west") + np.nan_to_num(X["age"]) / 30


@pytest.fixture(scope="module")
def model(data):
    X, y = data
    return HistGradientBoostingRegressor(max_iter=15, categorical_features="from_dtype").fit(X, y)


@pytest.fixture(scope="module")
def effect(model, data):
    return PartialDependence(model, data[0]).explain()


def texts(ax):
    return " | ".join(text.get_text() for text in ax.findobj(mpl.text.Text))


def test_each_feature_has_a_panel_on_one_scale(effect):
    ax = effect.plot(ax=Figure())
    assert len(ax.child_axes) == 4
    assert len({panel.get_ylim() for panel in ax.child_axes}) == 1
    assert [panel.get_xlabel() for panel in ax.child_axes] == ["age", "shop", "old", "size"]
    assert "mean target" in texts(ax)


def test_the_curve_drawn_is_the_step_function(effect):
    curve = effect["size"].curves[0]
    ax = effect["size"].plot(ax=Figure())
    x, y = ax.lines[0].get_data()
    middle = (x[::2] + x[1::2]) / 2
    np.testing.assert_allclose(y[::2], curve.at(middle)[:, 0])
    np.testing.assert_array_equal(y[::2], y[1::2])


def test_categories_and_missing_values_have_names(effect):
    shown = texts(effect.plot(ax=Figure()))
    for name in ("north", "south $", "True", "missing"):
        assert name in shown


def test_a_missing_value_that_never_occurs_is_not_drawn(effect):
    assert effect["size"].curves[0].axes[0].missing
    assert "missing" not in texts(effect["size"].plot(ax=Figure()))


def test_features_that_move_least_are_left_out_and_counted(effect):
    ax = effect.plot(ax=Figure(), max_display=2)
    assert ax.child_axes[0].get_xlabel() == effect.importance().ranking()[0]
    assert "2 that move less are not drawn" in texts(ax)


def test_single_rows_lie_beneath_their_mean(model, data):
    rows = ICE(model, data[0], centred=True).explain(data[0][:30], features=["size", "shop"])
    ax = rows.plot(ax=Figure())
    assert len(ax.child_axes[0].lines) == 31
    assert "each row, and their mean" in texts(ax)


def test_a_surface_is_one_picture_with_its_key(model, data):
    for pair in (("age", "size"), ("shop", "age"), ("shop", "old")):
        surface = PartialDependence(model, data[0]).explain(pair)
        ax = surface.plot(ax=Figure())
        assert (ax.get_xlabel(), ax.get_ylabel()) == pair
        assert "mean target" in texts(ax)
        ax.figure.savefig(BytesIO())


def test_a_grid_of_points_is_a_line_through_them(data):
    X = data[0][["size"]]
    effect = PartialDependence(lambda rows: 2 * rows["size"].to_numpy(), X, grid=8).explain()
    x, y = effect.plot(ax=Figure()).lines[0].get_data()
    np.testing.assert_allclose(y, 2 * x)


def test_dates_have_a_scale_of_dates():
    days = pd.DataFrame({"day": pd.Timestamp("2023-01-01") + pd.to_timedelta(np.arange(60), "D")})
    effect = PartialDependence(lambda rows: rows["day"].dt.day.to_numpy(float), days, grid=20).explain()
    ax = effect.plot(ax=Figure())
    ax.figure.savefig(BytesIO())
    assert "Feb" in texts(ax)


def test_classes_have_a_colour_each_and_two_mirrored_ones_the_second_alone(data, rng):
    X = data[0][["size"]]
    three = RandomForestClassifier(5, max_depth=3, random_state=0).fit(X, rng.choice(["a", "b", "c"], 300))
    ax = PartialDependence(three, X).explain().plot(ax=Figure())
    assert len({line.get_color() for line in ax.lines}) == 3
    two = RandomForestClassifier(5, max_depth=3, random_state=0).fit(X, rng.choice(["no", "yes"], 300))
    shown = texts(PartialDependence(two, X).explain().plot(ax=Figure()))
    assert "probability of yes" in shown
    assert "no" not in shown.split()


def test_forty_categories_stay_readable(rng):
    X = pd.DataFrame({"code": rng.choice([f"long name of code {k:02d}" for k in range(40)], 400)})
    effect = PartialDependence(lambda rows: rows["code"].str[-2:].astype(float).to_numpy(), X).explain()
    ax = effect.plot(ax=Figure())
    ax.figure.draw_without_rendering()
    shown = [label for label in ax.get_xticklabels() if label.get_text()]
    assert len(shown) >= 20
    assert ax.get_window_extent().height > 0.4 * ax.figure.bbox.height


def test_a_constant_curve_is_drawn(data):
    X = data[0][["size"]]
    flat = HistGradientBoostingRegressor(max_iter=2).fit(X, np.full(300, 5.0))
    PartialDependence(flat, X).explain().plot(ax=Figure()).figure.savefig(BytesIO())


def test_it_draws_on_axes_that_are_there_and_leaves_others_alone(effect):
    figure = Figure()
    left, right = figure.subplots(1, 2)
    children = list(left.get_children())
    assert partial_dependence(effect["size"], ax=right) is right
    assert partial_dependence(effect, ax=right) is right
    assert left.get_children() == children
    assert pyplot.get_fignums() == []


def test_the_theme_sets_the_colours(effect):
    ax = effect["size"].plot(ax=Figure(), theme="dark")
    assert to_hex(ax.figure.get_facecolor()) == DARK.background
    assert to_hex(ax.lines[0].get_color()) == DARK.accent


def test_the_same_effect_gives_the_same_file(effect):
    def svg():
        file = BytesIO()
        with mpl.rc_context({"svg.hashsalt": "test"}):
            effect.plot(ax=Figure()).figure.savefig(file, format="svg", metadata={"Date": None})
        return file.getvalue()

    assert svg() == svg()


def test_what_cannot_be_drawn_is_said(effect, model, data):
    with pytest.raises(ArgumentTypeError, match="partial_dependence draws an Effect, got int"):
        partial_dependence(3)
    with pytest.raises(ParameterError, match="draws one surface by itself, got 2 effects"):
        PartialDependence(model, data[0]).explain(["age", ("age", "size")]).plot(ax=Figure())
    with pytest.raises(ParameterError, match="no target 'rent'"):
        effect.plot(ax=Figure(), target="rent")
    with pytest.raises(ParameterError, match="max_display must be a whole number of at least 2"):
        effect.plot(ax=Figure(), max_display=1)
    three = RandomForestClassifier(3, max_depth=3).fit(data[0][["size", "old"]], np.arange(300) % 3)
    with pytest.raises(ParameterError, match="a surface of one target and this explanation has 3"):
        PartialDependence(three, data[0][["size", "old"]]).explain(("size", "old")).plot(ax=Figure())


def test_a_band_is_shaded_around_every_kind_of_curve_and_lies_within_the_scale(effect):
    banded = replace(effect, curves=tuple(replace(c, low=c.values - 1, high=c.values + 2) for c in effect.curves))
    ax = banded.plot(ax=Figure())
    bottom, top = ax.child_axes[0].get_ylim()
    assert bottom < min(c.values.min() - 1 for c in effect.curves)
    assert top > max(c.values.max() for c in effect.curves) + 2
    shaded = [panel.findobj(mpl.collections.FillBetweenPolyCollection) for panel in ax.child_axes]
    assert [bool(found) for found in shaded] == [True, False, False, True]
    heights = [patch.get_height() for patch in ax.child_axes[1].patches if patch.get_height() == pytest.approx(3.0)]
    assert len(heights) == 3
