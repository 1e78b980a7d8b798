"""Beeswarm: a dot for every value."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from pellucid.plots.beeswarm import beeswarm
from pellucid.plots.style import LIGHT, sequential


def dots(ax):
    """Full and hollow dots: (x, y, colour) in the order of the values."""
    full = ax.collections[0]
    places = np.ma.getdata(full.get_offsets())
    return places, [to_hex(colour) for colour in full.get_facecolors()]


def test_every_value_is_a_dot_in_the_row_of_its_feature(make, rng):
    values = rng.normal(size=(80, 3)) * [1, 3, 2]
    ax = beeswarm(make(values, names=["a", "b", "c"]), ax=Figure())
    places, _ = dots(ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "c", "a"]
    for row, feature in enumerate((1, 2, 0)):
        here = np.abs(places[:, 1] - row) <= 0.5
        np.testing.assert_allclose(np.sort(places[here, 0]), np.sort(values[:, feature]))
    low, high = ax.get_xlim()
    assert low < values.min()
    assert values.max() < high


def test_the_last_row_sums_the_features_not_shown(wide):
    places, colours = dots(beeswarm(wide, ax=Figure(), max_display=4))
    order = np.argsort(-np.abs(wide.values[..., 0]).mean(axis=0))
    here = places[:, 1] > 2.5
    np.testing.assert_allclose(np.sort(places[here, 0]), np.sort(wide.values[:, order[3:], 0].sum(axis=1)))
    assert {colours[i] for i in np.flatnonzero(here)} == {LIGHT.neutral}


def test_colours_go_from_the_5th_to_the_95th_percentile(make):
    x = np.arange(101.0)
    ax = beeswarm(make(np.arange(101.0)[:, np.newaxis], data=pd.DataFrame({"a": x})), ax=Figure())
    places, colours = dots(ax)
    ramp = sequential(LIGHT)
    for (value, _), colour in zip(places, colours, strict=True):
        assert colour == to_hex(ramp(min(max((value - 5) / 90, 0.0), 1.0)))


def test_categories_are_grey_and_missing_values_hollow(make):
    data = pd.DataFrame({"shop": ["x", "y", None, "x"], "age": [1.0, np.nan, 3.0, 4.0]})
    values = np.array([[1.0, 5.0], [2.0, 6.0], [3.0, 7.0], [4.0, 8.0]])
    ax = beeswarm(make(values, data=data), ax=Figure())
    places, colours = dots(ax)
    assert {colours[i] for i in np.flatnonzero(places[:, 1] > 0.5)} == {LIGHT.neutral}
    hollow = ax.collections[1]
    assert sorted(np.ma.getdata(hollow.get_offsets())[:, 0]) == [3.0, 6.0]
    assert len(hollow.get_facecolors()) == 0


def test_dots_are_pixels_inside_vector_files(mixed):
    ax = beeswarm(mixed, ax=Figure())
    assert all(collection.get_rasterized() for collection in ax.collections[:2])
