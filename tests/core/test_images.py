"""Images in the forms that people have them, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.core.errors import InputError
from pellucid.core.images import Images, are_images
from pellucid.core.inputs import read_inputs
from pellucid.core.tables import Table


class Picture:
    """What Pillow gives: pixels behind the array interface."""

    def __init__(self, pixels):
        self.__array_interface__ = pixels.__array_interface__
        self.pixels = pixels


def test_a_list_of_images_is_one_array_of_them():
    pixels = np.random.default_rng(0).integers(0, 255, (2, 5, 6, 3), dtype=np.uint8)
    for given in (list(pixels), tuple(pixels), [Picture(image) for image in pixels]):
        read = read_inputs(given)
        assert isinstance(read, Images)
        assert read.native.dtype == np.uint8
        np.testing.assert_array_equal(read.native, pixels)


def test_lists_of_numbers_stay_tables():
    assert isinstance(read_inputs([[1.0, 2.0], [3.0, 4.0]]), Table)
    assert isinstance(read_inputs([np.arange(3.0), np.arange(3.0)]), Table)
    assert not are_images([])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([np.zeros((5, 6)), np.zeros((6, 6))], r"image 1 has shape \(6, 6\) and image 0 \(5, 6\); resize them"),
        ([np.zeros((5, 6)), "no image"], r"image 1 has shape \(\)"),
        (np.zeros((3, 4)), "must be an array of images"),
        (np.zeros((32, 32, 3)), r"look like one image in colour; pass it as image\[np.newaxis\]"),
        (np.full((1, 4, 4), np.nan), "image 0 has a pixel that is not a finite number"),
        (np.zeros((0, 4, 4)), "at least one image"),
    ],
    ids=["sizes", "not all images", "table", "one in colour", "missing", "none"],
)
def test_what_is_no_pile_of_images_is_refused(given, message):
    with pytest.raises(InputError, match=message):
        Images.read(given)
