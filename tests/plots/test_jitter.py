"""Dots that would hide each other stand side by side."""

from __future__ import annotations

import numpy as np

from pellucid.plots.jitter import spread


def test_dots_far_apart_stay_in_the_middle():
    assert (spread(np.array([0.0, 50.0, 100.0]), dot=4, lane=30) == 0).all()
    assert (spread(np.array([3.0]), dot=4, lane=30) == 0).all()
    assert spread(np.array([]), dot=4, lane=30).shape == (0,)


def test_equal_values_that_do_not_fit_fill_the_lane_evenly():
    offsets = np.sort(spread(np.zeros(63), dot=4, lane=30))
    assert np.abs(offsets).max() <= 15
    assert offsets.max() - offsets.min() > 28
    np.testing.assert_allclose(np.diff(offsets), np.diff(offsets)[0])


def test_dots_never_leave_the_lane_and_denser_parts_are_wider(rng):
    along = rng.normal(size=5_000) * 60
    offsets = spread(along, dot=3, lane=20)
    assert np.abs(offsets).max() <= 10
    widths = [np.abs(offsets[np.abs(along - place) < 10]).max() for place in (0, 60, 120)]
    assert widths[0] > widths[1] > widths[2]


def test_dots_that_fit_never_overlap(rng):
    along = np.concatenate([rng.random(60) * 200, np.full(5, 90.0)])
    offsets = spread(along, dot=4, lane=60)
    far = np.hypot(along[:, None] - along, offsets[:, None] - offsets) + 100 * np.eye(65)
    assert far.min() > 4 - 1e-6
    assert np.abs(offsets).max() <= 30


def test_the_order_of_the_rows_does_not_matter(rng):
    along = np.round(rng.normal(size=200) * 50, 3)
    order = rng.permutation(200)
    np.testing.assert_array_equal(spread(along, dot=4, lane=20)[order], spread(along[order], dot=4, lane=20))
