"""Force: two sides that meet at the prediction."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from pellucid.plots.force import force
from pellucid.plots.style import LIGHT


def segments(ax, colour):
    """(from, to) of the segments of a colour, at half height, from the prediction outwards."""
    found = []
    for patch in ax.patches:
        if isinstance(patch, Polygon) and to_hex(patch.get_facecolor()) == colour:
            points = patch.get_xy()
            found.append((points[2][0], points[5][0]))
    return found


def test_raising_ends_at_the_prediction_from_the_left_and_lowering_from_the_right(make):
    data = pd.DataFrame({"a": [1], "b": [2], "c": [3], "d": [4]})
    ax = force(make([[2.0, -1.0, 0.5, 0.0]], data=data, base=10.0), ax=Figure())
    assert segments(ax, LIGHT.positive) == [(11.5, 9.5), (9.5, 9.0)]
    assert segments(ax, LIGHT.negative) == [(11.5, 12.5)]
    texts = [text.get_text() for text in ax.texts]
    assert {"prediction 11.5", "base 10.0", "a = 1   +2.00", "c = 3   +0.50", "b = 2   −1.00"} == set(texts)


def test_the_sides_are_as_long_as_all_that_raises_and_all_that_lowers(wide):
    ax = force(wide[1], ax=Figure(), max_display=6)
    values = wide.values[1, :, 0]
    up, down = segments(ax, LIGHT.positive), segments(ax, LIGHT.negative)
    np.testing.assert_allclose(up[0][0] - up[-1][1], values[values > 0].sum())
    np.testing.assert_allclose(down[-1][1] - down[0][0], -values[values < 0].sum())
    np.testing.assert_allclose([up[0][0], down[0][0]], wide.predictions[1, 0])
    assert len(up) + len(down) == 6 + 2


def test_no_two_labels_overlap_and_none_leaves_the_figure(wide):
    ax = force(wide[2], ax=Figure(), max_display=16)
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    for i, box in enumerate(boxes):
        assert 0 <= box.x0 < box.x1 <= ax.figure.bbox.width
        for other in boxes[:i]:
            assert not box.padded(-1).overlaps(other.padded(-1))


def test_in_narrow_axes_labels_shrink_and_the_bar_stays(wide):
    ax = force(wide[2], ax=Figure(figsize=(3, 3)).add_subplot())
    low, high = ax.get_xlim()
    span = np.abs(wide.values[2]).sum()
    assert high - low < 5 * span
