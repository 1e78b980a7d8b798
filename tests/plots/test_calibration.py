"""Observed frequencies over probabilities."""

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
from pellucid.performance import Calibration, Lift
from pellucid.plots.style import DARK

X, Y = make_classification(200, 4, flip_y=0.2, random_state=0)
NAMED = np.array(["no", "yes"])[Y]
THREE = np.array(["cat", "cow", "dog"])[np.digitize(X[:, 0], [-0.7, 0.7])]


@pytest.fixture(scope="module")
def effect():
    return Calibration(GaussianNB().fit(X, NAMED), X, NAMED, bins=5, strategy="uniform").explain()


@pytest.fixture(scope="module")
def three():
    return Calibration(GaussianNB().fit(X, THREE), X, THREE, bins=5).explain()


def texts(ax):
    return " | ".join(text.get_text() for text in ax.findobj(mpl.text.Text))


def test_the_curve_stands_beside_the_diagonal_with_dots_of_the_bins_size(effect):
    ax = effect.plot(ax=Figure())
    curve = effect.curves[0]
    drawn = [list(line.get_xdata()) for line in ax.lines]
    assert [0, 1] in drawn
    assert list(curve.axes[0].at) in drawn
    sizes = ax.collections[-1].get_sizes()
    assert sizes.argmax() == curve.share.argmax()
    for said in ("predicted probability of yes", "frequency of “yes”, 95% band; dashed: as predicted"):
        assert said in texts(ax)


def test_each_class_has_a_colour_and_a_name(three):
    ax = three.plot(ax=Figure())
    assert len({line.get_color() for line in ax.lines}) == 4
    assert all(name in texts(ax) for name in ("cat", "cow", "dog", "predicted probability of the class"))
    assert "cow" not in texts(three["probability of dog"].plot(ax=Figure()))


def test_classes_beyond_the_most_are_counted(three):
    shown = texts(three.plot(ax=Figure(), max_display=2))
    assert "; 1 more not drawn" in shown
    assert "dog" not in shown


def test_it_is_drawn_on_axes_of_the_callers_in_both_themes(three):
    figure, (ax, _) = pyplot.subplots(1, 2)
    assert three.plot(ax=ax) is ax
    dark = three.plot(ax=Figure(), theme="dark")
    assert to_hex(dark.figure.get_facecolor()) == DARK.background
    figure.savefig(BytesIO())


def test_another_effect_is_refused():
    with pytest.raises(
        ParameterError, match="calibration draws what Calibration explains, got an effect by Lift; call"
    ):
        Lift(GaussianNB().fit(X, Y), X, Y, resamples=2).explain().plot("calibration")
