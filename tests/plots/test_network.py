"""Network: lines as wide as what two features do together."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from pellucid.attribution import ShapleyInteractions
from pellucid.core.errors import ArgumentTypeError, ParameterError
from pellucid.plots.network import network
from pellucid.plots.style import LIGHT

X = np.random.default_rng(0).normal(size=(30, 4))


def model(rows):
    return rows[:, 0] * 2 + 4 * rows[:, 1] * rows[:, 2] - 2 * rows[:, 2] * rows[:, 3]


@pytest.fixture(scope="module")
def ex():
    row = np.ones((1, 4))
    return ShapleyInteractions(model, X - X.mean(axis=0)).explain(row)


def lines(ax):
    return [patch for patch in ax.patches if isinstance(patch, PathPatch)]


def test_lines_are_as_wide_as_the_effects_and_coloured_by_sign(ex):
    drawn = lines(network(ex, ax=Figure()))
    widest, second = drawn[-1], drawn[-2]
    effects = np.sort(np.abs(ex.values[0, :, 0]))
    assert second.get_linewidth() / widest.get_linewidth() == pytest.approx(effects[-2] / effects[-1])
    assert to_hex(widest.get_edgecolor()) == LIGHT.positive
    assert to_hex(second.get_edgecolor()) == LIGHT.negative


def test_pairs_that_do_nothing_together_have_no_line(ex):
    assert len(lines(network(ex, ax=Figure()))) < 6


def test_the_features_with_the_strongest_lines_are_kept(ex):
    ax = network(ex, ax=Figure(), max_display=3)
    assert {text.get_text() for text in ax.texts} == {"x1", "x2", "x3"}


def test_it_is_found_by_name(ex):
    assert ex.plot("network", theme="dark") is not None


def test_what_cannot_be_drawn_is_refused(ex, make):
    with pytest.raises(ArgumentTypeError, match="network draws an Interactions"):
        network(make([[1.0, 2.0]]), ax=Figure())
    triples = ShapleyInteractions(model, X, order=3).explain(X[:1])
    with pytest.raises(ParameterError, match="network draws pairs, got sets of up to 3"):
        network(triples, ax=Figure())
    two = ShapleyInteractions(lambda rows: np.stack([model(rows), model(rows)], 1), X).explain(X[:1])
    with pytest.raises(ParameterError, match="one target and this explanation has 2"):
        network(two, ax=Figure())
