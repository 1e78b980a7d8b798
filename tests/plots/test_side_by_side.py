"""One panel a target: what is drawn is what the importances say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from pellucid.core.errors import ArgumentTypeError, ParameterError
from pellucid.core.importance import Importance
from pellucid.plots.side_by_side import side_by_side

VALUES = [[0.1, 0.6], [0.7, 0.1], [0.2, 0.3]]


@pytest.fixture
def two(make):
    receipt = make([[[0.0, 0.0]]], names=["x"], targets=("gain", "splits"), unit="share").receipt
    return Importance(receipt, np.array(VALUES), np.full((3, 2), np.nan), ("a", "b", "c"))


def labels(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def test_features_stand_in_the_order_of_their_mean_share_with_each_panels_own_places(two):
    ax = side_by_side(two, ax=Figure())
    assert labels(ax) == ["b", "a", "c"]
    written = [text.get_text() for text in ax.texts]
    assert written == ["1", "3", "2", "3", "1", "2", "gain", "splits"]
    widths = np.array([patch.get_width() for patch in ax.patches])
    np.testing.assert_allclose(widths / widths[0], np.array([0.7, 0.1, 0.2, 0.1, 0.6, 0.3]) / 0.7)


def test_measures_with_units_of_their_own_have_scales_of_their_own(two):
    apart = replace(two, receipt=replace(two.receipt, unit="its own unit"))
    widths = [patch.get_width() for patch in side_by_side(apart, ax=Figure()).patches]
    assert max(widths[:3]) == pytest.approx(max(widths[3:]))


def test_negative_values_point_left_of_the_zero_line(two):
    signed = replace(two, values=-np.array(VALUES))
    ax = side_by_side(signed, ax=Figure())
    assert all(patch.get_width() < 0 for patch in ax.patches)
    assert all(0 <= patch.get_x() + patch.get_width() < 2 for patch in ax.patches)


def test_nothing_at_all_and_too_many_features_are_drawn(two):
    ax = side_by_side(replace(two, values=np.zeros((3, 2))), ax=Figure(), max_display=2)
    assert labels(ax) == ["a", "b"]
    assert "2 of 3 features" in ax.get_xlabel()


def test_what_cannot_be_drawn_is_refused(two):
    with pytest.raises(ParameterError):
        side_by_side(replace(two, values=np.full((3, 2), np.nan)))
    with pytest.raises(ParameterError, match="max_display"):
        side_by_side(two, max_display=1)
    with pytest.raises(ArgumentTypeError):
        side_by_side("no importance")
