"""Scatter: values over contributions, and the interaction found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.dates import num2date
from matplotlib.figure import Figure
from matplotlib.text import Text

from pellucid.core.errors import ColumnsError, ParameterError
from pellucid.plots.scatter import scatter
from pellucid.plots.style import LIGHT


def dots(ax, number=0):
    return np.ma.getdata(ax.collections[number].get_offsets())


def key(ax):
    return {text.get_text() for child in ax.child_axes for text in child.findobj(Text)} - {""}


def ticks(ax):
    return [label.get_text() for label in ax.get_xticklabels()]


@pytest.fixture
def planted(make, rng):
    """φ of a is a·(1 + b): b interacts, c and d do not."""
    n = 400
    data = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))
    values = np.zeros((n, 4))
    values[:, 0] = data.a * (1 + data.b)
    return make(values, data=data)


def test_dots_are_values_over_contributions(planted):
    ax = scatter(planted, "a", color_by=None, ax=Figure())
    wanted = np.column_stack([planted.data.column("a"), planted.values[:, 0, 0]])
    np.testing.assert_allclose(np.sort(dots(ax), axis=0), np.sort(wanted, axis=0))
    assert ax.get_xlabel() == "a"
    assert ax.get_ylabel() == "contribution to\nlog-odds of fraud"
    assert {to_hex(colour) for colour in ax.collections[0].get_facecolors()} == {LIGHT.accent}


def test_without_a_feature_the_most_important_is_drawn_coloured_by_its_partner(planted):
    ax = scatter(planted, ax=Figure())
    assert ax.get_xlabel() == "a"
    assert "b" in key(ax)


def test_without_an_interaction_there_is_one_colour(make, rng):
    data = pd.DataFrame(rng.normal(size=(300, 30)), columns=[f"x{j}" for j in range(30)])
    additive = np.tanh(data.to_numpy()) + np.zeros((300, 30))
    assert key(scatter(make(additive, data=data), "x0", ax=Figure())) == set()
    noise = make(rng.normal(size=(300, 30)), data=data)
    assert key(scatter(noise, "x0", ax=Figure())) == set()


def test_a_partner_can_be_named(planted):
    assert "c" in key(scatter(planted, 0, color_by="c", ax=Figure()))
    with pytest.raises(ColumnsError, match="no feature 'z'; this explanation has 'a', 'b', 'c', 'd'"):
        scatter(planted, 0, color_by="z")
    with pytest.raises(ColumnsError, match="no feature 9"):
        scatter(planted, 9)


def test_categories_are_ordered_by_their_mean_contribution_with_missing_last(make):
    data = pd.DataFrame({"shop": ["x", "y", "z", None, "x", "y"]})
    ax = scatter(make([[5.0], [-1.0], [2.0], [0.0], [6.0], [-2.0]], data=data), ax=Figure())
    assert ticks(ax) == ["y", "z", "x", "missing"]
    for place, values in ((0, [-2.0, -1.0]), (1, [2.0]), (2, [5.0, 6.0]), (3, [0.0])):
        here = dots(ax)[np.abs(dots(ax)[:, 0] - place) < 0.5]
        np.testing.assert_allclose(np.sort(here[:, 1]), values)


def test_many_categories_share_the_last_lane(make, rng):
    data = pd.DataFrame({"code": [f"c{j}" for j in range(30)] * 2})
    ax = scatter(make(rng.normal(size=(60, 1)), data=data), ax=Figure())
    assert len(ticks(ax)) == 12
    assert "19 others" in ticks(ax)


def test_missing_and_infinite_numbers_have_lanes_beside_the_scale(make):
    data = pd.DataFrame({"a": [0.0, 10.0, np.nan, np.inf, -np.inf, np.nan]})
    ax = scatter(make(np.arange(6.0)[:, np.newaxis], data=data), ax=Figure())
    x = {value: place for place, value in dots(ax)}
    assert x[0.0] == 0
    assert x[1.0] == 10
    assert x[4.0] < 0
    assert 10 < x[3.0] < x[2.0]
    assert {"missing", "∞", "−∞"} <= set(ticks(ax))


def test_dates_are_drawn_to_scale(make):
    days = pd.Series(pd.to_datetime(["2023-01-01", "2023-06-01", None, "2024-01-01"]))
    ax = scatter(make(np.arange(4.0)[:, np.newaxis], data=pd.DataFrame({"day": days})), ax=Figure())
    x = {value: place for place, value in dots(ax)}
    assert num2date(x[0.0]).date().isoformat() == "2023-01-01"
    assert num2date(x[3.0]).date().isoformat() == "2024-01-01"
    assert x[2.0] > x[3.0]
    assert "missing" in ticks(ax)


def test_a_category_as_partner_gets_colours_with_names(make):
    data = pd.DataFrame({"a": np.arange(6.0), "shop": ["x", "y", None, "x", "y", "x"]})
    ax = scatter(make(np.ones((6, 2)), data=data), "a", color_by="shop", ax=Figure())
    assert key(ax) == {"shop", "x", "y", "missing"}
    assert {to_hex(c) for c in ax.collections[0].get_facecolors()} == set(LIGHT.series[:2])
    assert len(dots(ax, 1)) == 1


def test_without_its_data_an_explanation_has_no_scatter(make):
    with pytest.raises(ParameterError, match=r'needs the rows that were explained.*plot\("beeswarm"\)'):
        scatter(make(np.ones((3, 2)), names=["a", "b"]))
