"""Patches: a regular grid."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.core.errors import ParameterError
from pellucid.maskers import Patches


def regions(masker, *shape):
    return masker.read(np.arange(np.prod(shape), dtype=float).reshape(1, *shape), None).regions[0]


def test_patches_are_numbered_line_by_line_and_smaller_at_the_end():
    expected = [[0, 0, 1, 1, 2], [0, 0, 1, 1, 2], [3, 3, 4, 4, 5]]
    np.testing.assert_array_equal(regions(Patches(2), 3, 5), expected)


def test_sides_may_differ():
    np.testing.assert_array_equal(regions(Patches((1, 3)), 2, 5), [[0, 0, 0, 1, 1], [2, 2, 2, 3, 3]])


@pytest.mark.parametrize(("side", "across"), [(8, 4), (32, 6), (224, 6), (1, 1)])
def test_without_a_size_a_side_has_about_six(side, across):
    found = regions(Patches(absent=0), side, side)
    assert found.max() + 1 == across**2


def test_a_patch_larger_than_the_image_is_the_image():
    assert (regions(Patches(99), 4, 6, 3) == 0).all()


@pytest.mark.parametrize("size", [0, 2.5, (2, 0), (1, 2, 3), "2", True])
def test_a_size_that_cannot_be_is_refused(size):
    with pytest.raises(ParameterError, match=r"Patches: size must be None or a whole number of at least 1 or a pair"):
        Patches(size)


def test_the_receipt_says_what_was_replaced_by_what():
    assert Patches((2, 3), absent=0).describe()["absent"] == "patches of 2 × 3 pixels replaced by the value 0"
    assert Patches().describe()["absent"] == "patches of a grid, 6 along each side, replaced by the image's mean colour"
