"""What maskers of images share: regions are kept or painted over, the rest is as it was."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from pellucid.core.errors import InputError, ParameterError
from pellucid.maskers import Patches, Superpixels, regions

SHAPES = {"grey": (12, 15), "colour": (12, 15, 3), "five channels": (12, 15, 5)}


def draw(rng, shape, dtype, rows=1):
    values = rng.integers(0, 256, (rows, *shape))
    return values.astype(dtype) if np.dtype(dtype).kind in "iu" else (values / 255).astype(dtype)


def batches(masker, images, coalitions, batch_size=1000):
    return list(masker.inputs(masker.read(images, None), coalitions, batch_size=batch_size))


def coalitions_of(masker, images, rng, count=6):
    players = masker.players(masker.read(images, None))
    return np.vstack(
        [np.zeros(len(players), bool), np.ones(len(players), bool), rng.random((count, len(players))) < 0.5]
    )


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "int16"])
def test_present_regions_are_the_image_and_absent_ones_what_stands_for_them(rng, shape, dtype):
    image = draw(rng, shape, dtype)
    masker = Patches((5, 4), absent=1)
    labels = masker.read(image, None).regions[0]
    coalitions = coalitions_of(masker, image, rng)
    (batch,) = batches(masker, image, coalitions)
    assert batch.inputs.native.dtype == np.dtype(dtype)
    for made, present in zip(batch.inputs.native, coalitions, strict=True):
        for y, x in np.ndindex(12, 15):
            expected = image[0, y, x] if present[labels[y, x]] else 1
            assert np.array_equal(made[y, x], np.broadcast_to(expected, shape[2:]))
    np.testing.assert_array_equal(batch.weight, 1.0)


@pytest.mark.parametrize("batch_size", [1, 3, 1000])
def test_the_batch_size_changes_nothing_but_the_batches(rng, batch_size):
    images = draw(rng, (12, 15, 3), "uint8", rows=2)
    masker = Patches(4)
    coalitions = coalitions_of(masker, images, rng)
    found = batches(masker, images, coalitions, batch_size)
    assert max(len(batch.inputs) for batch in found) <= batch_size
    np.testing.assert_array_equal(np.concatenate([batch.entry for batch in found]), np.arange(2 * len(coalitions)))
    whole = np.concatenate([batch.inputs.native for batch in batches(masker, images, coalitions)])
    np.testing.assert_array_equal(np.concatenate([batch.inputs.native for batch in found]), whole)


def test_a_batch_is_bounded_by_bytes_too(rng, monkeypatch):
    monkeypatch.setattr(regions, "BATCH_BYTES", 1000)
    image = draw(rng, (10, 10), "uint8")
    masker = Patches(5)
    found = batches(masker, image, coalitions_of(masker, image, rng, count=30))
    assert {len(batch.inputs) for batch in found} == {10, 2}


def test_mean_is_the_images_and_region_mean_each_regions_own(rng):
    image = draw(rng, (12, 15, 3), "float64")
    whole = Patches(4)
    expected = np.broadcast_to(image.mean(axis=(1, 2)), image.shape)
    np.testing.assert_allclose(whole.absent_images(whole.read(image, None)), expected)
    masker = Superpixels(6, absent="region mean")
    read = masker.read(image, None)
    absent = masker.absent_images(read)[0]
    for region in range(len(read.parts(0))):
        inside = read.regions[0] == region
        np.testing.assert_allclose(absent[inside], np.broadcast_to(image[0][inside].mean(axis=0), (inside.sum(), 3)))


def test_means_of_whole_numbers_are_rounded():
    image = np.array([[[0, 255], [255, 255]]], dtype=np.uint8)
    masker = Patches(2)
    assert masker.absent_images(masker.read(image, None)).tolist() == [[[191, 191], [191, 191]]]
    small = np.array([[[False, True], [True, True]]])
    assert masker.absent_images(masker.read(small, None)).all()


def test_blur_mixes_places_and_never_channels(rng):
    image = draw(rng, (20, 40, 3), "float64")
    absent = Patches(4, absent="blur")
    made = absent.absent_images(absent.read(image, None))[0]
    for channel in range(3):
        expected = gaussian_filter(image[0, ..., channel], 2.0, mode="nearest")
        np.testing.assert_allclose(made[..., channel], expected)


def test_a_colour_or_an_image_stands_in_for_absent_pixels(rng):
    image = draw(rng, (12, 15, 3), "uint8")
    red = Patches(4, absent=(255, 0, 0))
    assert (red.absent_images(red.read(image, None)) == [255, 0, 0]).all()
    other = draw(rng, (12, 15, 3), "uint8")[0]
    swapped = Patches(4, absent=other)
    np.testing.assert_array_equal(swapped.absent_images(swapped.read(image, None))[0], other)
    assert "an image of shape (12, 15, 3)" in swapped.describe()["absent"]
    assert red.describe()["absent"] == "patches of 4 × 4 pixels replaced by the colour (255, 0, 0)"


@pytest.mark.parametrize(
    ("absent", "message"),
    [
        (300, "numbers that uint8 can hold"),
        (0.5, "numbers that uint8 can hold"),
        ((1, 2), r"shape \(12, 15, 3\), got shape \(2,\)"),
        (np.zeros((12, 15)), r"got shape \(12, 15\)"),
    ],
    ids=["too large", "a part", "two channels", "another shape"],
)
def test_what_does_not_fit_the_images_is_refused(rng, absent, message):
    with pytest.raises(ParameterError, match=message):
        Patches(4, absent=absent).read(draw(rng, (12, 15, 3), "uint8"), None)


@pytest.mark.parametrize("absent", ["grey", None, True, "", np.nan, object()])
def test_what_can_stand_in_no_image_is_refused_at_once(absent):
    with pytest.raises(ParameterError, match="Patches: absent must be 'mean', 'region mean', 'blur'"):
        Patches(4, absent=absent)


def test_a_mean_of_single_pixels_would_change_nothing_and_is_refused(rng):
    with pytest.raises(InputError, match="regions of one pixel would stay as they are"):
        Patches(1, absent="region mean").read(draw(rng, (4, 4), "uint8"), None)
    assert len(Patches(1, absent=0).read(draw(rng, (4, 4), "uint8"), None).parts(0)) == 16


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.zeros((3, 4)), "must be an array of images"),
        (["a text"], "got list"),
        (np.zeros((32, 32, 3)), r"look like one image in colour; pass it as image\[np.newaxis\]"),
        (np.full((1, 4, 4), np.nan), "not a finite number"),
        (np.zeros((0, 4, 4)), "at least one image"),
    ],
    ids=["table", "texts", "one in colour", "missing", "none"],
)
def test_rows_that_are_no_images_are_refused(rows, message):
    with pytest.raises(InputError, match=message):
        Patches(2).read(rows, None)


def test_images_and_what_they_are_replaced_by_come_back_unchanged(rng):
    image, other = draw(rng, (12, 15), "float64"), draw(rng, (12, 15), "float64")[0]
    before = image.copy(), other.copy()
    masker = Patches(4, absent=other)
    for batch in batches(masker, image, coalitions_of(masker, image, rng)):
        batch.inputs.native[...] = 7
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(other, before[1])


def test_images_that_another_masker_has_cut_are_cut_anew_and_its_own_are_not(rng):
    masker = Patches(4)
    read = masker.read(draw(rng, (12, 16), "uint8"), None)
    assert masker.read(read, None) is read
    part = read.rows(slice(0, 1))
    assert masker.read(part, None) is part
    assert len(Patches(2).read(read, None).parts(0)) == 48
