"""Painted images against a choice pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.core.errors import InputError
from pellucid.core.painting import Painter

RNG = np.random.default_rng(0)


def chosen_slowly(image, other, regions, coalition):
    painted = other.copy()
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            if coalition[regions[y, x]]:
                painted[y, x] = image[y, x]
    return painted


@pytest.mark.parametrize("dtype", [np.uint8, np.bool_, np.int16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 1), (6, 9, 3), (1, 1, 4), (1, 300)])
def test_every_pixel_is_the_images_where_present_and_the_others_elsewhere(dtype, shape):
    image, other = ((RNG.random(shape) * 200).astype(dtype) for _ in range(2))
    regions = RNG.integers(0, 4, shape[:2])
    regions = np.unique(regions, return_inverse=True)[1].reshape(shape[:2]).astype(np.int32)
    coalitions = RNG.random((6, regions.max() + 1)) < 0.5
    coalitions[0], coalitions[1] = True, False
    painted = Painter(image, other, regions).paint(coalitions)
    assert painted.dtype == image.dtype
    for one, coalition in zip(painted, coalitions, strict=True):
        np.testing.assert_array_equal(one, chosen_slowly(image, other, regions, coalition))


def test_images_in_any_order_of_memory_are_painted():
    image = np.asfortranarray(RNG.random((6, 8, 3)))[::-1, 1::2]
    regions = np.add.outer(np.arange(6) // 3, np.arange(4) // 2 * 2).astype(np.int32)
    coalitions = np.asfortranarray(RNG.random((3, 4)) < 0.5)
    painted = Painter(image, np.zeros_like(image), regions).paint(coalitions)
    np.testing.assert_array_equal(painted, np.where(coalitions[:, regions][..., np.newaxis], image, 0.0))


def test_each_call_paints_into_an_array_of_its_own():
    image = RNG.random((4, 4))
    painter = Painter(image, np.zeros_like(image), np.zeros((4, 4), dtype=np.int32))
    first = painter.paint(np.ones((1, 1), dtype=np.bool_))
    painter.paint(np.zeros((1, 1), dtype=np.bool_))
    np.testing.assert_array_equal(first[0], image)
    assert painter.paint(np.zeros((0, 1), dtype=np.bool_)).shape == (0, 4, 4)


def test_what_does_not_fit_is_refused_before_any_memory_is_touched():
    image = RNG.random((4, 4))
    regions = np.zeros((4, 4), dtype=np.int32)
    with pytest.raises(InputError, match="painted over with another"):
        Painter(image, image[:2], regions)
    with pytest.raises(InputError, match="painted over with another"):
        Painter(image, image.astype(np.float32), regions)
    with pytest.raises(InputError, match="of 1 regions each"):
        Painter(image, image, regions).paint(np.ones((2, 3), dtype=np.bool_))
