"""Image: pictures under the colour of their values."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from pellucid.core.errors import ArgumentTypeError, ParameterError
from pellucid.core.images import Images
from pellucid.core.tensors import Tensors
from pellucid.plots.image import image
from pellucid.plots.style import DARK, LIGHT

REGIONS = np.repeat(np.arange(4), 12).reshape(1, 6, 8).astype(np.int32)


@pytest.fixture
def by_region(make, rng):
    """Two images of four regions and three, values −2 to 3."""
    regions = np.concatenate([REGIONS, np.minimum(REGIONS, 2)])
    ex = make([[1.0, -2.0, 0.0, 3.0], [0.5, 0.0, -1.0, 99.0]], unit="probability", targets=("cat",), base=None)
    return replace(ex, parted=Images(rng.random((2, 6, 8, 3)), regions))


@pytest.fixture
def by_pixel(make, rng):
    ex = make(rng.normal(size=(3, 6, 8, 1)), base=None)
    return replace(ex, parted=Images(rng.integers(0, 255, (3, 6, 8)).astype(np.uint8)))


def texts(ax):
    return " | ".join(text.get_text() for text in ax.findobj(mpl.text.Text))


def shares(ax, number=0):
    """Signed strength of the colours over an image, from −1 to 1."""
    drawn = ax.images[2 * number + 1].get_array()
    sides = np.array(
        [1 if np.allclose(pixel[:3], mpl.colors.to_rgb(LIGHT.positive)) else -1 for pixel in drawn.reshape(-1, 4)]
    )
    return (drawn[..., 3] / 0.9) * sides.reshape(drawn.shape[:2])


def test_every_pixel_has_the_colour_of_its_region(by_region):
    ax = image(by_region[0], ax=Figure())
    np.testing.assert_allclose(shares(ax), np.array([1.0, -2.0, 0.0, 3.0])[REGIONS[0]] / 3, atol=1e-6)
    assert "probability of cat" in texts(ax)
    assert "−3.00" in texts(ax)
    assert "+3.00" in texts(ax)


def test_images_share_one_scale_and_what_is_beyond_the_last_region_counts_for_nothing(by_region):
    ax = image(by_region, ax=Figure())
    assert len(ax.images) == 4
    np.testing.assert_allclose(shares(ax, 1), np.array([0.5, 0.0, -1.0])[by_region.parted.regions[1]] / 3, atol=1e-6)
    assert "image 0" in texts(ax)
    assert "image 1" in texts(ax)
    assert "image 0" not in texts(image(by_region, row=0, ax=Figure()))


def test_pixels_have_values_of_their_own_and_the_scale_ends_at_a_percentile(by_pixel):
    ax = image(by_pixel, row=1, ax=Figure())
    top = np.percentile(np.abs(by_pixel.values[1]), 99.5)
    np.testing.assert_allclose(shares(ax), np.clip(by_pixel.values[1, ..., 0] / top, -1, 1), atol=1e-6)


def test_levels_are_drawn_from_their_median_unless_zero_is_asked_for(by_pixel):
    levels = replace(by_pixel, values=np.abs(by_pixel.values) + 0.5)
    ax = image(levels[0], ax=Figure())
    distance = levels.values[0, ..., 0] - np.median(levels.values[0])
    np.testing.assert_allclose(shares(ax), np.clip(distance / np.percentile(np.abs(distance), 99.5), -1, 1), atol=1e-6)
    assert "+" not in texts(ax)
    assert "from the median" in texts(image(levels, ax=Figure()))
    assert shares(image(levels[0], centre="zero", ax=Figure())).min() > 0


def test_borders_are_drawn_around_large_regions_alone(by_region):
    assert len(image(by_region[0], ax=Figure()).collections) == 1
    assert len(image(by_region[0], borders=False, ax=Figure()).collections) == 0
    single = replace(
        by_region[0], values=np.ones((1, 48, 1)), parted=Images(np.zeros((1, 6, 8)), np.arange(48).reshape(1, 6, 8))
    )
    assert len(image(single, ax=Figure()).collections) == 0
    assert len(image(single, borders=True, ax=Figure()).collections) == 1


def test_values_that_are_all_zero_are_drawn_without_colour(by_region):
    ax = image(replace(by_region, values=np.zeros_like(by_region.values)), ax=Figure())
    assert (ax.images[1].get_array()[..., 3] == 0).all()


@pytest.mark.parametrize("count", [1, 2, 7])
def test_pictures_keep_their_shape_and_do_not_overlap(count, make, rng):
    ex = replace(make(rng.normal(size=(count, 6, 12, 1)), base=None), parted=Images(rng.random((count, 6, 12))))
    ax = image(ex, ax=Figure())
    ax.figure.draw_without_rendering()
    boxes = [drawn.get_window_extent() for drawn in ax.images[::2]]
    assert all(box.width == pytest.approx(2 * box.height, rel=1e-3) for box in boxes)
    assert min(box.x0 for box in boxes) >= 0
    assert max(box.x1 for box in boxes) <= ax.figure.bbox.width
    assert min(box.y0 for box in boxes) >= 0
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_it_draws_on_axes_that_are_there_and_leaves_others_alone(by_region):
    figure = Figure()
    left, right = figure.subplots(1, 2)
    left.plot([0, 3], [0, 5])
    limits = left.get_xlim(), left.get_ylim()
    assert image(by_region, ax=right) is right
    assert (left.get_xlim(), left.get_ylim()) == limits
    assert pyplot.get_fignums() == []
    assert by_region.plot().get_figure() in map(pyplot.figure, pyplot.get_fignums())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_sets_the_background_and_bright_stays_bright(theme, by_pixel):
    palette = {"light": LIGHT, "dark": DARK}[theme]
    ax = image(by_pixel[0], ax=Figure(), theme=theme)
    assert to_hex(ax.figure.get_facecolor()) == palette.background
    dark, bright = (sum(ax.images[0].cmap(tone)[:3]) for tone in (0.0, 1.0))
    assert bright > dark


def test_the_same_explanation_gives_the_same_small_file(make, rng):
    regions = (np.arange(224)[:, np.newaxis] // 32 * 7 + np.arange(224) // 32)[np.newaxis].astype(np.int32)
    ex = replace(make(rng.normal(size=(1, 49)), base=None), parted=Images(rng.random((1, 224, 224, 3)), regions))
    files = []
    for _ in range(2):
        file = BytesIO()
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "test"}):
            image(ex, ax=Figure()).figure.savefig(file, format="svg", metadata={"Date": None})
        files.append(file.getvalue())
    assert files[0] == files[1]
    assert len(files[0]) < 300_000


def test_what_it_cannot_draw_is_refused_with_the_way_out(by_region, by_pixel, make):
    with pytest.raises(ArgumentTypeError, match="image draws an Attribution, got list"):
        image([np.zeros(3)])
    with pytest.raises(ParameterError, match=r'this explains rows of a table; use plot\("beeswarm"\)'):
        image(make(np.zeros((3, 2)), names=["a", "b"]))
    with pytest.raises(ParameterError, match=r"at most 24 images, got 26; choose some, as in ex\[:6\]"):
        image(by_region[[0] * 26])
    values = by_region.values.copy()
    values[1, 2] = np.nan
    with pytest.raises(ParameterError, match="1 of 8 values are not finite, the first in row 1"):
        image(replace(by_region, values=values))
    with pytest.raises(ParameterError, match="centre must be None or one of 'zero', 'median'"):
        image(by_region, centre="mean")
    with pytest.raises(ParameterError, match="theme must be"):
        image(by_region, theme="sepia")


def test_several_targets_without_a_choice_are_listed(make, rng):
    ex = make(rng.normal(size=(2, 6, 8, 2)), base=None, unit="target", targets=("x", "y"))
    ex = replace(ex, parted=Images(rng.random((2, 6, 8))))
    with pytest.raises(ParameterError, match=r"2: 'x', 'y'; pass target="):
        image(ex)
    assert "y" in texts(image(ex, target="y", ax=Figure()))


def test_a_network_s_images_are_drawn_with_their_channels_added_up(make, rng):
    values = rng.normal(size=(2, 3, 6, 8, 1))
    ex = replace(make(values, base=None), parted=Tensors({"input": rng.random((2, 3, 6, 8))}))
    last = replace(make(values.sum(axis=1), base=None), parted=Images(rng.random((2, 6, 8, 3))))
    np.testing.assert_allclose(shares(image(ex, ax=Figure()), 1), shares(image(last, ax=Figure()), 1))
    assert len(image(ex, row=1, ax=Figure()).images) == 2
    wide = replace(
        make(rng.normal(size=(1, 16, 6, 8, 1)), base=None), parted=Tensors({"input": np.ones((1, 16, 6, 8))})
    )
    assert len(image(wide, ax=Figure()).images) == 2


def test_tensors_that_are_no_images_are_refused(make, rng):
    flat = replace(make(rng.normal(size=(2, 3, 1)), base=None), parted=Tensors({"input": rng.random((2, 3))}))
    with pytest.raises(ParameterError, match="this explains tensors that are no images"):
        image(flat)


def test_values_of_a_coarse_layer_cover_the_whole_picture(make, rng):
    ex = replace(make(rng.normal(size=(1, 3, 4, 1)), base=None), parted=Images(rng.random((1, 6, 8))))
    picture, colours = image(ex, ax=Figure()).images
    assert picture.get_extent() == colours.get_extent()
    assert colours.get_array().shape[:2] == (3, 4)
