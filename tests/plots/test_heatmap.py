"""Heatmap: one colour a value."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from pellucid.core.errors import ParameterError
from pellucid.plots.heatmap import heatmap


@pytest.fixture
def four(make):
    return make([[1.0, 4.0], [-2.0, -5.0], [0.5, 0.0], [1.0, -1.0]], names=["a", "b"])


def test_columns_are_rows_sorted_by_prediction(four):
    ax = heatmap(four, ax=Figure())
    np.testing.assert_array_equal(ax.images[0].get_array(), [[-5.0, -1.0, 0.0, 4.0], [-2.0, 1.0, 0.5, 1.0]])
    curve = ax.child_axes[0].lines[0].get_ydata()
    np.testing.assert_array_equal(curve, [-7.0, 0.0, 0.5, 5.0])
    assert ax.get_xlabel() == "4 rows, by prediction"


def test_the_order_can_be_kept_or_follow_likeness(four, make):
    image = heatmap(four, order="given", ax=Figure()).images[0].get_array()
    np.testing.assert_array_equal(image[1], [1.0, -2.0, 0.5, 1.0])
    groups = make([[3.0, 0.1], [-3.0, 0.2], [3.1, 0.3], [-3.1, 0.4]], names=["a", "b"])
    image = heatmap(groups, order="similarity", ax=Figure()).images[0].get_array()
    np.testing.assert_array_equal(image[0], [-3.1, -3.0, 3.0, 3.1])
    with pytest.raises(ParameterError, match="order must be one of"):
        heatmap(four, order="random")


def test_colours_are_symmetric_around_zero(four):
    low, high = heatmap(four, ax=Figure()).images[0].get_clim()
    assert low == -high
    assert 4.0 < high <= 5.0


def test_beyond_600_rows_a_column_is_the_mean_of_neighbours(make, rng):
    values = rng.normal(size=(1_500, 2))
    ax = heatmap(make(values, names=["a", "b"]), order="given", ax=Figure())
    image = ax.images[0].get_array()
    assert image.shape == (2, 500)
    first = 0 if np.abs(values[:, 0]).mean() > np.abs(values[:, 1]).mean() else 1
    np.testing.assert_allclose(image[0, 7], values[21:24, first].mean())
    assert ax.get_xlabel() == "1,500 rows, each column the mean of 3"
