"""Gain and lift over the share of rows asked."""

from __future__ import annotations

from io import BytesIO

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from sklearn.datasets import make_classification
from sklearn.naive_bayes import GaussianNB

from pellucid.core.errors import ParameterError
from pellucid.performance import CumulativeGain, Lift
from pellucid.plots.style import DARK

X, Y = make_classification(200, 4, flip_y=0.2, random_state=0)
THREE = np.array(["cat", "cow", "dog"])[np.digitize(X[:, 0], [-0.7, 0.7])]
MODEL = GaussianNB().fit(X, THREE)


@pytest.fixture(scope="module", params=[CumulativeGain, Lift])
def effect(request):
    return request.param(MODEL, X, THREE, resamples=20).explain()


def texts(ax):
    return " | ".join(text.get_text() for text in ax.findobj(mpl.text.Text))


def test_each_class_is_a_line_with_its_band_beside_a_random_order(effect):
    ax = effect.plot(ax=Figure())
    values = np.stack([line.get_ydata() for line in ax.lines[1:]], axis=1)
    np.testing.assert_array_equal(values, effect.curves[0].values)
    assert list(ax.lines[0].get_ydata()) == ([1, 1] if effect.drawn == "lift" else [0, 1])
    assert len(ax.collections) == 3
    for said in ("cat", "cow", "dog", "random order", "share of rows asked", "with a 95% band"):
        assert said in texts(ax)


def test_one_class_alone_is_named_in_the_title(effect):
    shown = texts(effect.plot(ax=Figure(), target="cow"))
    assert "“cow”" in shown
    assert "dog" not in shown


def test_classes_beyond_the_most_are_counted(effect):
    shown = texts(effect.plot(ax=Figure(), max_display=2))
    assert "; 1 more not drawn" in shown
    assert "dog" not in shown


def test_without_resamples_there_is_no_band():
    ax = Lift(MODEL, X, THREE, resamples=0).explain().plot(ax=Figure())
    assert not ax.collections
    assert "band" not in texts(ax)


def test_it_is_drawn_on_axes_of_the_callers_in_both_themes(effect):
    figure, (ax, _) = pyplot.subplots(1, 2)
    assert effect.plot(ax=ax) is ax
    dark = effect.plot(ax=Figure(), theme="dark")
    assert to_hex(dark.figure.get_facecolor()) == DARK.background
    figure.savefig(BytesIO())


def test_another_effect_is_refused(effect):
    other = "lift" if effect.drawn == "cumulative_gain" else "cumulative_gain"
    with pytest.raises(ParameterError, match=f"{other} draws what"):
        effect.plot(other)
