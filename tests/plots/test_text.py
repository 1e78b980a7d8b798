"""Text: every part on the colour of what it contributes."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from pellucid.attribution import ExactSHAP
from pellucid.core.errors import ParameterError
from pellucid.maskers import Text
from pellucid.plots.style import LIGHT
from pellucid.plots.text import text

LONG = "good words that go on and on and on over more than one line of a page, and then there is a bad one"


def weights(texts):
    return np.array([3.0 * one.split().count("good") - one.split().count("bad") for one in texts])


@pytest.fixture
def ex():
    return ExactSHAP(
        weights, Text(split=lambda t: [(t.find(w), t.find(w) + len(w)) for w in ("good", "bad") if w in t])
    ).explain([LONG, "good", "a bad day"])


def patches(ax):
    return [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]


def written(ax):
    return [note.get_text() for note in ax.texts]


def test_parts_have_the_colour_of_their_sign_and_size(ex):
    ax = text(ex, ax=Figure())
    assert [to_hex(patch.get_facecolor()) for patch in patches(ax)][:2][0] == LIGHT.positive
    paler = [to_rgb(patch.get_facecolor()) for patch in patches(ax)][1]
    assert paler[2] > paler[0]


def test_the_text_is_written_in_full(ex):
    ax = text(ex[0], ax=Figure())
    shown = "".join(written(ax)[1:])
    assert shown.replace(" ", "") == LONG.replace(" ", "")


def test_a_long_text_goes_on_in_the_next_line_and_never_beyond_the_edge(ex):
    ax = text(ex[0], ax=Figure())
    heights = {note.get_position()[1] for note in ax.texts[1:]}
    assert len(heights) > 1
    FigureCanvasAgg(ax.figure).draw()
    right = ax.get_window_extent().x1
    assert all(note.get_window_extent().x1 <= right + 1 for note in ax.texts)


def test_the_sum_of_each_text_stands_above_it(ex):
    assert "base 0.00  →  prediction 3.00" in written(text(ex[1], ax=Figure()))


def test_rows_of_a_table_are_refused(make):
    with pytest.raises(ParameterError, match=r'rows of a table; use plot\("waterfall"\)'):
        text(make([[1.0, 2.0]]), ax=Figure())


def test_too_many_texts_are_refused():
    many = ExactSHAP(weights, Text()).explain(["good"] * 21)
    with pytest.raises(ParameterError, match=r"at most 20 texts, got 21; choose some"):
        many.plot(ax=Figure())


def test_given_axes_set_the_width_of_a_line(ex):
    figure = Figure(figsize=(9, 3))
    narrow, _, _ = figure.subplots(1, 3)
    text(ex[0], ax=narrow)
    FigureCanvasAgg(figure).draw()
    right = narrow.get_window_extent().x1
    assert all(note.get_window_extent().x1 <= right + 1 for note in narrow.texts)
