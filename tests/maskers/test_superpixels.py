"""Superpixels: regions that follow edges, numbered from 0."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from skimage.segmentation import slic

from pellucid.core.errors import InputError, MissingExtraError, ParameterError
from pellucid.maskers import Superpixels


def halves(channels=None, dtype="float64"):
    """Dark to the left, bright to the right."""
    image = np.zeros((40, 40) if channels is None else (40, 40, channels), dtype)
    image[:, 17:] = 1 if np.dtype(dtype).kind == "f" else 200
    return image[np.newaxis]


def regions(masker, image):
    return masker.read(image, None).regions[0]


@pytest.mark.parametrize("channels", [None, 1, 2, 3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_no_superpixel_crosses_an_edge(channels, dtype):
    found = regions(Superpixels(20), halves(channels, dtype))
    assert not set(found[:, :17].ravel()) & set(found[:, 17:].ravel())
    assert 8 <= found.max() + 1 <= 30
    assert set(found.ravel()) == set(range(found.max() + 1))


def test_of_colour_images_they_are_those_of_slic(rng):
    image = rng.random((1, 30, 40, 3))
    image = np.cumsum(image, axis=2) / 40
    expected = slic(image[0], n_segments=25, compactness=5.0, start_label=0)
    _, expected = np.unique(expected, return_inverse=True)
    np.testing.assert_array_equal(regions(Superpixels(25, compactness=5.0), image), expected.reshape(30, 40))


def test_the_scale_of_the_pixels_does_not_matter():
    image = halves(2)
    np.testing.assert_array_equal(regions(Superpixels(20), image), regions(Superpixels(20), image * 1000 - 7))


@pytest.mark.parametrize("channels", [None, 3])
def test_an_image_of_one_colour_is_cut_into_a_grid(channels):
    shape = (1, 40, 40) if channels is None else (1, 40, 40, channels)
    found = regions(Superpixels(16), np.full(shape, 0.5))
    sizes = np.bincount(found.ravel())
    assert len(sizes) == 16
    assert sizes.min() > 80
    for region in range(16):
        down, across = np.nonzero(found == region)
        assert np.ptp(down) + 1 == len(set(down))
        assert (np.ptp(down) + 1) * (np.ptp(across) + 1) == sizes[region], "rectangles"


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 30), (1, 3, 3, 3)])
def test_tiny_images_can_be_cut(shape, rng):
    found = regions(Superpixels(60, absent=0), rng.random(shape))
    assert found.shape == shape[1:3]


def test_a_function_of_the_callers_cuts_in_slics_place_and_may_not_change_the_image():
    def stripes(image):
        labels = np.full(image.shape[:2], 40)
        labels[:, :5] = -2
        image[:] = 0
        return labels

    image = halves(3)
    before = image.copy()
    masker = Superpixels(segment=stripes)
    read = masker.read(image, None)
    assert read.parts(0) == ("region 0", "region 1")
    assert (read.regions[0][:, :5] == 0).all()
    assert (read.regions[0][:, 5:] == 1).all()
    np.testing.assert_array_equal(image, before)
    assert masker.describe()["absent"] == "regions by stripes replaced by the image's mean colour"


@pytest.mark.parametrize("labels", [np.zeros((3, 3), int), np.zeros((40, 40)), "no"], ids=["shape", "parts", "text"])
def test_labels_that_do_not_fit_are_refused(labels):
    with pytest.raises(InputError, match="image 0 was cut into an array of shape"):
        Superpixels(segment=lambda image: labels).read(halves(), None)


@pytest.mark.parametrize("settings", [{"segments": 0}, {"compactness": 0}, {"segment": "slic"}])
def test_a_setting_that_cannot_be_is_refused(settings):
    with pytest.raises(ParameterError, match=f"Superpixels: {next(iter(settings))} must be"):
        Superpixels(**settings)


def test_without_scikit_image_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage.segmentation", None)
    with pytest.raises(MissingExtraError, match=r'pip install "pellucid\[image\]", or use Patches'):
        Superpixels().read(halves(), None)
    Superpixels(segment=lambda image: np.zeros((40, 40), int)).read(halves(), None)


def test_masked_images_are_those_that_lime_makes_of_the_same_segments(rng):
    from lime.lime_image import LimeImageExplainer

    image = np.cumsum(rng.random((30, 40, 3)), axis=1) / 40
    masker = Superpixels(12, absent="region mean")
    read = masker.read(image[np.newaxis], None)
    asked = []

    def classify(images):
        asked.append(np.array(images))
        return np.ones((len(images), 1))

    segments = read.regions[0]
    fudged = image.copy()
    for segment in np.unique(segments):
        fudged[segments == segment] = image[segments == segment].mean(axis=0)
    coalitions, _ = LimeImageExplainer(random_state=0).data_labels(image, fudged, segments, classify, 20, batch_size=20)
    (batch,) = masker.inputs(read, coalitions.astype(bool), batch_size=20)
    np.testing.assert_allclose(batch.inputs.native, np.concatenate(asked), atol=1e-12)
