"""Scores over the threshold, the best of them, and costs beneath."""

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

from pellucid.core.errors import ArgumentTypeError, ParameterError
from pellucid.effects import PartialDependence
from pellucid.performance import DiscriminationThreshold
from pellucid.plots import discrimination_threshold
from pellucid.plots.style import DARK

X, Y = make_classification(150, 4, flip_y=0.2, random_state=0)
MODEL = GaussianNB().fit(X, Y)


def judged(labels=("no", "yes"), **settings):
    named = np.array(labels)[Y]
    return DiscriminationThreshold(GaussianNB().fit(X, named), X, named, refit=False, n_splits=5, **settings).explain()


@pytest.fixture(scope="module")
def effect():
    return judged()


@pytest.fixture(scope="module")
def priced():
    return judged(cost={"false_positive": 1, "false_negative": 3})


def texts(ax):
    return " | ".join(text.get_text() for text in ax.findobj(mpl.text.Text))


def test_each_score_is_a_line_with_its_band(effect):
    ax = effect.plot(ax=Figure())
    lines = [line for line in ax.lines if len(line.get_xdata()) == 101]
    np.testing.assert_array_equal(np.stack([line.get_ydata() for line in lines], axis=1), effect.curves[0].values)
    assert len(ax.collections) == 4
    for said in (
        "precision",
        "recall",
        "f1",
        "queue rate",
        "threshold",
        "finding “yes”: median over draws, band 10% to 90%",
    ):
        assert said in texts(ax)


def test_the_best_threshold_is_marked(effect):
    ax = effect.plot(ax=Figure())
    best = effect.figure("best threshold for f1")
    assert [best.value, best.value] in [list(line.get_xdata()) for line in ax.lines]
    assert f"f1 best at {best.value:.3g}" in texts(ax)


def test_a_cost_stands_in_a_panel_beneath_with_its_own_best_threshold(priced):
    ax = priced.plot(ax=Figure())
    panels = [child for child in ax.child_axes if child.get_xlim() == (0.0, 1.0) and child.lines]
    assert len(panels) == 2
    assert "cost best at" in texts(panels[1])
    assert "cost best at" not in texts(panels[0])
    assert "cost of a row" in texts(panels[1])
    assert "f1 best" not in texts(priced.plot(ax=Figure(), target="cost"))


def test_it_is_drawn_on_axes_of_the_callers_in_both_themes(priced):
    figure, (ax, _) = pyplot.subplots(1, 2)
    assert priced.plot(ax=ax) is ax
    dark = priced.plot(ax=Figure(), theme="dark")
    assert to_hex(dark.figure.get_facecolor()) == DARK.background
    figure.savefig(BytesIO())


def test_labels_stay_within_the_figure(priced):
    ax = judged(labels=("no", "a class with a name that goes on $and$ on and on for more than a line")).plot(
        ax=Figure()
    )
    ax.figure.draw_without_rendering()
    box = ax.title.get_window_extent()
    assert box.x1 <= ax.figure.bbox.x1
    assert "f1 best" in texts(ax)


def test_another_effect_or_result_is_refused(make):
    curves = PartialDependence(MODEL.predict_proba, X).explain(0)
    with pytest.raises(
        ParameterError, match="draws what DiscriminationThreshold explains, got an effect by PartialDep"
    ):
        curves.plot("discrimination_threshold")
    with pytest.raises(ArgumentTypeError, match="draws an Effect, got Attribution"):
        discrimination_threshold(make(np.zeros((2, 2))))
    with pytest.raises(ParameterError, match="theme must be"):
        judged().plot(theme="pink")
