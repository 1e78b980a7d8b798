"""Bars: lengths are what the definition says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pellucid.core.errors import ParameterError
from pellucid.core.importance import Importance
from pellucid.plots.bar import bar
from pellucid.plots.style import LIGHT


def bars(ax):
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def labels(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def numbers(ax):
    return [text.get_text() for text in ax.texts]


@pytest.fixture
def three(make):
    values = [[1.0, -4.0, 0.5], [-2.0, 2.0, 0.5], [3.0, 3.0, -0.5], [0.0, -3.0, 0.5]]
    return make(values, names=["a", "b", "c"])


def test_lengths_are_mean_absolute_values_the_largest_on_top(three):
    ax = bar(three, ax=Figure())
    assert labels(ax) == ["b", "a", "c"]
    assert [patch.get_width() for patch in bars(ax)] == [3.0, 1.5, 0.5]
    assert [round(patch.get_y() + patch.get_height() / 2) for patch in bars(ax)] == [0, 1, 2]
    assert ax.yaxis_inverted()
    assert numbers(ax) == ["3.00", "1.50", "0.50"]
    assert ax.get_xlabel() == "mean |contribution| to log-odds of fraud"


def test_whiskers_are_one_standard_error_of_the_mean_either_side(three):
    ax = bar(three, ax=Figure())
    (lines,) = ax.collections
    sizes = [4.0, 2.0, 3.0, 3.0]
    error = (sum((size - 3.0) ** 2 for size in sizes) / 3) ** 0.5 / 4**0.5
    np.testing.assert_allclose(lines.get_segments()[0], [[3.0 - error, 0], [3.0 + error, 0]])
    assert len(lines.get_segments()) == 2, "no whisker where the error is zero"


def test_a_single_row_shows_signs_in_colour_and_in_text(three):
    ax = bar(three[0], ax=Figure())
    assert [patch.get_width() for patch in bars(ax)] == [-4.0, 1.0, 0.5]
    assert [to_hex(patch.get_facecolor()) for patch in bars(ax)] == [LIGHT.negative, LIGHT.positive, LIGHT.positive]
    assert numbers(ax) == ["−4.00", "+1.00", "+0.50"]


def test_the_others_are_the_sum_of_all_not_shown(wide):
    ax = bar(wide, ax=Figure(), max_display=150)
    sizes = sorted((sum(abs(v) for v in wide.values[:, j, 0]) / 30 for j in range(200)), reverse=True)
    np.testing.assert_allclose([patch.get_width() for patch in bars(ax)], [*sizes[:149], sum(sizes[149:])])
    assert labels(ax)[-1] == "51 other features"
    assert to_hex(bars(ax)[-1].get_facecolor()) == LIGHT.neutral


def test_an_others_bar_that_would_squeeze_the_rest_is_broken_off_with_its_true_number(make):
    ax = bar(make(np.ones((2, 30)), names=[f"x{j}" for j in range(30)]), ax=Figure(), max_display=5)
    assert bars(ax)[-1].get_width() == 26
    assert ax.get_xlim()[1] < 2
    assert bars(ax)[-1].get_clip_box().transformed(ax.transData.inverted()).x1 == pytest.approx(1.15)
    assert numbers(ax)[-1] == "26.00"


def test_up_to_three_targets_stand_side_by_side_and_more_end_to_end(make, rng):
    values = rng.normal(size=(5, 2, 3))
    ex = make(values, names=["a", "b"], unit="logit", targets=("x", "y", "z"))
    sizes = np.abs(values).mean(axis=0)
    order = np.argsort(-sizes.sum(axis=1))
    ax = bar(ex, ax=Figure())
    np.testing.assert_allclose([patch.get_width() for patch in bars(ax)], sizes[order].T.ravel())
    heaped = bars(bar(ex, ax=Figure(), stacked=True))
    np.testing.assert_allclose([patch.get_width() for patch in heaped], sizes[order].T.ravel())
    np.testing.assert_allclose(heaped[2].get_x(), sizes[order[0], 0])
    np.testing.assert_allclose(heaped[4].get_x(), sizes[order[0], :2].sum())


def test_targets_beyond_the_colours_are_summed_in_one(make):
    ex = make(np.ones((2, 2, 12)), names=["a", "b"], unit="logit", targets=[f"t{j}" for j in range(12)])
    ax = bar(ex, ax=Figure())
    assert len(bars(ax)) == 2 * 8
    assert bars(ax)[-1].get_width() == 5


def test_one_target_can_be_chosen_and_a_wrong_one_is_refused(make):
    ex = make(np.ones((2, 2, 2)), names=["a", "b"], targets=("x", "y"))
    assert len(bars(bar(ex, target="y", ax=Figure()))) == 2
    assert bar(ex, target=-1, ax=Figure()).get_xlabel().endswith("of y")
    with pytest.raises(ParameterError, match="no target 'z'; this explanation has 'x', 'y'"):
        bar(ex, target="z")


def test_importances_are_drawn_as_they_are(three):
    importance = Importance(three.receipt, np.array([[0.5], [-1.0]]), np.array([[0.1], [np.nan]]), ("a", "b"))
    ax = bar(importance, ax=Figure())
    assert [patch.get_width() for patch in bars(ax)] == [-1.0, 0.5]
    np.testing.assert_allclose(ax.collections[0].get_segments(), [[[0.4, 1], [0.6, 1]]])
    assert ax.get_xlabel() == "importance, log-odds of fraud"
    with pytest.raises(ParameterError, match="not finite"):
        bar(Importance(three.receipt, np.array([[np.nan]]), np.array([[0.1]]), ("a",)))


def test_stderr_of_sampled_values_is_shown_for_a_single_row(make):
    data = pd.DataFrame({"a": [1.0], "b": [2.0]})
    ax = bar(make([[2.0, 1.0]], data=data, stderr=[[0.5, 0.25]]), ax=Figure())
    np.testing.assert_allclose(ax.collections[0].get_segments(), [[[1.5, 0], [2.5, 0]], [[0.75, 1], [1.25, 1]]])


def test_weights_have_signs_and_no_sum_of_others(make):
    receipt = make([[[0.0]]], names=["x"], targets=("spam",), unit="log-odds per unit").receipt
    weights = Importance(receipt, np.array([[0.5], [-2.0], [0.1]]), np.full((3, 1), np.nan), ("a", "b", "c"))
    ax = bar(weights, ax=Figure(), max_display=2)
    assert labels(ax) == ["b", "a"]
    assert ax.get_xlabel() == "weight for spam, log-odds per unit of a feature; 2 of 3 features"
    assert [to_hex(patch.get_facecolor()) for patch in bars(bar(weights, ax=Figure()))][:2] == [
        LIGHT.negative,
        LIGHT.positive,
    ]
