"""Waterfall: an unbroken path from the base to the prediction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pellucid.core.receipt import Completeness
from pellucid.plots.style import LIGHT
from pellucid.plots.waterfall import waterfall


def bars(ax):
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def ends(ax):
    return [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in bars(ax)]


def labels(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


@pytest.fixture
def row(make):
    data = pd.DataFrame({"age": [39], "income": [25_500.0], "shop": ["partner"]})
    return make([[0.5, -2.0, 1.0]], data=data, base=-1.0)


def test_each_bar_starts_where_the_one_above_ended(row):
    ax = waterfall(row, ax=Figure())
    assert ends(ax) == [(-1.0, -3.0), (-3.0, -2.0), (-2.0, -1.5)]
    assert labels(ax) == ["base", "income = 25,500", "shop = partner", "age = 39", "prediction"]
    assert ends(ax)[-1][1] == row.predictions[0, 0]


def test_base_changes_and_prediction_are_written(row):
    ax = waterfall(row, ax=Figure())
    assert [text.get_text() for text in ax.texts] == ["−1.00", "−1.50", "−2.00", "+1.00", "+0.50"]
    assert ax.get_xlabel() == "log-odds of fraud"
    assert [to_hex(bar.get_facecolor()) for bar in bars(ax)] == [LIGHT.negative, LIGHT.positive, LIGHT.positive]


def test_the_features_not_shown_are_one_step_and_the_path_still_ends_at_the_prediction(wide):
    ax = waterfall(wide[4], ax=Figure(), max_display=8)
    values = sorted(wide.values[4, :, 0], key=abs, reverse=True)
    np.testing.assert_allclose([bar.get_width() for bar in bars(ax)], [*values[:7], sum(values[7:])])
    np.testing.assert_allclose(ends(ax)[-1][1], wide.predictions[4, 0])
    assert labels(ax)[-2:] == ["193 other features", "prediction"]


def test_whiskers_are_the_standard_errors_of_sampled_values(make):
    ax = waterfall(make([[3.0, -1.0]], names=["a", "b"], stderr=[[0.5, 0.0]]), ax=Figure())
    segments = [segment for lines in ax.collections for segment in lines.get_segments()]
    whiskers = [segment for segment in segments if segment[0][1] == segment[1][1]]
    np.testing.assert_allclose(whiskers, [[[2.5, 1], [3.5, 1]]])


def test_a_sum_is_called_prediction_only_where_that_was_shown(row, make):
    assert labels(waterfall(row[:, ["age", "shop"]], ax=Figure()))[-1] == "base + sum"
    gradient = make([[1.0, 2.0]], names=["a", "b"], base=None, completeness=Completeness("not promised"))
    ax = waterfall(gradient, ax=Figure())
    assert (labels(ax)[0], labels(ax)[-1]) == ("start", "sum")
    assert ends(ax) == [(0.0, 2.0), (2.0, 3.0)]


def test_of_several_classes_the_predicted_one_is_drawn(make):
    ex = make([[[1.0, 5.0, 2.0]]], names=["a"], unit="logit", targets=("x", "y", "z"))
    assert waterfall(ex, ax=Figure()).get_xlabel() == "logit of y"


def test_whatever_is_written_stays_within_the_figure(wide):
    ax = waterfall(wide[0], ax=Figure())
    ax.figure.draw_without_rendering()
    for text in ax.texts:
        box = text.get_window_extent()
        assert 0 <= box.x0 < box.x1 <= ax.figure.bbox.width
