"""One picture: its tones, its colours, its borders."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from pellucid.plots.overlay import borders_of, colours, grey
from pellucid.plots.style import DARK, LIGHT


def test_tones_go_from_the_darkest_to_the_brightest_pixel(rng):
    tones = grey(rng.integers(50, 90, (5, 6)).astype(np.uint8))
    assert tones.min() == 0
    assert tones.max() == 1
    assert (grey(np.full((5, 6, 3), 7)) == 0.5).all()


def test_green_is_brighter_than_red_and_red_than_blue():
    pixels = np.eye(3)[np.newaxis]
    red, green, blue = grey(pixels)[0]
    assert green > red > blue
    with_alpha = np.dstack([pixels, [[0.0, 1.0, 0.3]]])
    np.testing.assert_array_equal(grey(with_alpha), grey(pixels))
    np.testing.assert_allclose(grey(np.array([[[0.0, 2.0], [4.0, 2.0]]])), [[0.0, 1.0]])


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_above_is_orange_below_is_blue_and_nothing_is_clear(palette):
    found = colours(np.array([[-3.0, -0.5, 0.0, 0.5, 1.0]]), palette)[0]
    np.testing.assert_allclose(found[0, :3], to_rgb(palette.negative))
    np.testing.assert_allclose(found[-1, :3], to_rgb(palette.positive))
    assert found[2, 3] == 0
    assert found[0, 3] == found[-1, 3] == 2 * found[1, 3] == 2 * found[3, 3]


def test_borders_run_between_pixels_of_different_regions():
    regions = np.array([[0, 0, 1], [0, 0, 1], [2, 2, 2]], dtype=np.int32)
    found = {tuple(map(tuple, line)) for line in borders_of(regions)}
    assert found == {((2, 0), (2, 2)), ((0, 2), (3, 2))}
    assert len(borders_of(np.zeros((4, 4), np.int32))) == 0


def test_borders_are_as_long_as_the_pairs_of_unlike_neighbours(rng):
    regions = rng.integers(0, 3, (17, 23)).astype(np.int32)
    unlike = (regions[:, 1:] != regions[:, :-1]).sum() + (regions[1:] != regions[:-1]).sum()
    lines = borders_of(regions)
    assert np.abs(lines[:, 1] - lines[:, 0]).sum() == unlike
