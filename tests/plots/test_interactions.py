"""Interactions: a matrix of pairs."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from pellucid.core.errors import ArgumentTypeError, ParameterError
from pellucid.core.interactions import Interactions
from pellucid.core.receipt import Completeness, Receipt
from pellucid.plots.interactions import interactions


def make(targets=("price",), index=((0, 1), (1, 2))):
    receipt = Receipt(
        method="Hand",
        settings={},
        model="test.Model",
        model_fingerprint="f" * 64,
        target={"names": list(targets), "outputs": len(targets)},
        unit="target",
        rows=2,
        data_fingerprint="d" * 64,
        completeness=Completeness("not promised"),
    )
    values = np.repeat(np.array([[[1.0], [6.0]], [[-3.0], [-2.0]]])[:, : len(index)], len(targets), axis=2)
    main = np.repeat(np.array([[[1.0], [5.0], [0.0]]] * 2), len(targets), axis=2)
    return Interactions(receipt, np.array(index), values, main, np.zeros((2, len(targets))), ("a", "b", "$c$"))


def test_the_matrix_is_symmetric_with_main_effects_on_the_diagonal():
    ax = interactions(make(), ax=Figure())
    drawn = np.ma.filled(ax.images[0].get_array(), np.nan)
    # b does 5 + 2 + 4 in all, c 4, a 1 + 2
    np.testing.assert_array_equal(drawn, [[5, 4, 2], [4, 0, np.nan], [2, np.nan, 1]])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "$c$", "a"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["b", "$c$", "a"]
    assert ax.get_xlabel() == "mean |effect| on price; alone on the diagonal"


def test_as_many_features_as_asked_for_are_shown():
    assert interactions(make(), max_display=2, ax=Figure()).images[0].get_array().shape == (2, 2)


def test_it_is_what_plot_draws_and_follows_the_theme():
    ax = make().plot(ax=Figure(), theme="dark")
    assert len(ax.images) == 1
    assert make()[0].plot(ax=Figure()).images[0].get_array().shape == (3, 3)


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(ParameterError, match="draws one target and this explanation has 2: 'x', 'y'"):
        interactions(make(targets=("x", "y")), ax=Figure())
    assert interactions(make(targets=("x", "y")), target="y", ax=Figure()).images
    with pytest.raises(ParameterError, match="draws pairs, got sets of 3 features"):
        interactions(make(index=((0, 1, 2),)), ax=Figure())
    with pytest.raises(ArgumentTypeError, match="interactions draws an Interactions, got int"):
        interactions(3)
